import type { Operand } from "../graph/operand.ts";
import { RngState } from "../memory/rng-state.ts";

/** All that depends on counters, in the same order. */
export function rngDependent(order: readonly Operand[]): Set<Operand> {
  const drawn = new Set<Operand>();
  for (const operand of order) {
    const read = operand.condition ? [...operand.inputs, operand.condition] : operand.inputs;
    if (read.some((input) => input instanceof RngState || drawn.has(input))) drawn.add(operand);
  }
  return drawn;
}
