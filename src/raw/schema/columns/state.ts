import { type Problem, problem } from "../column.ts";
import { isFinite } from "./scale.ts";

/** The texts under a name of a state that came from JSON. */
export function textsIn(state: unknown, name: string): readonly string[] | Problem {
  const texts: unknown = Reflect.get(Object(state), name);
  if (Array.isArray(texts) && texts.length > 0 && texts.every((each) => typeof each === "string")) return texts;
  return problem(`fitted with an array of texts, ${name},`, texts);
}

/** The finite numbers under a name of a state that came from JSON. */
export function numbersIn(state: unknown, name: string, length: number): readonly number[] | Problem {
  const numbers: unknown = Reflect.get(Object(state), name);
  if (Array.isArray(numbers) && numbers.length === length && numbers.every(isFinite)) return numbers;
  return problem(`fitted with ${length} finite numbers, ${name},`, numbers);
}

/** A text that occurs twice. */
export function duplicateIn(texts: readonly string[]): string | undefined {
  const found = new Set<string>();
  return texts.find((each) => found.size === found.add(each).size);
}
