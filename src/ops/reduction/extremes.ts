import { ShapeError } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import { Operand } from "../../graph/operand.ts";
import { call } from "../../graph/call.ts";
import { sizeOf } from "../../base/tensor.ts";
import { divide, multiply } from "../elementwise/arithmetic.ts";
import { frontAxes, frontAxis, reducedShape, requireFloat } from "../check.ts";
import { permute } from "../shape/permute.ts";
import { type ReductionOptions, sum } from "./reduction.ts";
import { broadcastPair } from "../elementwise/broadcast-pair.ts";
import { reshape } from "../shape/view.ts";

/**
 * The maximum of all elements, or along one or more axes; NaN if any element is. Equal maxima share the gradient evenly, as in
 * PyTorch's amax.
 * @param axes from -rank to rank - 1; -1 is the last. Default: all.
 * @throws RangeError when an axis is not one of x
 * @throws ShapeError when a maximum is over no elements
 */
export function max(x: Operand, axes?: number | readonly number[], options: ReductionOptions = {}): Operand {
  return extreme("max", x, axes, options);
}

/**
 * The minimum of all elements, or along one or more axes; NaN if any element is. Equal minima share the gradient evenly, as in
 * PyTorch's amin.
 * @param axes from -rank to rank - 1; -1 is the last. Default: all.
 * @throws RangeError when an axis is not one of x
 * @throws ShapeError when a minimum is over no elements
 */
export function min(x: Operand, axes?: number | readonly number[], options: ReductionOptions = {}): Operand {
  return extreme("min", x, axes, options);
}

/**
 * The index of the maximum along an axis, int32: that of the first of equal maxima, or of the first NaN. No gradient flows.
 * @param axis from -rank to rank - 1; -1 is the last. Default: none; the index is that among all elements.
 * @throws RangeError when the axis is not one of x
 * @throws ShapeError when a maximum is over no elements
 */
export function argMax(x: Operand, axis?: number, options: ReductionOptions = {}): Operand {
  return indexOfExtreme("argMax", 1, x, axis, options);
}

/**
 * The index of the minimum along an axis, int32: that of the first of equal minima, or of the first NaN. No gradient flows.
 * @param axis from -rank to rank - 1; -1 is the last. Default: none; the index is that among all elements.
 * @throws RangeError when the axis is not one of x
 * @throws ShapeError when a minimum is over no elements
 */
export function argMin(x: Operand, axis?: number, options: ReductionOptions = {}): Operand {
  return indexOfExtreme("argMin", -1, x, axis, options);
}

function extreme(
  name: "max" | "min",
  x: Operand,
  axes: number | readonly number[] | undefined,
  options: ReductionOptions,
): Operand {
  requireFloat(name, "x", x);
  const { keepDims } = withDefaults(name, options, { keepDims: false });
  const every = x.shape.map((_, axis) => axis);
  const reduced = axes === undefined ? every : frontAxes(name, x, typeof axes === "object" ? axes : [axes]);
  return reshape(overMiddle(name, withReducedInMiddle(name, x, reduced)), reducedShape(x, reduced, keepDims));
}

/** x as [outer, rows, columns], where rows are the reduced axes. */
function withReducedInMiddle(name: string, x: Operand, reduced: readonly number[]): Operand {
  const [first, last] = [Math.min(...reduced), Math.max(...reduced)];
  const rows = reduced.reduce((count, axis) => count * (x.shape[axis] ?? 1), 1);
  if (rows === 0) throw new ShapeError(`${name}: there must be an element to choose from; got ${x}`);
  if (reduced.length === 0) return reshape(x, [1, 1, 1]);
  if (last - first + 1 === reduced.length) {
    return reshape(x, [sizeOf(x.shape.slice(0, first)), rows, sizeOf(x.shape.slice(last + 1))]);
  }
  const remaining = x.shape.map((_, axis) => axis).filter((axis) => !reduced.includes(axis));
  return reshape(permute(x, [...remaining, ...reduced]), [
    sizeOf(remaining.map((axis) => x.shape[axis] ?? 1)),
    rows,
    1,
  ]);
}

/** The extremes of x [outer, rows, columns] over its rows: [outer, 1, columns]. */
function overMiddle(name: "max" | "min", x: Operand): Operand {
  const [outer = 1, rows = 1, columns = 1] = x.shape;
  const kernel = name === "max" ? "maxMiddle" : "minMiddle";
  return new Operand(name, [outer, 1, columns], [x], {
    calls: (out) => [call(kernel, x, out, outer, rows, columns)],
    gradient: (dOut, out) => {
      const isExtreme = broadcastPair("equal", "equal", x, out);
      return [multiply(isExtreme, divide(dOut, sum(isExtreme, 1, { keepDims: true })))];
    },
    flops: x.size,
  });
}

function indexOfExtreme(
  name: "argMax" | "argMin",
  sign: number,
  x: Operand,
  axis: number | undefined,
  options: ReductionOptions,
): Operand {
  requireFloat(name, "x", x);
  const { keepDims } = withDefaults(name, options, { keepDims: false });
  const reduced = axis === undefined ? x.shape.map((_, each) => each) : [frontAxis(name, x, axis)];
  const grouped = withReducedInMiddle(name, x, reduced);
  const [outer = 1, rows = 1, columns = 1] = grouped.shape;
  const rule = {
    calls: (out: Operand) => [call("argMiddle", grouped, out, sign, outer, rows, columns)],
    gradient: () => [null],
    range: [0, rows - 1] as const,
    flops: x.size,
  };
  return new Operand(name, reducedShape(x, reduced, keepDims), [grouped], rule, "int32");
}
