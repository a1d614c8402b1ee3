import { requireOneOf, requireSwitch, requireWhole, shown } from "../../../base/errors.ts";
import { withDefaults } from "../../../base/options.ts";
import type { Cell } from "../../row.ts";
import { Column, type Encoder, type Kind, Problem, missingProblem, problem } from "../column.ts";
import { hash } from "./hash.ts";
import { duplicateIn, numbersIn, textsIn } from "./state.ts";
import { type Splitter, type WordOptions, countWords, frequentWords, splitterOf } from "./words.ts";

interface AnyTextOptions extends WordOptions {
  /** What a missing text becomes: an empty one, or an error. An empty text is not missing. Default: "refuse". */
  readonly missing?: "refuse" | "empty";
}

/** A text as the counts of its words, or their tf-idf. */
export interface BagOptions extends AnyTextOptions {
  /** Default: "tf-idf". */
  readonly encode?: "counts" | "tf-idf";
  /** The most words, from 1 to 2^20; the most frequent ones are used. Default: 5000. */
  readonly words?: number;
  /** Words of fewer training texts are not used. Default: 1. */
  readonly minTexts?: number;
  /** The fewest and the most consecutive words that count as one, from 1 to 10. Default: [1, 1]. */
  readonly ngrams?: readonly [least: number, most: number];
}

/** A text as the counts of hashes of its words: for vocabularies that cannot be listed. */
export interface HashedTextOptions extends AnyTextOptions {
  readonly encode: "hash";
  /** Count of features, from 1 to 2^20. Default: 1024. */
  readonly slots?: number;
  /** The fewest and the most consecutive words that count as one, from 1 to 10. Default: [1, 1]. */
  readonly ngrams?: readonly [least: number, most: number];
}

/** A text as the ids of its words in order, for an embedding. */
export interface TokenOptions extends AnyTextOptions {
  readonly encode: "tokens";
  /** The most words, from 1 to 2^20; the most frequent ones are used. Default: 5000. */
  readonly words?: number;
  /** Words of fewer training texts are unknown. Default: 1. */
  readonly minTexts?: number;
  /** Count of ids, from 1 to 2^16: further words are cut off, shorter texts are padded at the end. Default: 128. */
  readonly length?: number;
}

export type TextOptions = BagOptions | HashedTextOptions | TokenOptions;

const COMMON = { lowercase: true, shortest: 2, missing: "refuse" } as const;
const MOST = 2 ** 20;
const ONE_WORD: readonly [number, number] = [1, 1];

/** Ids of tokens before those of words. */
const UNKNOWN = 1; // 0 pads
const FIRST_WORD = 2;

/**
 * A column of texts. Words are runs of letters, digits and `_` of at least `shortest` characters, in lower case.
 *
 * - "counts": how often each word of the vocabulary occurs; other words are not counted.
 * - "tf-idf": counts · (ln((1 + texts) / (1 + texts with the word)) + 1) over the training texts, divided by their Euclidean norm.
 * - "hash": counts of words by their hash, added or subtracted by its sign, divided by their Euclidean norm.
 * - "tokens": ids of the words in order, most frequent words first from id 2; 1 is an unknown word, 0 pads.
 *
 * Shape: one feature for each word, in order of the alphabet, or slot; for "tokens" an input of its own, int32 [rows, length].
 * Source: CountVectorizer, TfidfVectorizer and HashingVectorizer of scikit-learn
 *
 * @throws RangeError or TypeError when an option is unknown, of the wrong kind or out of range
 */
export function text(options?: BagOptions | HashedTextOptions): Column<"features", "none">;
export function text(options: TokenOptions): Column<"own", "none">;
export function text(options: TextOptions = {}): Column<"features" | "own", "none"> {
  const where = "column.text";
  const encode: unknown = Reflect.get(Object(options), "encode") ?? "tf-idf";
  requireOneOf(where, "encode", encode, ["counts", "tf-idf", "hash", "tokens"]);
  if (encode === "hash") return hashed(where, options as HashedTextOptions);
  if (encode === "tokens") return tokens(where, options as TokenOptions);
  const filled = withDefaults(where, options as BagOptions, {
    encode: "tf-idf",
    words: 5000,
    minTexts: 1,
    ngrams: ONE_WORD,
    ...COMMON,
  });
  requireCommon(where, filled);
  requireVocabulary(where, filled);
  requireNgrams(where, filled.ngrams);
  const split = splitterOf(filled, filled.ngrams);
  const isWeighted = encode === "tf-idf";
  return new Column("text", filled, "features", "none", {
    read: (cell) => textIn(cell, filled.missing),
    fit: (values) => {
      const counts = countWords(values, split);
      const words = frequentWords(counts, filled.words, filled.minTexts).toSorted((a, b) => (a < b ? -1 : 1));
      if (words.length === 0) return noWords(filled.minTexts);
      const idf = words.map((word) => Math.log((1 + values.length) / (1 + (counts.texts.get(word) ?? 0))) + 1);
      return bag(split, words, isWeighted ? idf : undefined);
    },
    restore: (state) => {
      const words = vocabularyIn(state);
      if (words instanceof Problem || !isWeighted) return words instanceof Problem ? words : bag(split, words);
      const idf = numbersIn(state, "idf", words.length);
      return idf instanceof Problem ? idf : bag(split, words, idf);
    },
  } satisfies Kind<string>);
}

function bag(split: Splitter, words: readonly string[], idf?: readonly number[]): Encoder<string> {
  const indices = new Map(words.map((word, i) => [word, i]));
  return {
    shape: [words.length],
    dtype: "float32",
    suffixes: () => words.map((word) => ` "${word}"`),
    state: idf ? { words, idf } : { words },
    write: (value, out, at) => {
      const counts = new Map<number, number>();
      for (const word of split(value ?? "")) {
        const index = indices.get(word);
        if (index !== undefined) counts.set(index, (counts.get(index) ?? 0) + (idf?.[index] ?? 1));
      }
      writeCounts(counts, idf !== undefined, out, at);
      return undefined;
    },
  };
}

function hashed(where: string, options: HashedTextOptions): Column<"features", "none"> {
  const filled = withDefaults(where, options, { encode: "hash", slots: 1024, ngrams: ONE_WORD, ...COMMON });
  requireCommon(where, filled);
  requireNgrams(where, filled.ngrams);
  const { slots, missing } = filled;
  requireWhole(where, "slots", slots, 1, MOST);
  const split = splitterOf(filled, filled.ngrams);
  const encoder: Encoder<string> = {
    shape: [slots],
    dtype: "float32",
    suffixes: () => Array.from({ length: slots }, (_, slot) => ` hash ${slot}`),
    state: null,
    write: (value, out, at) => {
      const counts = new Map<number, number>();
      for (const word of split(value ?? "")) {
        const signed = hash(word);
        const slot = Math.abs(signed) % slots;
        counts.set(slot, (counts.get(slot) ?? 0) + (signed < 0 ? -1 : 1));
      }
      writeCounts(counts, true, out, at);
      return undefined;
    },
  };
  return new Column("text", filled, "features", "none", {
    read: (cell) => textIn(cell, missing),
    fit: (values) => (values.some((value) => value !== null) ? encoder : noWords(1)),
    restore: () => encoder,
  } satisfies Kind<string>);
}

function tokens(where: string, options: TokenOptions): Column<"own", "none"> {
  const filled = withDefaults(where, options, { encode: "tokens", words: 5000, minTexts: 1, length: 128, ...COMMON });
  requireCommon(where, filled);
  requireVocabulary(where, filled);
  const { length, missing, minTexts } = filled;
  requireWhole(where, "length", length, 1, 2 ** 16);
  const split = splitterOf(filled);
  const encoder = (words: readonly string[]): Encoder<string> => {
    const ids = new Map(words.map((word, i) => [word, FIRST_WORD + i]));
    return {
      shape: [length],
      dtype: "int32",
      suffixes: () => [],
      size: FIRST_WORD + words.length,
      state: { words },
      write: (value, out, at) => {
        const found = split(value ?? "");
        const end = Math.min(found.length, length);
        for (let i = 0; i < end; i++) out[at + i] = ids.get(found[i] ?? "") ?? UNKNOWN;
        return undefined;
      },
    };
  };
  return new Column("text", filled, "own", "none", {
    read: (cell) => textIn(cell, missing),
    fit: (values) => {
      const words = frequentWords(countWords(values, split), filled.words, minTexts);
      return words.length > 0 ? encoder(words) : noWords(minTexts);
    },
    restore: (state) => {
      const words = vocabularyIn(state);
      return words instanceof Problem ? words : encoder(words);
    },
  } satisfies Kind<string>);
}

function textIn(cell: Cell, missing: "refuse" | "empty"): string | null | Problem {
  if (typeof cell === "string") return cell;
  if (cell === null || cell === undefined) return missing === "empty" ? null : missingProblem(cell, 'missing: "empty"');
  if (typeof cell === "number" || typeof cell === "bigint") return String(cell);
  return problem("a text", cell);
}

/** Writes counts, divided by their Euclidean norm if `normed`. */
function writeCounts(
  counts: ReadonlyMap<number, number>,
  normed: boolean,
  out: Float32Array | Int32Array,
  at: number,
): void {
  let squares = 0;
  for (const count of counts.values()) squares += count * count;
  const norm = (normed && Math.sqrt(squares)) || 1;
  for (const [index, count] of counts) out[at + index] = count / norm;
}

function vocabularyIn(state: unknown): readonly string[] | Problem {
  const words = textsIn(state, "words");
  if (words instanceof Problem) return words;
  const twice = duplicateIn(words);
  return twice === undefined ? words : problem("fitted with words that differ", twice);
}

function noWords(minTexts: number): Problem {
  return new Problem(`must have a word that is in at least ${minTexts} texts; got none`);
}

function requireCommon(where: string, { lowercase, shortest, missing }: Required<AnyTextOptions>): void {
  requireSwitch(where, "lowercase", lowercase);
  requireWhole(where, "shortest", shortest, 1, 100);
  requireOneOf(where, "missing", missing, ["refuse", "empty"]);
}

function requireVocabulary(
  where: string,
  { words, minTexts }: { readonly words: number; readonly minTexts: number },
): void {
  requireWhole(where, "words", words, 1, MOST);
  requireWhole(where, "minTexts", minTexts, 1);
}

function requireNgrams(where: string, ngrams: readonly number[]): void {
  const [least, most] = Array.isArray(ngrams) && ngrams.length === 2 ? ngrams : [];
  const isRange = Number.isInteger(least) && Number.isInteger(most) && least >= 1 && least <= most && most <= 10;
  if (!isRange)
    throw new RangeError(`${where}: ngrams must be two whole numbers from 1 to 10, ascending; got ${shown(ngrams)}`);
}
