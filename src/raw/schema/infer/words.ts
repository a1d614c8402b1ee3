import { isPlainNumber } from "../../text/convert.ts";
import type { Key, Profile } from "./profile.ts";

/** Last words of names of columns whose whole numbers are labels. */
const LABELS = new Set("id key code zip zipcode postcode class type kind category group cluster label".split(" "));

const LOOKED_AT = 1000; // characters of a text
const MOST_ODD = 3; // texts among numbers that are listed

/** Whether a name says that whole numbers are labels: `store_id`, `zipCode`. */
export function isLabelName(name: string): boolean {
  const words = name
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu);
  return LABELS.has(words?.at(-1) ?? "");
}

/** The mean count of words, which white space separates, of different texts; of a long text the beginning is looked at. */
export function meanWords(texts: Iterable<Key>): number {
  let [sum, count] = [0, 0];
  for (const text of texts) {
    sum += wordsIn(String(text));
    count++;
  }
  return count === 0 ? 0 : sum / count;
}

/** Whether `column.text` finds a word in a text. */
export function hasWord(texts: Iterable<Key>): boolean {
  for (const text of texts) if (/[\p{L}\p{N}_]{2}/u.test(String(text))) return true;
  return false;
}

/** The texts of a column that are no numbers, where nearly all are: words for a missing value; else none. */
export function oddTexts({ type, counts }: Profile): readonly string[] {
  if (type !== "text" || !counts) return [];
  const odd: string[] = [];
  for (const key of counts.keys()) {
    if (typeof key === "number" || isPlainNumber(key)) continue;
    odd.push(key);
    if (odd.length > MOST_ODD) return [];
  }
  return counts.size >= 10 * odd.length ? odd.toSorted() : [];
}

function wordsIn(text: string): number {
  const end = Math.min(text.length, LOOKED_AT);
  let count = 0;
  let wasSpace = true;
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i);
    const isSpace = code === 32 || (code >= 9 && code <= 13) || code === 0xa0;
    if (wasSpace && !isSpace) count++;
    wasSpace = isSpace;
  }
  return count;
}
