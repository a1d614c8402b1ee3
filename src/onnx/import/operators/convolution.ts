import type { Operand } from "../../../graph/operand.ts";
import { conv1d, conv2d, convTranspose2d } from "../../../ops/convolution/convolution.ts";
import { add } from "../../../ops/elementwise/arithmetic.ts";
import { filled } from "../../../ops/reduction/reduction.ts";
import { permute } from "../../../ops/shape/permute.ts";
import { concatenate, slice } from "../../../ops/shape/slice.ts";
import { reshape } from "../../../ops/shape/view.ts";
import { taken, upTo } from "../movement.ts";
import type { Node, Operator, Operators } from "../node.ts";
import { Value } from "../value.ts";
import { padded } from "./pad.ts";
import { type Window, kernelOf, windowsOf } from "./window.ts";

const convolution: Operator = (node) => {
  const [x, weight, bias] = [node.operand(0), node.operand(1), node.optionalOperand(2) ?? null];
  const rank = requireImages(node, x, weight);
  const groups = node.int("group", 1);
  const windows = windowsOf(node, x.shape.slice(2), kernelOf(node, weight.shape));
  const [first, second] = windows;
  if (rank === 3) return Value.of(conv3d(node, x, weight, bias, windows, groups));
  const isSymmetric = windows.every(({ margins: [before, after] }) => after <= before && before - after < 1);
  const image = isSymmetric ? x : withMargins(node, x, windows);
  const each = <T>(of: (window: Window) => T): T[] => windows.map(of);
  if (!first) return node.refuse("x must have an axis after its channels", x.shape);
  if (rank === 1 || !second) {
    const [stride = 1] = each((window) => window.stride);
    const padding = isSymmetric ? first.margins[0] : 0;
    return Value.of(conv1d(image, weight, bias, { stride, padding, dilation: first.dilation, groups }));
  }
  return Value.of(
    conv2d(image, weight, bias, {
      stride: [first.stride, second.stride],
      padding: isSymmetric ? [first.margins[0], second.margins[0]] : 0,
      dilation: [first.dilation, second.dilation],
      groups,
    }),
  );
};

/** Requires one to three axes after batch and channels; returns how many there are. */
function requireImages(node: Node, x: Operand, weight: Operand): number {
  const rank = x.shape.length - 2;
  if (rank >= 1 && rank <= 3 && weight.shape.length === x.shape.length && x.size > 0) return rank;
  return node.shapeError(`x must have 3 to 5 axes, as many as the weight [${weight.shape.join(", ")}]`, x.shape);
}

/** x with zeros around it, so that windows just fit. */
function withMargins(node: Node, x: Operand, windows: readonly Window[]): Operand {
  return windows.reduce((part, { margins }, axis) => padded(node.where, part, axis + 2, margins), Value.of(x)).operand;
}

/** The sum over the depth of the kernel of 2d convolutions of frames. */
function conv3d(
  node: Node,
  x: Operand,
  weight: Operand,
  bias: Operand | null,
  windows: readonly Window[],
  groups: number,
): Operand {
  const image = withMargins(node, x, windows);
  const [depth = NO_WINDOW, first = NO_WINDOW, second = NO_WINDOW] = windows;
  const [batch = 0, channels = 0, , height = 0, width = 0] = image.shape;
  const [outputs = 0] = weight.shape;
  const options = {
    stride: [first.stride, second.stride],
    dilation: [first.dilation, second.dilation],
    groups,
  } as const;
  const frames = permute(image, [0, 2, 1, 3, 4]);
  const sums = depthsOf(node, depth.kernel).map((k) => {
    const indices = upTo(depth.count).map((i) => i * depth.stride + k * depth.dilation);
    const chosen = taken(node.where, Value.of(frames), 1, indices).operand;
    const planes = reshape(chosen, [batch * depth.count, channels, height, width]);
    const plane = reshape(slice(weight, 2, k, k + 1), weight.shape.toSpliced(2, 1));
    return conv2d(planes, plane, k === 0 ? bias : null, options);
  });
  const out = sums.reduce((a, b) => add(a, b));
  const shape = [batch, depth.count, outputs, ...out.shape.slice(2)];
  return permute(reshape(out, shape), [0, 2, 1, 3, 4]);
}

const NO_WINDOW: Window = { kernel: 1, stride: 1, dilation: 1, margins: [0, 0], count: 1, after: 0 };

/** Most planes of a kernel, because each is operations of its own. */
const MOST_DEPTH = 2 ** 10;

/** The planes of a kernel. */
function depthsOf(node: Node, count: number): readonly number[] {
  return count <= MOST_DEPTH ? upTo(count) : node.refuse(`kernels must have at most ${MOST_DEPTH} planes`, count);
}

/** How a transposed convolution lies along one axis. */
interface Transposed {
  readonly stride: number;
  readonly dilation: number;
  /** Elements of the whole result, before pads are removed. */
  readonly whole: number;
  /** How many elements of it are removed; below 0, how many zeros are added. */
  readonly crop: readonly [before: number, after: number];
  readonly outputPadding: number;
}

const transposedConvolution: Operator = (node) => {
  const [x, weight, bias] = [node.operand(0), node.operand(1), node.optionalOperand(2) ?? null];
  const rank = requireImages(node, x, weight);
  const groups = node.int("group", 1);
  const axes = transposedAxes(node, x, weight, rank);
  const planar = rank === 1 ? [LINE, ...axes] : axes.slice(-2);
  const [first = LINE, second = LINE] = planar;
  const options = {
    stride: [first.stride, second.stride],
    dilation: [first.dilation, second.dilation],
    groups,
  } as const;
  const isSymmetric = axes.every(
    ({ crop: [before, after], outputPadding, stride, dilation }) =>
      before >= 0 && after === before - outputPadding && outputPadding < Math.max(stride, dilation),
  );
  if (rank < 3 && isSymmetric) {
    const out = convTranspose2d(plane(x, rank), plane(weight, rank), bias, {
      ...options,
      padding: [first.crop[0], second.crop[0]],
      outputPadding: [first.outputPadding, second.outputPadding],
    });
    return Value.of(rank === 1 ? reshape(out, out.shape.toSpliced(2, 1)) : out);
  }
  const whole =
    rank === 3
      ? transposed3d(node, x, weight, axes, options)
      : convTranspose2d(plane(x, rank), plane(weight, rank), null, options);
  const flat = rank === 1 ? reshape(whole, whole.shape.toSpliced(2, 1)) : whole;
  const cropped = axes.reduce(
    (part, { crop: [before, after] }, axis) => padded(node.where, part, axis + 2, [-before, -after]),
    Value.of(flat),
  ).operand;
  return Value.of(bias ? add(cropped, reshape(bias, [bias.size, ...Array<number>(rank).fill(1)])) : cropped);
};

const LINE: Transposed = { stride: 1, dilation: 1, whole: 1, crop: [0, 0], outputPadding: 0 };

/** A line as an image of one row. */
function plane(x: Operand, rank: number): Operand {
  return rank === 1 ? reshape(x, x.shape.toSpliced(2, 0, 1)) : x;
}

function transposedAxes(node: Node, x: Operand, weight: Operand, rank: number): readonly Transposed[] {
  const kernels = kernelOf(node, weight.shape);
  const strides = node.perAxis("strides", rank, 1);
  const dilations = node.perAxis("dilations", rank, 1);
  const paddings = node.perAxis("output_padding", rank, 0, 0);
  const pads = node.perAxis("pads", 2 * rank, 0, 0);
  const auto = node.word("auto_pad", ["NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"]);
  const given = node.optionalInts("output_shape")?.slice(-rank);
  return kernels.map((kernel, axis) => {
    const [stride = 1, dilation = 1, outputPadding = 0] = [strides[axis], dilations[axis], paddings[axis]];
    const extent = x.shape[axis + 2] ?? 1;
    const whole = (extent - 1) * stride + dilation * (kernel - 1) + 1;
    const isSame = auto.startsWith("SAME");
    const wanted = given?.[axis] ?? (isSame ? extent * stride : undefined);
    if (wanted === undefined) {
      const [before = 0, after = 0] = auto === "VALID" ? [0, 0] : [pads[axis], pads[axis + rank]];
      return { stride, dilation, whole, outputPadding, crop: [before, after - outputPadding] };
    }
    const total = whole + outputPadding - wanted;
    const less = Math.floor(total / 2);
    const before = auto === "SAME_UPPER" ? less : total - less;
    return { stride, dilation, whole, outputPadding, crop: [before, total - before - outputPadding] };
  });
}

/** Frames of each depth of the kernel, `stride` apart, added up. */
function transposed3d(
  node: Node,
  x: Operand,
  weight: Operand,
  [depth = LINE]: readonly Transposed[],
  options: Parameters<typeof convTranspose2d>[3],
): Operand {
  const [batch = 0, channels = 0, frames = 0, height = 0, width = 0] = x.shape;
  const planes = reshape(permute(x, [0, 2, 1, 3, 4]), [batch * frames, channels, height, width]);
  const parts = depthsOf(node, weight.shape[2] ?? 0).map((k) => {
    const kernel = reshape(slice(weight, 2, k, k + 1), weight.shape.toSpliced(2, 1));
    const out = convTranspose2d(planes, kernel, null, options);
    const apart = reshape(out, [batch, frames, 1, ...out.shape.slice(1)]);
    const zeros = filled(apart.shape.with(2, depth.stride - 1), 0);
    const spread = depth.stride === 1 ? apart : concatenate([apart, zeros], 2);
    const line = reshape(spread, [batch, frames * depth.stride, ...out.shape.slice(1)]);
    const before = k * depth.dilation;
    const after = depth.whole - before - frames * depth.stride;
    return padded(node.where, Value.of(line), 1, [before, after]).operand;
  });
  return permute(
    parts.reduce((a, b) => add(a, b)),
    [0, 2, 1, 3, 4],
  );
}

export const convolutionOperators: Operators = { Conv: convolution, ConvTranspose: transposedConvolution };
