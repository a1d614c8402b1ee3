import type { Operand } from "./operand.ts";

/** Whether an operand has no memory of its own. */
export function isView(operand: Operand): boolean {
  return operand.rule.viewOffset !== undefined && operand.inputs.length > 0;
}

/** Offset of a view in its source, in bytes. */
export function viewOffset(operand: Operand): number {
  return (operand.rule.viewOffset ?? 0) * 4;
}

/** The operand that owns the memory of a view, through views of views; else the operand itself. */
export function viewSource(operand: Operand): Operand {
  const [viewed] = operand.inputs;
  return viewed && isView(operand) ? viewSource(viewed) : operand;
}
