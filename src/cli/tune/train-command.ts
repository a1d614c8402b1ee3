import { shellWord } from "../terminal/shell-word.ts";
import type { Settings } from "./space.ts";

/** Options as they were given, by their long names; true for those without a value. */
export type Given = Readonly<Record<string, string | true>>;

/** The command that trains what a search found. */
export function trainCommandOf(data: string, given: Given, settings: Settings): string {
  const options = Object.entries({ ...given, ...settings }).flatMap(([name, value]) =>
    value === true ? [`--${name}`] : [`--${name}`, shellWord(value)],
  );
  return ["lanegrad", "train", shellWord(data), ...options].join(" ");
}
