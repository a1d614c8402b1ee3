import { ShapeError, requireKnown } from "../base/errors.ts";
import { Operand } from "../graph/operand.ts";
import { call } from "../graph/call.ts";
import { sizeOf } from "../base/tensor.ts";
import { divide, multiply } from "./elementwise/arithmetic.ts";
import { frontAxes, frontAxis, reducedShape, requireFloat } from "./check.ts";
import { permute } from "./permute.ts";
import { type ReductionOptions, sum } from "./reduction.ts";
import { repeated } from "./repeated.ts";
import { reshape } from "./shape.ts";

/**
 * The largest of all elements, or along an axis or several, which then are gone, or stay with extent 1 by `keepDims`; NaN where
 * one is. Elements that are largest together share the gradient evenly, as in PyTorch's amax.
 * @param axes counted from the last where below 0. Default: all.
 * @throws RangeError when an axis is not one of x
 * @throws ShapeError when there is no element to choose from
 */
export function max(x: Operand, axes?: number | readonly number[], options: ReductionOptions = {}): Operand {
  return extreme("max", x, axes, options);
}

/**
 * The smallest of all elements, or along an axis or several, which then are gone, or stay with extent 1 by `keepDims`; NaN
 * where one is. Elements that are smallest together share the gradient evenly, as in PyTorch's amin.
 * @param axes counted from the last where below 0. Default: all.
 * @throws RangeError when an axis is not one of x
 * @throws ShapeError when there is no element to choose from
 */
export function min(x: Operand, axes?: number | readonly number[], options: ReductionOptions = {}): Operand {
  return extreme("min", x, axes, options);
}

/**
 * Where along an axis x is largest, int32: the first of equals, or the first NaN; its index among all elements without an axis.
 * No gradient flows.
 * @throws RangeError when the axis is not one of x
 * @throws ShapeError when there is no element to choose from
 */
export function argMax(x: Operand, axis?: number, options: ReductionOptions = {}): Operand {
  return placeOf("argMax", 1, x, axis, options);
}

/**
 * Where along an axis x is smallest, int32: the first of equals, or the first NaN; its index among all elements without an axis.
 * No gradient flows.
 * @throws RangeError when the axis is not one of x
 * @throws ShapeError when there is no element to choose from
 */
export function argMin(x: Operand, axis?: number, options: ReductionOptions = {}): Operand {
  return placeOf("argMin", -1, x, axis, options);
}

function extreme(
  name: "max" | "min",
  x: Operand,
  axes: number | readonly number[] | undefined,
  options: ReductionOptions,
): Operand {
  requireFloat(name, "x", x);
  requireKnown(name, options, ["keepDims"]);
  const every = x.shape.map((_, axis) => axis);
  const gone = axes === undefined ? every : frontAxes(name, x, typeof axes === "object" ? axes : [axes]);
  return reshape(alongMiddle(name, middle(name, x, gone)), reducedShape(x, gone, options.keepDims));
}

/** x as [outer, rows, columns], where rows are the axes that go. */
function middle(name: string, x: Operand, gone: readonly number[]): Operand {
  const [first, last] = [Math.min(...gone), Math.max(...gone)];
  const rows = gone.reduce((count, axis) => count * (x.shape[axis] ?? 1), 1);
  if (rows === 0) throw new ShapeError(`${name}: there must be an element to choose from; got ${x}`);
  if (gone.length === 0) return reshape(x, [1, 1, 1]);
  if (last - first + 1 === gone.length) {
    return reshape(x, [sizeOf(x.shape.slice(0, first)), rows, sizeOf(x.shape.slice(last + 1))]);
  }
  const stay = x.shape.map((_, axis) => axis).filter((axis) => !gone.includes(axis));
  return reshape(permute(x, [...stay, ...gone]), [sizeOf(stay.map((axis) => x.shape[axis] ?? 1)), rows, 1]);
}

/** x [outer, rows, columns] gives [outer, 1, columns]. */
function alongMiddle(name: "max" | "min", x: Operand): Operand {
  const [outer = 1, rows = 1, columns = 1] = x.shape;
  const kernel = name === "max" ? "maxMiddle" : "minMiddle";
  return new Operand(name, [outer, 1, columns], [x], {
    calls: (out) => [call(kernel, x, out, outer, rows, columns)],
    gradient: (dOut, out) => {
      const isIt = repeated("equal", "equal", x, out);
      return [multiply(isIt, divide(dOut, sum(isIt, 1, { keepDims: true })))];
    },
    flops: x.size,
  });
}

function placeOf(
  name: "argMax" | "argMin",
  sign: number,
  x: Operand,
  axis: number | undefined,
  options: ReductionOptions,
): Operand {
  requireFloat(name, "x", x);
  requireKnown(name, options, ["keepDims"]);
  const gone = axis === undefined ? x.shape.map((_, each) => each) : [frontAxis(name, x, axis)];
  const grouped = middle(name, x, gone);
  const [outer = 1, rows = 1, columns = 1] = grouped.shape;
  const rule = {
    calls: (out: Operand) => [call("argMiddle", grouped, out, sign, outer, rows, columns)],
    gradient: () => [null],
    range: [0, rows - 1] as const,
    flops: x.size,
  };
  return new Operand(name, reducedShape(x, gone, options.keepDims), [grouped], rule, "int32");
}
