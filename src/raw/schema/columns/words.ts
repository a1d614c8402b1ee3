/** How a text is cut into words. */
export interface WordOptions {
  /** Whether texts are compared in lower case. Default: true. */
  readonly lowercase?: boolean;
  /** The shortest word, in characters, from 1 to 100. Default: 2, as in scikit-learn. */
  readonly shortest?: number;
}

/** The words of a text: runs of letters, digits and `_`, in order. */
export type Splitter = (text: string) => readonly string[];

/** Cuts texts into words and, up to `longest`, runs of words that are joined by spaces, as `ngram_range` of scikit-learn. */
export function splitterOf(
  { lowercase, shortest }: Required<WordOptions>,
  ngrams: readonly number[] = [1, 1],
): Splitter {
  const word = new RegExp(String.raw`[\p{L}\p{N}_]{${shortest},}`, "gu");
  const [least = 1, most = 1] = ngrams;
  return (text) => {
    const words = (lowercase ? text.toLowerCase() : text).match(word) ?? [];
    if (most === 1) return words;
    const runs: string[] = [];
    for (let length = least; length <= most; length++) {
      for (let start = 0; start + length <= words.length; start++)
        runs.push(words.slice(start, start + length).join(" "));
    }
    return runs;
  };
}

/** In how many texts each word is, and how often in all. */
export interface WordCounts {
  readonly texts: Map<string, number>;
  readonly total: Map<string, number>;
}

export function countWords(texts: readonly (string | null)[], split: Splitter): WordCounts {
  const counts: WordCounts = { texts: new Map(), total: new Map() };
  const add = (to: Map<string, number>, word: string): void => void to.set(word, (to.get(word) ?? 0) + 1);
  for (const text of texts) {
    const words = split(text ?? "");
    for (const word of words) add(counts.total, word);
    for (const word of new Set(words)) add(counts.texts, word);
  }
  return counts;
}

/** The `most` most frequent words that are in at least `minTexts` texts, most frequent first, equal ones in order of the alphabet. */
export function frequentWords({ texts, total }: WordCounts, most: number, minTexts: number): string[] {
  return [...total]
    .filter(([word]) => (texts.get(word) ?? 0) >= minTexts)
    .toSorted(([a, countOfA], [b, countOfB]) => countOfB - countOfA || (a < b ? -1 : 1))
    .slice(0, most)
    .map(([word]) => word);
}
