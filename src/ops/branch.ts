import { MaskRate } from "#kernels/contract";
import { ShapeError } from "../base/errors.ts";
import { Operand } from "../graph/operand.ts";
import { predicated } from "../graph/scope.ts";
import { call } from "../graph/call.ts";
import { sameShape } from "../base/tensor.ts";
import { multiply } from "./elementwise/arithmetic.ts";
import { slice } from "./shape/slice.ts";

/**
 * x + scale * describe(), or x where `taken` is 0. A run with `taken` 0 skips the operations that `describe` makes, forward and
 * backward; their gradients are 0.
 * @param taken one integer
 * @param rate begins with p and scale
 * @throws ShapeError when the branch has another shape than x
 */
export function addBranch(x: Operand, taken: Operand, rate: Operand, describe: () => Operand): Operand {
  const branch = predicated(taken, describe);
  if (!sameShape(branch.shape, x.shape)) {
    throw new ShapeError(`addBranch: the branch must have the shape of x; got ${branch} for ${x}`);
  }
  return new Operand("addBranch", x.shape, [x, branch, taken, rate], {
    calls: (out) => [call("addBranch", taken, x, branch, rate, out, x.size)],
    gradient: (dOut) => [
      dOut,
      predicated(taken, () => multiply(dOut, slice(rate, 0, MaskRate.scale, MaskRate.scale + 1))),
      null,
      null,
    ],
    overwrites: [0, 1],
    elementwise: true,
  });
}

/** x, computed only under the condition `from`, for readers under a wider condition `to`: 0 in runs that skip x. */
export function outOfBranch(x: Operand, from: Operand | undefined, to: Operand | undefined): Operand {
  if (!from || from === to) return x;
  return outOfBranch(
    predicated(from.condition, () => zeroUnless(from, x)),
    from.condition,
    to,
  );
}

/** x where `taken` is not 0, else 0. */
function zeroUnless(taken: Operand, x: Operand): Operand {
  return new Operand("zeroUnless", x.shape, [x, taken], {
    calls: (out) => [call("zeroUnless", taken, x, out, x.size)],
    gradient: (dOut) => [dOut, null],
    overwrites: [0],
    elementwise: true,
  });
}
