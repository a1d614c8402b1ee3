const NUMBERS: ReadonlyMap<unknown, number> = new Map([
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
  ["-0", -0],
]);

/** The word for a number that JSON cannot hold: `"NaN"`, `"-0"`; undefined for other numbers. */
export function jsonWord(value: number): string | undefined {
  if (Object.is(value, -0)) return "-0";
  return Number.isFinite(value) ? undefined : String(value);
}

/** The number of such a word; undefined for anything else. */
export function numberOfWord(word: unknown): number | undefined {
  return NUMBERS.get(word);
}
