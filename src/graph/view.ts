import type { Operand } from "./operand.ts";

/** Whether an operand has no memory of its own. */
export function isView(operand: Operand): boolean {
  return operand.rule.viewOffset !== undefined && operand.inputs.length > 0;
}

/** Bytes from the start of the operand that a view shows. */
export function viewOffset(operand: Operand): number {
  return (operand.rule.viewOffset ?? 0) * 4;
}

/** The operand whose memory it is: a view's source, through views of views. */
export function viewSource(operand: Operand): Operand {
  const [viewed] = operand.inputs;
  return viewed && isView(operand) ? viewSource(viewed) : operand;
}
