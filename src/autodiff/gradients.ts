import { add } from "../ops/elementwise/arithmetic.ts";
import { outOfBranch } from "../ops/branch.ts";
import type { Operand } from "../graph/operand.ts";
import { executionOrder } from "../graph/order.ts";
import { predicated, within } from "../graph/scope.ts";

/**
 * Reverse-mode differentiation: the gradient by each of `wanted`, given the gradient `dOut` by `out`; null for an operand on
 * which `out` does not depend.
 * @throws TypeError when an operation between `wanted` and `out` has no gradient
 */
export function gradients(out: Operand, dOut: Operand, wanted: readonly Operand[]): (Operand | null)[] {
  return gradientsOfAll([[out, dOut]], wanted);
}

/** The same for several results at once: the sum over all. */
export function gradientsOfAll(
  outs: readonly (readonly [out: Operand, dOut: Operand])[],
  wanted: readonly Operand[],
): (Operand | null)[] {
  const order = executionOrder(outs.map(([out]) => out));
  const depends = new Set(wanted);
  for (const operand of order) {
    if (operand.inputs.some((input) => depends.has(input))) depends.add(operand);
  }
  const gradientOf = new Map<Operand, Operand>();
  for (const [out, dOut] of outs) {
    const sum = gradientOf.get(out);
    gradientOf.set(out, sum ? add(sum, dOut) : dOut);
  }
  for (const operand of order.toReversed()) {
    const dOperand = gradientOf.get(operand);
    if (!dOperand || !operand.inputs.some((input) => depends.has(input))) continue;
    within(operand.layer, () => {
      const dInputs = predicated(operand.condition, () => gradientsOfInputs(operand, dOperand));
      dInputs.forEach((dInput, i) => {
        const input = operand.inputs[i];
        if (!dInput || !input || !depends.has(input)) return;
        const term = outOfBranch(dInput, operand.condition, input.condition);
        const sum = gradientOf.get(input);
        const total = (): Operand => sum?.rule.accumulate?.(term) ?? (sum ? add(sum, term) : term);
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
