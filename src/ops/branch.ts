import { ShapeError } from "../base/errors.ts";
import { Operand } from "../graph/operand.ts";
import { predicated } from "../graph/scope.ts";
import { call } from "../graph/call.ts";
import { sameShape } from "../base/tensor.ts";
import { multiply } from "./elementwise/arithmetic.ts";
import { slice } from "./shape.ts";

/**
 * x + scale * what `describe` gives, or x alone where `taken`, one integer, is 0: what it describes is then left out of the
 * run, forward and backward, and gradients of what it reads are 0. `rate` begins with the two numbers [p, scale].
 * @throws ShapeError when the branch has another shape than x
 */
export function addBranch(x: Operand, taken: Operand, rate: Operand, describe: () => Operand): Operand {
  const branch = predicated(taken, describe);
  if (!sameShape(branch.shape, x.shape)) {
    throw new ShapeError(`addBranch: the branch must have the shape of x; got ${branch} for ${x}`);
  }
  return new Operand("addBranch", x.shape, [x, branch, taken, rate], {
    calls: (out) => [call("addBranch", taken, x, branch, rate, out, x.size)],
    gradient: (dOut) => [dOut, predicated(taken, () => multiply(dOut, slice(rate, 0, 1, 2))), null, null],
    overwrites: [0, 1],
    elementwise: true,
  });
}

/** x, made only where `from` holds, for those who read it where `to` holds, a wider condition: 0 where it was not made. */
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
