import { ShapeError, requireArray } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { sameShape } from "../../base/tensor.ts";
import { frontAxis, requireOperand, requireShape } from "../check.ts";
import { concatenate, slice } from "./slice.ts";
import { reshape } from "./view.ts";

/**
 * Joins operands of one shape along a new axis: three of [4, 5] along axis 0 give [3, 4, 5].
 * @param axis of the result, from -rank to rank - 1; -1 is the last. Default: 0.
 * @throws ShapeError when there is no operand, or shapes or dtypes differ
 * @throws RangeError when the result has no such axis
 */
export function stack(operands: readonly Operand[], axis = 0): Operand {
  requireArray("stack", "operands", operands);
  operands.forEach((each, i) => requireOperand("stack", `operand ${i}`, each));
  const [first, ...others] = operands;
  if (!first) throw new ShapeError("stack: there must be at least one operand; got none");
  const wrong = others.find(({ shape, dtype }) => dtype !== first.dtype || !sameShape(shape, first.shape));
  if (wrong) throw new ShapeError(`stack: operands must agree in shape and dtype; got ${first} and ${wrong}`);
  const front = frontAxis("stack", reshape(first, [...first.shape, 1]), axis);
  const expanded = [...first.shape.slice(0, front), 1, ...first.shape.slice(front)];
  return concatenate(
    operands.map((each) => reshape(each, expanded)),
    front,
  );
}

/**
 * Splits x along an axis: [8, 6] with sizes [2, 4] along axis 1 gives [8, 2] and [8, 4]. Views along the first axis, else copies.
 * @param sizes whole numbers of at least 0 that add up to the extent of the axis
 * @param axis from -rank to rank - 1; -1 is the last. Default: 0.
 * @throws ShapeError when sizes do not add up
 * @throws RangeError when x has no such axis
 */
export function split(x: Operand, sizes: readonly number[], axis = 0): Operand[] {
  const front = frontAxis("split", x, axis);
  requireShape("split", "sizes", sizes);
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((total, size) => total + size, 0));
  const total = sizes.reduce((all, size) => all + size, 0);
  if (total !== x.shape[front]) {
    throw new ShapeError(
      `split: sizes must add up to ${x.shape[front]} along axis ${axis}; got [${sizes.join(", ")}] for ${x}`,
    );
  }
  return sizes.map((size, i) => slice(x, front, starts[i] ?? 0, (starts[i] ?? 0) + size));
}

/**
 * The slices of x along an axis, which they lack: [3, 4, 5] along axis 0 gives three of [4, 5].
 * @param axis from -rank to rank - 1; -1 is the last. Default: 0.
 * @throws RangeError when x has no such axis
 */
export function unbind(x: Operand, axis = 0): Operand[] {
  const front = frontAxis("unbind", x, axis);
  const shape = x.shape.toSpliced(front, 1);
  return Array.from({ length: x.shape[front] ?? 0 }, (_, i) => reshape(slice(x, front, i, i + 1), shape));
}
