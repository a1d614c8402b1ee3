import type { Operand } from "./operand.ts";

/** Every operand that `outputs` depend on, in the order in which they were made: inputs before users. */
export function executionOrder(outputs: readonly Operand[]): Operand[] {
  const seen = new Set(outputs);
  for (const operand of seen) {
    for (const input of operand.inputs) seen.add(input);
    if (operand.condition) seen.add(operand.condition);
  }
  return [...seen].toSorted((a, b) => a.id - b.id);
}

/** The conditions under which an operation runs, the outermost first. */
export function conditionsOf({ condition }: Operand): Operand[] {
  return condition ? [...conditionsOf(condition), condition] : [];
}
