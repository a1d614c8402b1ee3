import { Input, type Operand } from "./operand.ts";

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

/** @throws TypeError when an operand is an input of another trace, whose numbers no run writes */
export function requireOwnInputs(order: readonly Operand[], inputs: readonly Operand[]): void {
  const other = order.find((operand) => operand instanceof Input && !inputs.includes(operand));
  if (other) throw new TypeError(`trace: operands must be of the trace that uses them; got ${other} of another one`);
}
