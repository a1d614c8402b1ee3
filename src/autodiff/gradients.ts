import { add } from "../ops/elementwise/arithmetic.ts";
import { outOfBranch } from "../ops/branch.ts";
import type { Operand } from "../graph/operand.ts";
import { executionOrder } from "../graph/order.ts";
import { predicated, within } from "../graph/scope.ts";

/**
 * Reverse-mode differentiation: the gradient of `out` by each of `wanted`, given the gradient `dOut` that flows into it.
 * null where `out` does not depend on it.
 */
export function gradients(out: Operand, dOut: Operand, wanted: readonly Operand[]): (Operand | null)[] {
  const order = executionOrder([out]);
  const depends = new Set(wanted);
  for (const operand of order) {
    if (operand.inputs.some((input) => depends.has(input))) depends.add(operand);
  }
  const gradientOf = new Map([[out, dOut]]);
  for (const operand of order.toReversed()) {
    const flowing = gradientOf.get(operand);
    if (!flowing || !operand.inputs.some((input) => depends.has(input))) continue;
    within(operand.layer, () => {
      const found = predicated(operand.condition, () => gradientsOfInputs(operand, flowing));
      found.forEach((dInput, i) => {
        const input = operand.inputs[i];
        if (!dInput || !input || !depends.has(input)) return;
        const leaving = outOfBranch(dInput, operand.condition, input.condition);
        const sum = gradientOf.get(input);
        const total = (): Operand => sum?.rule.accumulate?.(leaving) ?? (sum ? add(sum, leaving) : leaving);
        gradientOf.set(input, predicated(input.condition, total));
      });
    });
  }
  return wanted.map((operand) => gradientOf.get(operand) ?? null);
}

function gradientsOfInputs(operand: Operand, dOut: Operand): readonly (Operand | null)[] {
  if (!operand.rule.gradient) {
    throw new TypeError(`gradient: every operation on the way must have one; ${operand} has none`);
  }
  return operand.rule.gradient(dOut, operand);
}
