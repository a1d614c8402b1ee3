import { Tensor, sizeOf } from "../../../base/tensor.ts";
import type { Operand } from "../../../graph/operand.ts";
import { constant } from "../../../ops/constant.ts";
import { avgPool2d, maxPool2d } from "../../../ops/convolution/pooling.ts";
import { affine, divide, multiply, square } from "../../../ops/elementwise/arithmetic.ts";
import { pow } from "../../../ops/elementwise/power.ts";
import { max } from "../../../ops/reduction/extremes.ts";
import { mean } from "../../../ops/reduction/reduction.ts";
import { reshape } from "../../../ops/shape/view.ts";
import { upTo } from "../movement.ts";
import type { Node, Operator, Operators } from "../node.ts";
import { Value } from "../value.ts";
import { padded } from "./pad.ts";
import { type Window, windowsOf } from "./window.ts";

const LOWEST = -3.4028234663852886e38;

/** Pooling of x over the last two axes, or over one with a window of 1 beside it. */
type Pool = (node: Node, x: Operand, windows: readonly [Window, Window]) => Operand;

const WHOLE: Window = { kernel: 1, stride: 1, dilation: 1, margins: [0, 0], count: 1, after: 0 };

/** Pooling over one to three axes; maxima and means over boxes are those over depth of those over planes. */
function pooling(pool: Pool): Operator {
  return (node) => {
    const x = node.operand(0);
    node.ignore("storage_order");
    if (node.outputCount > 1)
      node.refuse("a pooling must have one output", `${node.outputCount} (indices are not given)`);
    const [batch = 0, channels = 0, ...extents] = x.shape;
    const windows = windowsOf(node, extents, node.ints("kernel_shape"));
    const [first = WHOLE, second = WHOLE, third = WHOLE] = windows;
    const counts = windows.map(({ count }) => count);
    const out = [batch, channels, ...counts];
    const [one = 1, two = 1, three = 1] = extents;
    if (windows.length === 1) {
      return Value.of(reshape(pool(node, reshape(x, [batch, channels, 1, one]), [WHOLE, first]), out));
    }
    if (windows.length === 2) return Value.of(pool(node, x, [first, second]));
    if (windows.length !== 3) return node.shapeError("x must have 3 to 5 axes", x.shape);
    const planes = pool(node, reshape(x, [batch, channels * one, two, three]), [second, third]);
    const columns = reshape(planes, [batch, channels, one, second.count * third.count]);
    return Value.of(reshape(pool(node, columns, [first, WHOLE]), out));
  };
}

/** Whether the kernel itself takes the margins: equal on both sides, and at most half of the window. */
function isPlain({ margins: [before, after], kernel, dilation }: Window): boolean {
  return after <= before && before - after < 1 && before <= kernel / 2 && dilation >= 1;
}

function withMargins(node: Node, x: Operand, windows: readonly Window[], value: number): Operand {
  const axes = windows.map(({ margins }, i) => [margins, x.shape.length - 2 + i] as const);
  return axes.reduce((part, [margins, axis]) => padded(node.where, part, axis, margins, "constant", value), Value.of(x))
    .operand;
}

const maxPool: Pool = (node, x, windows) => {
  const [first, second] = windows;
  const isDirect = windows.every(isPlain);
  return maxPool2d(isDirect ? x : withMargins(node, x, windows, LOWEST), [first.kernel, second.kernel], {
    stride: [first.stride, second.stride],
    dilation: [first.dilation, second.dilation],
    padding: isDirect ? [first.margins[0], second.margins[0]] : 0,
  });
};

const averagePool: Pool = (node, x, windows) => {
  const [first, second] = windows;
  const countIncludePad = node.int("count_include_pad", 0) !== 0;
  if (windows.some(({ dilation }) => dilation !== 1)) node.refuse("dilations of a mean must be 1", "others");
  const extents = [first.kernel, second.kernel] as const;
  const stride = [first.stride, second.stride] as const;
  if (windows.every(isPlain)) {
    return avgPool2d(x, extents, { stride, padding: [first.margins[0], second.margins[0]], countIncludePad });
  }
  // The mean over zeros too, times the kernel's size over the number of elements that count.
  const sums = avgPool2d(withMargins(node, x, windows, 0), extents, { stride });
  const factors = windows.map((window, i) => countsOf(window, x.shape.at(i - 2) ?? 1, countIncludePad));
  const [rows = [], columns = []] = factors;
  const numbers = Float32Array.from(rows.flatMap((row) => columns.map((column) => row * column)));
  return multiply(sums, constant(new Tensor([rows.length, columns.length], "float32", numbers)));
};

/** For each window along an axis, its size over the number of its elements that count. */
function countsOf({ kernel, stride, margins: [before], count, after }: Window, extent: number, all: boolean): number[] {
  return upTo(count).map((i) => {
    const start = i * stride - before;
    const [low, high] = all ? [-before, extent + after] : [0, extent];
    return kernel / (Math.min(start + kernel, high) - Math.max(start, low));
  });
}

function global(apply: (x: Operand, axes: readonly number[]) => Operand): Operator {
  return (node) => {
    const x = node.operand(0);
    return Value.of(apply(x, upTo(x.shape.length).slice(2)));
  };
}

/** x / (bias + alpha * mean of x² over neighbouring channels)^beta; the mean is over `size` channels, zeros beyond the ends. */
const localResponse: Operator = (node) => {
  const x = node.operand(0);
  const size = node.int("size");
  const [batch = 0, channels = 0, ...rest] = x.shape;
  if (size < 1 || size > 2 ** 16) return node.refuse("size must be a whole number of at least 1", size);
  const before = Math.floor((size - 1) / 2);
  const squares = reshape(square(x), [batch, 1, channels, sizeOf(rest)]);
  const wide = padded(node.where, Value.of(squares), 2, [before, size - 1 - before]).operand;
  const means = reshape(avgPool2d(wide, [size, 1], { stride: 1 }), x.shape);
  const base = affine(means, node.real("alpha", 1e-4), node.real("bias", 1));
  return Value.of(divide(x, pow(base, node.real("beta", 0.75))));
};

export const poolingOperators: Operators = {
  MaxPool: pooling(maxPool),
  AveragePool: pooling(averagePool),
  GlobalAveragePool: global((x, axes) => mean(x, axes, { keepDims: true })),
  GlobalMaxPool: global((x, axes) => max(x, axes, { keepDims: true })),
  LRN: localResponse,
};
