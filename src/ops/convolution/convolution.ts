import { ShapeError, requireWhole, shown } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { printShape, sameShape } from "../../base/tensor.ts";
import { requireFloat, requireAddressable } from "../check.ts";
import { correlate, correlateTransposed } from "./correlation.ts";
import { reshape } from "../shape/view.ts";
import { type Axes, type Extents, type Pair, eachAxis, pairOf, planesOf, printExtents } from "./window.ts";

export interface ConvolutionOptions {
  /** Distance between neighbouring patches. Default: 1. */
  readonly stride?: Extents;
  /** Zeros on each side of the input; `"same"` preserves the extents of the input, `"valid"` is 0. Default: `"valid"`. */
  readonly padding?: Extents | "same" | "valid";
  /** Distance between neighbouring elements of a patch. Default: 1. */
  readonly dilation?: Extents;
  /** Groups of channels; an output channel depends on the input channels of its group. Default: 1. */
  readonly groups?: number;
}

export interface TransposedOptions {
  /** Distance between neighbouring patches of the output. Default: 1. */
  readonly stride?: Extents;
  /** Rows and columns cropped on each side of the output. Default: 0. */
  readonly padding?: Extents;
  /** Rows and columns added at the end of the output, fewer than stride or dilation. Default: 0. */
  readonly outputPadding?: Extents;
  /** Distance between neighbouring elements of a patch. Default: 1. */
  readonly dilation?: Extents;
  /** Groups of channels; an output channel depends on the input channels of its group. Default: 1. */
  readonly groups?: number;
}

/** Validated options of a convolution, as [height, width]. */
export interface Window {
  readonly stride: Pair;
  readonly padding: Pair | "same";
  readonly dilation: Pair;
  readonly groups: number;
}

/** Validated options of a transposed convolution. */
export interface TransposedWindow extends Window {
  readonly padding: Pair;
  readonly outputPadding: Pair;
}

/**
 * Validates the options of a convolution.
 * @throws RangeError when one is out of its range
 */
export function windowOf(where: string, axes: Axes, options: ConvolutionOptions): Window {
  const { padding = 0 } = options;
  if (typeof padding === "string" && padding !== "same" && padding !== "valid") {
    throw new RangeError(`${where}: padding must be numbers, "same" or "valid"; got ${shown(padding)}`);
  }
  const common = commonOf(where, axes, options);
  if (padding !== "same") {
    return { ...common, padding: pairOf(where, "padding", padding === "valid" ? 0 : padding, axes, 0) };
  }
  if (common.stride.every((step) => step === 1)) return { ...common, padding };
  throw new RangeError(`${where}: stride must be 1 where padding is "same"; got ${printExtents(common.stride, axes)}`);
}

/**
 * Validates the options of a transposed convolution.
 * @throws RangeError when one is out of its range
 */
export function transposedWindow(where: string, axes: Axes, options: TransposedOptions): TransposedWindow {
  const common = commonOf(where, axes, options);
  const padding = pairOf(where, "padding", options.padding ?? 0, axes, 0);
  const outputPadding = pairOf(where, "outputPadding", options.outputPadding ?? 0, axes, 0);
  const most = eachAxis((axis) => Math.max(common.stride[axis], common.dilation[axis]) - 1);
  if (outputPadding[0] <= most[0] && outputPadding[1] <= most[1]) return { ...common, padding, outputPadding };
  throw new RangeError(
    `${where}: outputPadding must be below stride or dilation, at most ${printExtents(most, axes)}; got ${printExtents(outputPadding, axes)}`,
  );
}

function commonOf(
  where: string,
  axes: Axes,
  { stride = 1, dilation = 1, groups = 1 }: Pick<ConvolutionOptions, "stride" | "dilation" | "groups">,
): Omit<Window, "padding"> {
  requireWhole(where, "groups", groups, 1);
  return {
    stride: pairOf(where, "stride", stride, axes, 1),
    dilation: pairOf(where, "dilation", dilation, axes, 1),
    groups,
  };
}

/**
 * out[n, o, l] = bias[o] + Σ weight[o, c, k] x[n, c, stride l + dilation k - padding].
 *
 * Shape: x [N, C, L] or [C, L], weight [O, C / groups, K], bias [O]; gives [N, O, Y], Y as in {@link conv2d}.
 * @throws ShapeError or RangeError when shapes do not fit, an option is out of its range, or the kernel is larger than the padded input
 */
export function conv1d(x: Operand, weight: Operand, bias?: Operand | null, options?: ConvolutionOptions): Operand {
  return convolution("conv1d", 1, x, weight, bias ?? null, windowOf("conv1d", 1, options ?? {}));
}

/**
 * out[n, o, y, x] = bias[o] + Σ weight[o, c, h, w] x[n, c, stride y + dilation h - padding, likewise].
 *
 * Shape: x [N, C, H, W] or [C, H, W], weight [O, C / groups, h, w], bias [O]; gives [N, O, Y, X] with
 * Y = ⌊(H + 2 padding - dilation (h - 1) - 1) / stride⌋ + 1.
 * @throws ShapeError or RangeError when shapes do not fit, an option is out of its range, or the kernel is larger than the padded input
 */
export function conv2d(x: Operand, weight: Operand, bias?: Operand | null, options?: ConvolutionOptions): Operand {
  return convolution("conv2d", 2, x, weight, bias ?? null, windowOf("conv2d", 2, options ?? {}));
}

/**
 * The gradient of conv2d by its input, as an operation: out[n, o, i, j] = bias[o] + Σ weight[c, o, h, w] x[n, c, y, x] over all
 * c, h, w, y, x with i = stride y + dilation h - padding, and j likewise.
 *
 * Shape: x [N, C, H, W] or [C, H, W], weight [C, O / groups, h, w], bias [O]; gives [N, O, Y, X] with
 * Y = (H - 1) stride - 2 padding + dilation (h - 1) + outputPadding + 1.
 * @throws ShapeError or RangeError when shapes do not fit, an option is out of its range, or the output would be empty
 */
export function convTranspose2d(
  x: Operand,
  weight: Operand,
  bias?: Operand | null,
  options?: TransposedOptions,
): Operand {
  return transposed("convTranspose2d", x, weight, bias ?? null, transposedWindow("convTranspose2d", 2, options ?? {}));
}

/** conv1d or conv2d with validated options. */
export function convolution(
  where: string,
  axes: Axes,
  x: Operand,
  weight: Operand,
  bias: Operand | null,
  { stride, padding, dilation, groups }: Window,
): Operand {
  const { x: images, samples, channels: inputs, extent: image, restore } = planesOf(where, x, axes);
  const [rows, channels, kernel] = kernelOf(where, axes, weight);
  requireChannels(where, inputs, channels * groups, weight, x);
  requireGroups(where, "output channels", rows, groups);
  requireBias(where, bias, rows);
  const extents = eachAxis((axis) => dilation[axis] * (kernel[axis] - 1) + 1);
  const before = eachAxis((axis) => (padding === "same" ? Math.floor((extents[axis] - 1) / 2) : padding[axis]));
  const padded = eachAxis((axis) => image[axis] + (padding === "same" ? extents[axis] - 1 : 2 * before[axis]));
  if (extents[0] > padded[0] || extents[1] > padded[1]) {
    const got = `${printExtents(extents, axes)} and ${printExtents(padded, axes)}`;
    throw new ShapeError(`${where}: the kernel must not be larger than the padded input; got ${got} from ${x}`);
  }
  const result = eachAxis((axis) => Math.floor((padded[axis] - extents[axis]) / stride[axis]) + 1);
  requireAddressable(where, [samples, rows, ...result]);
  const outputs = rows / groups;
  const sizes = { samples, groups, channels, outputs, axes };
  const correlation = { ...sizes, image, kernel, result, stride, padding: before, dilation };
  return restore(correlate(images, reshape(weight, [rows, channels, ...kernel]), bias, correlation));
}

/** convTranspose2d with validated options. */
export function transposed(
  where: string,
  x: Operand,
  weight: Operand,
  bias: Operand | null,
  { stride, padding, outputPadding, dilation, groups }: TransposedWindow,
): Operand {
  const { x: result, samples, channels: inputs, extent, restore } = planesOf(where, x, 2);
  const [rows, channels, kernel] = kernelOf(where, 2, weight);
  requireChannels(where, inputs, rows, weight, x);
  requireGroups(where, "input channels", rows, groups);
  requireBias(where, bias, channels * groups);
  const image = eachAxis(
    (axis) =>
      (extent[axis] - 1) * stride[axis] -
      2 * padding[axis] +
      dilation[axis] * (kernel[axis] - 1) +
      outputPadding[axis] +
      1,
  );
  if (image.some((each) => each < 1)) {
    throw new ShapeError(
      `${where}: the output must have at least one row and column; got ${printExtents(image, 2)} from ${x}`,
    );
  }
  requireAddressable(where, [samples, channels * groups, ...image]);
  const outputs = rows / groups;
  const sizes = { samples, groups, channels, outputs, axes: 2 } as const;
  const correlation = { ...sizes, image, kernel, result: extent, stride, padding, dilation };
  return restore(correlateTransposed(result, weight, bias, correlation));
}

/** The first two extents of a weight, and its kernel size as [height, width]. */
function kernelOf(where: string, axes: Axes, weight: Operand): readonly [number, number, Pair] {
  requireFloat(where, "weight", weight);
  const [rows = 0, channels = 0, ...kernel] = weight.shape;
  if (kernel.length !== axes || weight.size === 0) {
    throw new ShapeError(`${where}: the weight must have ${axes + 2} axes, none of them empty; got ${weight}`);
  }
  const [first = 1, second = 1] = kernel;
  return [rows, channels, axes === 1 ? [1, first] : [first, second]];
}

function requireChannels(where: string, got: number, wanted: number, weight: Operand, x: Operand): void {
  if (got === wanted) return;
  throw new ShapeError(`${where}: the input must have ${wanted} channels for ${weight}; got ${got} from ${x}`);
}

function requireGroups(where: string, what: string, channels: number, groups: number): void {
  if (channels % groups === 0) return;
  throw new RangeError(`${where}: ${what} must be divisible by groups; got ${channels} and ${groups}`);
}

function requireBias(where: string, bias: Operand | null, channels: number): void {
  if (!bias || sameShape(bias.shape, [channels])) return;
  throw new ShapeError(`${where}: the bias must be ${printShape([channels])}; got ${bias}`);
}
