import { ShapeError, requireWhole } from "../base/errors.ts";
import { Operand } from "../graph/operand.ts";
import { requireRange } from "../graph/require-range.ts";
import { inOrder } from "../base/numbers.ts";
import { call } from "../graph/call.ts";
import { sizeOf, tensor } from "../base/tensor.ts";
import { frontAxis, requireInteger, requireOperand } from "./check.ts";
import { equal } from "./elementwise/comparison.ts";
import { constant } from "./constant.ts";
import { embedding } from "./embedding.ts";
import { moveAxis } from "./permute.ts";
import { reshape, slice } from "./shape.ts";

/**
 * out[i, j, k] = x[i, indices[i, j, k], k] for axis 1, and likewise along any other: `indices` name elements along the axis, and
 * have the shape of the result. The gradient adds up where an element was taken more than once, in the order of the indices.
 *
 * Shape: `indices` has as many axes as x; its extents are at most those of x, but for the axis, along which it has any.
 * Indices are int32 from 0 to below the extent of the axis, checked before a run; they come from an input or a constant.
 * Source: https://pytorch.org/docs/stable/generated/torch.gather.html
 *
 * @param axis counted from the last where below 0. Default: -1.
 * @throws ShapeError when the shapes do not fit
 * @throws RangeError when x has no such axis
 */
export function gather(x: Operand, indices: Operand, axis = -1): Operand {
  requireOperand("gather", "x", x);
  requireInteger("gather", "indices", indices);
  const front = frontAxis("gather", x, axis);
  const fits =
    indices.shape.length === x.shape.length &&
    indices.shape.every((extent, each) => each === front || extent <= (x.shape[each] ?? 0));
  if (!fits) {
    throw new ShapeError(
      `gather: indices must have the axes of x, and extents of at most its own but for axis ${axis}; got ${indices} for ${x}`,
    );
  }
  const within = indices.shape.reduce(
    (part, extent, each) => (each === front ? part : slice(part, each, 0, extent)),
    x,
  );
  const rows = x.shape[front] ?? 1;
  requireRange(indices, { where: "gather", what: "indices", low: 0, high: rows - 1 });
  const outer = sizeOf(indices.shape.slice(0, front));
  const count = indices.shape[front] ?? 1;
  const columns = sizeOf(indices.shape.slice(front + 1));
  const sizes = [outer, rows, count, columns] as const;
  return new Operand(
    "gather",
    indices.shape,
    [within, indices],
    {
      calls: (out) => [call("gatherAlong", within, indices, out, ...sizes)],
      gradient: (dOut) => [
        new Operand("gatherGradient", within.shape, [dOut, indices], {
          calls: (dx) => [call("scatterAlong", dOut, indices, dx, ...sizes)],
          gradient: (dTaken) => [gather(dTaken, indices, front), null],
          flops: dOut.size,
        }),
        null,
      ],
      origins: () => [[within, inOrder(within.size)]],
      flops: 0,
    },
    x.dtype,
  );
}

/**
 * The parts of x along an axis that `indices` [count] name, in their order: x [3, 5] with 2 indices along axis 1 gives [3, 2].
 * The gradient adds up where a part was taken more than once. Indices are int32, checked before a run.
 * Source: https://pytorch.org/docs/stable/generated/torch.index_select.html
 *
 * @param axis counted from the last where below 0. Default: 0.
 * @throws ShapeError when indices have not one axis
 * @throws RangeError when x has no such axis
 */
export function indexSelect(x: Operand, indices: Operand, axis = 0): Operand {
  requireOperand("indexSelect", "x", x);
  requireInteger("indexSelect", "indices", indices);
  const front = frontAxis("indexSelect", x, axis);
  if (indices.shape.length !== 1) {
    throw new ShapeError(`indexSelect: indices must have one axis; got ${indices}`);
  }
  requireRange(indices, { where: "indexSelect", what: "indices", low: 0, high: (x.shape[front] ?? 1) - 1 });
  const inFront = moveAxis(x, front, 0);
  const [rows = 1, ...rest] = inFront.shape;
  const matrix = reshape(inFront, [rows, sizeOf(rest)]);
  const taken = x.dtype === "float32" ? embedding(indices, matrix) : integerRows(matrix, indices);
  return moveAxis(reshape(taken, [indices.size, ...rest]), 0, front);
}

/** The rows of a matrix of integers that `indices` name. */
function integerRows(matrix: Operand, indices: Operand): Operand {
  const [, columns = 1] = matrix.shape;
  const rule = {
    calls: (out: Operand) => [call("gatherRows", matrix, indices, out, indices.size, columns)],
    gradient: () => [null, null],
    origins: () => [[matrix, inOrder(matrix.size)] as const],
    flops: 0,
  };
  return new Operand("indexSelect", [indices.size, columns], [matrix, indices], rule, "int32");
}

/**
 * 1 at the place that an id names, else 0: ids of any shape, int32 from 0 to below `classes`, give float32 [...ids, classes]. No
 * gradient flows. Ids are checked before a run; they come from an input or a constant.
 * @throws RangeError when `classes` is not a whole number of at least 1
 */
export function oneHot(ids: Operand, classes: number): Operand {
  requireInteger("oneHot", "ids", ids);
  requireWhole("oneHot", "classes", classes, 1);
  requireRange(ids, { where: "oneHot", what: "ids", low: 0, high: classes - 1 });
  const each = constant(tensor(inOrder(classes)));
  return equal(reshape(ids, [...ids.shape, 1]), each);
}
