import type { Operand } from "../graph/operand.ts";
import { Counter } from "../memory/variable.ts";

/** All that depends on counters, in the same order. */
export function drawnAmong(order: readonly Operand[]): Set<Operand> {
  const drawn = new Set<Operand>();
  for (const operand of order) {
    const read = operand.condition ? [...operand.inputs, operand.condition] : operand.inputs;
    if (read.some((input) => input instanceof Counter || drawn.has(input))) drawn.add(operand);
  }
  return drawn;
}
