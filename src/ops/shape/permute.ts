import { Operand } from "../../graph/operand.ts";
import { call } from "../../graph/call.ts";
import { frontAxes } from "../check.ts";
import { reshape } from "./view.ts";
import { copyCalls, denseStrides, offsetsOf } from "./strided.ts";

/**
 * x with its axes in another order: axis i of the result is axis axes[i] of x. A view where only axes of extent 1 move.
 * @throws RangeError when `axes` does not name every axis once
 */
export function permute(x: Operand, axes: readonly number[]): Operand {
  const order = frontAxes("permute", x, axes);
  if (order.length !== x.shape.length) {
    throw new RangeError(`permute: axes must name every axis once; got [${axes.join(", ")}] for ${x}`);
  }
  const extent = (axis: number): number => x.shape[axis] ?? 1;
  const shape = order.map(extent);
  const moving = order.filter((axis) => extent(axis) !== 1);
  if (moving.every((axis, i) => i === 0 || axis > (moving[i - 1] ?? 0))) return reshape(x, shape);
  const dense = denseStrides(x.shape);
  const strides = order.map((axis) => dense[axis] ?? 0);
  return new Operand(
    "permute",
    shape,
    [x],
    {
      calls: (out) => copyCalls(x, out, shape, strides),
      gradient: (dOut) => [permute(dOut, inverse(order))],
      origins: (elements) => [[x, offsetsOf(shape, strides, elements)]],
      flops: 0,
      attributes: { axes: order },
    },
    x.dtype,
  );
}

/**
 * x with two of its axes swapped. Default: the last two.
 * @throws RangeError when x has no such axes, or they are the same
 */
export function transpose(x: Operand, axis = -2, other = -1): Operand {
  const [first = 0, second = 0] = frontAxes("transpose", x, [axis, other]);
  const [rows, columns] = x.shape;
  if (x.shape.length > 2 || rows === undefined || columns === undefined) {
    const order = x.shape.map((_, each) => (each === first ? second : each === second ? first : each));
    return permute(x, order);
  }
  return new Operand(
    "transpose",
    [columns, rows],
    [x],
    {
      calls: (out) => [call("transpose", x, out, rows, columns)],
      gradient: (dOut) => [transpose(dOut)],
      origins: (elements) => [[x, offsetsOf([columns, rows], [1, columns], elements)]],
      flops: 0,
      attributes: { axes: [1, 0] },
    },
    x.dtype,
  );
}

/** x with its axis `from` moved to position `to`; the others keep their order. */
export function moveAxis(x: Operand, from: number, to: number): Operand {
  const others = x.shape.map((_, axis) => axis).filter((axis) => axis !== from);
  return permute(x, others.toSpliced(to, 0, from));
}

function inverse(order: readonly number[]): number[] {
  return order.map((_, axis) => order.indexOf(axis));
}
