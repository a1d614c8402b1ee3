import { requireWithin } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { Operand } from "../../graph/operand.ts";
import { lossesOfTrace } from "../../graph/scope.ts";
import type { Parameter } from "../../nn/index.ts";
import { abs, add, affine, square } from "../../ops/elementwise/arithmetic.ts";
import { outOfBranch } from "../../ops/branch.ts";
import { sum } from "../../ops/reduction/reduction.ts";
import { reshape } from "../../ops/shape/view.ts";

/** Penalties that are added to a loss: l1 Σ|w| + l2 Σ w² over all weights that are not frozen, biases excluded. */
export interface Penalty {
  readonly l1?: number;
  readonly l2?: number;
}

/** @throws TypeError or RangeError when a penalty is unknown or below 0 */
export function requirePenalty(penalty: Penalty): void {
  const { l1, l2 } = withDefaults("trainer: regularization", penalty, { l1: 0, l2: 0 });
  requireWithin("trainer", "regularization.l1", l1, 0, Infinity);
  requireWithin("trainer", "regularization.l2", l2, 0, Infinity);
}

/** The loss plus the penalties, plus the losses that layers added by `addLoss`. */
export function penalized(loss: Operand, parameters: readonly Parameter[], { l1 = 0, l2 = 0 }: Penalty): Operand {
  const weights = parameters.filter((parameter) => parameter.shape.length > 1);
  const sums = [
    ...(l1 > 0 ? weights.map((weight) => affine(sum(abs(weight)), l1, 0)) : []),
    ...(l2 > 0 ? weights.map((weight) => affine(sum(square(weight)), l2, 0)) : []),
    ...lossesOfTrace().map((term) => reshape(outOfBranch(term, term.condition, undefined), loss.shape)),
  ];
  return sums.reduce(add, loss);
}
