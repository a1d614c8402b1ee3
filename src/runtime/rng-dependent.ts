import type { Operand } from "../graph/operand.ts";
import { RngState } from "../memory/rng-state.ts";

/** The operations that depend on an RNG state, in the same order. */
export function rngDependent(order: readonly Operand[]): Set<Operand> {
  const dependent = new Set<Operand>();
  for (const operand of order) {
    const read = operand.condition ? [...operand.inputs, operand.condition] : operand.inputs;
    if (read.some((input) => input instanceof RngState || dependent.has(input))) dependent.add(operand);
  }
  return dependent;
}
