/** The Python literals of .npy headers: a dict of strings, booleans and tuples of whole numbers. */
import { FormatError, shown } from "../../base/errors.ts";

export type Literal = string | boolean | readonly number[];

/** Text that is read from front to end. */
class Reader {
  readonly #where: string;
  readonly #text: string;
  #at = 0;

  constructor(where: string, text: string) {
    this.#where = where;
    this.#text = text;
  }

  /** Reads `pattern`, a sticky one, and the spaces after it. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found === undefined) return undefined;
    this.#at += found.length;
    SPACES.lastIndex = this.#at;
    this.#at += SPACES.exec(this.#text)?.[0].length ?? 0;
    return found;
  }

  require(pattern: RegExp, what: string): string {
    return this.take(pattern) ?? this.refuse(what);
  }

  refuse(what: string): never {
    const got = shown(this.#text.slice(this.#at, this.#at + 20));
    throw new FormatError(`${this.#where}: the header must be a Python dict with ${what} at ${this.#at}; got ${got}`);
  }
}

const SPACES = /[ \t\n]*/y;
const STRING = /'[^'\\\n]*'|"[^"\\\n]*"/y;
const WHOLE = /(?:0|[1-9]\d{0,15})L?(?![\w.])/y;

/**
 * The entries of a dict literal.
 * @throws FormatError when the text is anything else, or has a key twice
 */
export function dictLiteral(where: string, text: string): ReadonlyMap<string, Literal> {
  const reader = new Reader(where, text);
  const entries = new Map<string, Literal>();
  reader.require(/\s*\{/y, "{");
  while (reader.take(/\}/y) === undefined) {
    const key = reader.require(STRING, "a key").slice(1, -1);
    if (entries.has(key))
      throw new FormatError(`${where}: the header must have each key once; got ${shown(key)} twice`);
    reader.require(/:/y, ":");
    entries.set(key, literal(reader));
    if (reader.take(/,/y) === undefined) {
      reader.require(/\}/y, "}");
      break;
    }
  }
  reader.require(/$/y, "nothing behind it");
  return entries;
}

function literal(reader: Reader): Literal {
  const text = reader.take(STRING);
  if (text !== undefined) return text.slice(1, -1);
  const truth = reader.take(/(?:True|False)\b/y);
  if (truth !== undefined) return truth === "True";
  if (reader.take(/\[/y) !== undefined) return reader.refuse("a dtype of plain numbers, not a structured one,");
  reader.require(/\(/y, "a string, True, False or a tuple");
  return tuple(reader);
}

/** The rest of a tuple behind its parenthesis; one number needs its comma. */
function tuple(reader: Reader): readonly number[] {
  const numbers: number[] = [];
  while (reader.take(/\)/y) === undefined) {
    numbers.push(Number.parseInt(reader.require(WHOLE, "a whole number"), 10));
    if (reader.take(/,/y) !== undefined) continue;
    if (numbers.length === 1) reader.refuse("a comma");
    reader.require(/\)/y, ")");
    break;
  }
  return numbers;
}
