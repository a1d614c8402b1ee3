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
import { moveAxis } from "./shape/permute.ts";
import { slice } from "./shape/slice.ts";
import { reshape } from "./shape/view.ts";

/**
 * out[i, j, k] = x[i, indices[i, j, k], k] for axis 1, and likewise for other axes. Where an element is gathered more than once,
 * its gradients are added up in the order of the indices.
 *
 * Shape: `indices` has as many axes as x, and extents of at most those of x except along `axis`; the result has its shape.
 * Indices are int32, from an input or a constant.
 * Source: https://pytorch.org/docs/stable/generated/torch.gather.html
 *
 * @param axis from -rank to rank - 1; -1 is the last. Default: -1.
 * @throws ShapeError when the shapes do not fit
 * @throws RangeError when x has no such axis; before a run, when an index is not from 0 to below the extent of the axis
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
      `gather: indices must have as many axes as x, and extents of at most those of x except along axis ${axis}; got ${indices} for ${x}`,
    );
  }
  // The leading part of x that the extents of `indices` cover.
  const source = indices.shape.reduce(
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
    [source, indices],
    {
      calls: (out) => [call("gatherAlong", source, indices, out, ...sizes)],
      gradient: (dOut) => [
        new Operand("gatherGradient", source.shape, [dOut, indices], {
          calls: (dx) => [call("scatterAlong", dOut, indices, dx, ...sizes)],
          gradient: (ddx) => [gather(ddx, indices, front), null],
          flops: dOut.size,
        }),
        null,
      ],
      origins: () => [[source, inOrder(source.size)]],
      flops: 0,
      attributes: { axis: front },
    },
    x.dtype,
  );
}

/**
 * out[i, j, k] = x[i, indices[j], k] for axis 1, and likewise for other axes: x [3, 5] with 2 indices along axis 1 gives [3, 2].
 * Where a slice is selected more than once, its gradients are added up. Indices are int32, from an input or a constant.
 * Source: https://pytorch.org/docs/stable/generated/torch.index_select.html
 *
 * @param axis from -rank to rank - 1; -1 is the last. Default: 0.
 * @throws ShapeError when indices have not one axis
 * @throws RangeError when x has no such axis; before a run, when an index is not from 0 to below the extent of the axis
 */
export function indexSelect(x: Operand, indices: Operand, axis = 0): Operand {
  requireOperand("indexSelect", "x", x);
  requireInteger("indexSelect", "indices", indices);
  const front = frontAxis("indexSelect", x, axis);
  if (indices.shape.length !== 1) {
    throw new ShapeError(`indexSelect: indices must have one axis; got ${indices}`);
  }
  requireRange(indices, { where: "indexSelect", what: "indices", low: 0, high: (x.shape[front] ?? 1) - 1 });
  const axisFirst = moveAxis(x, front, 0);
  const [rows = 1, ...rest] = axisFirst.shape;
  const matrix = reshape(axisFirst, [rows, sizeOf(rest)]);
  const selected = x.dtype === "float32" ? embedding(indices, matrix) : integerRows(matrix, indices);
  return moveAxis(reshape(selected, [indices.size, ...rest]), 0, front);
}

/** out[i] = matrix[indices[i]] for an int32 matrix. */
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
 * out[..., c] = 1 where c = ids[...], else 0. No gradient flows.
 *
 * Shape: ids of any shape give float32 [...ids, classes]. Ids are int32, from an input or a constant.
 * @throws RangeError when `classes` is not a whole number of at least 1; before a run, when an id is not from 0 to below `classes`
 */
export function oneHot(ids: Operand, classes: number): Operand {
  requireInteger("oneHot", "ids", ids);
  requireWhole("oneHot", "classes", classes, 1);
  requireRange(ids, { where: "oneHot", what: "ids", low: 0, high: classes - 1 });
  return equal(reshape(ids, [...ids.shape, 1]), constant(tensor(inOrder(classes))));
}
