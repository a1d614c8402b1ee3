import type { Settings } from "./space.ts";

/** Options as they were given, by their long names; true for those without a value. */
export type Given = Readonly<Record<string, string | true>>;

/** The command that trains what a search found. */
export function trainCommandOf(data: string, given: Given, settings: Settings): string {
  const options = Object.entries({ ...given, ...settings }).flatMap(([name, value]) =>
    value === true ? [`--${name}`] : [`--${name}`, quoted(value)],
  );
  return ["lanegrad", "train", quoted(data), ...options].join(" ");
}

/** A word of a command line, which shells take as it is. */
function quoted(word: string): string {
  if (/^[\w@%+=:,./][\w@%+=:,./-]*$/.test(word)) return word;
  if (!/["$`\\!%]/.test(word)) return `"${word}"`;
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
