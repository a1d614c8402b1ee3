import type { Description } from "../description.ts";
import { type Side, arraysOf, numbersOf, recordType, sideOf } from "./sides.ts";
import { literal } from "./text.ts";

/** The types of a module that `glue` gives: those of every host. */
export function types(description: Description): string {
  const inputs = sideOf("input", description.inputs, description);
  const outputs = sideOf("output", description.outputs, description);
  return [
    `// Made by lanegrad ${description.library}.`,
    "",
    "/** Shapes of what `predict` takes and returns. */",
    `export declare const shapes: { readonly input: ${shapes(inputs)}; readonly output: ${shapes(outputs)} };`,
    "",
    "/**",
    ` * @param input ${numbersOf(inputs)}`,
    ` * @returns ${numbersOf(outputs)}, in memory of its own`,
    " * @throws TypeError or RangeError when the input is no array of that kind or has another length",
    " */",
    `export declare function predict(input: ${arraysOf(inputs)}): ${arraysOf(outputs)};`,
    "",
    ...(description.keepsState
      ? ["/** Sets the state that a run leaves to the next one to 0. */", "export declare function reset(): void;", ""]
      : []),
  ].join("\n");
}

function shapes(side: Side): string {
  return recordType(side, ({ shape }) => `readonly ${literal(shape)}`);
}
