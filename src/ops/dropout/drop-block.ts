import { ShapeError } from "../../base/errors.ts";
import { Operand } from "../../graph/operand.ts";
import { countUse } from "../../graph/scope.ts";
import { call } from "../../graph/call.ts";
import type { RngState } from "../../memory/rng-state.ts";
import { affine, divide, multiply } from "../elementwise/arithmetic.ts";
import { requireFloat } from "../check.ts";
import { filled, sum } from "../reduction/reduction.ts";

/** Added to the number of kept elements: if all are dropped the result is 0, not NaN. */
const EPSILON = 1e-6;

/**
 * Zeroes square blocks of each plane of x and multiplies the other elements by size / kept, both counted over the batch. With
 * b = blockSize, a block starts at each position where it fits with probability p H W / (b² (H - b + 1) (W - b + 1)).
 *
 * Shape: x [N, C, H, W]; the result has the shape of x.
 * @param rate begins with p
 * @throws ShapeError when x has other axes, or is smaller than a block
 */
export function dropBlock2d(x: Operand, counter: RngState, rate: Operand, blockSize: number): Operand {
  requireFloat("dropBlock2d", "x", x);
  const [N, C, H, W] = x.shape;
  if (N === undefined || C === undefined || H === undefined || W === undefined || x.shape.length > 4) {
    throw new ShapeError(`dropBlock2d: x must be [N, C, H, W]; got ${x}`);
  }
  if (blockSize > H || blockSize > W) {
    throw new ShapeError(`dropBlock2d: blockSize must be at most the height and the width; got ${blockSize} for ${x}`);
  }
  const [high, wide] = [H - blockSize + 1, W - blockSize + 1];
  const factor = (H * W) / (blockSize * blockSize * high * wide);
  const draws = randomWords(N * C * high * wide, counter);
  const mask = new Operand("blockMask", x.shape, [draws, rate], {
    calls: (out) => [call("blockMask", draws, rate, factor, out, N * C, H, W, blockSize)],
  });
  const scale = divide(filled([], x.size), affine(sum(mask), 1, EPSILON));
  return multiply(x, multiply(mask, scale));
}

/** int32 of 32 random bits each. */
function randomWords(count: number, counter: RngState): Operand {
  const use = countUse(counter);
  return new Operand(
    "philox",
    [count],
    [counter],
    { calls: (out) => [call("philox", counter, use, out, count)] },
    "int32",
  );
}
