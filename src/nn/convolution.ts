import { requireSwitch, requireWhole } from "../base/errors.ts";
import { type Defaults, withDefaults } from "../base/options.ts";
import type { Operand } from "../graph/operand.ts";
import * as ops from "../ops/convolution/convolution.ts";
import { type Axes, type Extents, type Pair, pairOf, printExtents } from "../ops/convolution/window.ts";
import { kaimingUniform, uniform } from "./init.ts";
import { Module } from "./module/module.ts";
import { Parameter } from "./module/parameter.ts";
import { made } from "./configuration/made.ts";

export interface ConvolutionOptions extends ops.ConvolutionOptions {
  /** Whether b is added. Default: true. */
  readonly bias?: boolean;
}

export interface ConvTransposeOptions extends ops.TransposedOptions {
  /** Whether b is added. Default: true. */
  readonly bias?: boolean;
}

const CONVOLUTION_DEFAULTS = {
  stride: 1,
  padding: 0,
  dilation: 1,
  groups: 1,
  bias: true,
} as const satisfies Defaults<ConvolutionOptions>;

/** Weight, bias and description of any convolution. */
export abstract class Convolution extends Module<number, number> {
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly #description: string;

  protected constructor(
    where: string,
    axes: Axes,
    readonly inChannels: number,
    readonly outChannels: number,
    kernelSize: Extents,
    window: ops.Window | ops.TransposedWindow,
    bias: boolean,
  ) {
    super();
    requireWhole(where, "inChannels", inChannels, 1);
    requireWhole(where, "outChannels", outChannels, 1);
    const kernel = pairOf(where, "kernelSize", kernelSize, axes, 1);
    const { groups, stride, padding, dilation } = window;
    if (inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new RangeError(
        `${where}: inChannels and outChannels must be divisible by groups; got ${inChannels}, ${outChannels} and ${groups}`,
      );
    }
    const outputPadding = "outputPadding" in window ? window.outputPadding : undefined;
    const [rows, columns] = outputPadding ? [inChannels, outChannels] : [outChannels, inChannels];
    const shape = [rows, columns / groups, ...kernel.slice(-axes)];
    this.weight = kaimingUniform(new Parameter(shape), { a: Math.sqrt(5) });
    const bound = 1 / Math.sqrt((columns / groups) * kernel[0] * kernel[1]);
    this.bias = bias ? uniform(new Parameter([outChannels]), -bound, bound) : null;
    this.#description = [
      `${where} ${inChannels} -> ${outChannels}, kernel ${printExtents(kernel, axes)}`,
      ...unlessDefault("stride", stride, 1, axes),
      ...(padding === "same" ? ["padding same"] : unlessDefault("padding", padding, 0, axes)),
      ...(outputPadding ? unlessDefault("output padding", outputPadding, 0, axes) : []),
      ...unlessDefault("dilation", dilation, 1, axes),
      ...(groups === 1 ? [] : [`groups ${groups}`]),
      ...(bias ? [] : ["no bias"]),
    ].join(", ");
  }

  /** The options of the factory. */
  protected optionsOf(axes: Axes, { stride, padding, dilation, groups }: ops.Window): ConvolutionOptions {
    return {
      stride: stride.slice(-axes),
      padding: typeof padding === "string" ? padding : padding.slice(-axes),
      dilation: dilation.slice(-axes),
      groups,
      bias: this.bias !== null,
    };
  }

  override describe(): string {
    return this.#description;
  }
}

/**
 * y[n, o, l] = b[o] + Σ W[o, c, k] x[n, c, stride l + dilation k - padding].
 *
 * Shape: x [N, inChannels, L] or [inChannels, L] gives [N, outChannels, Y] with
 * Y = ⌊(L + 2 padding - dilation (kernelSize - 1) - 1) / stride⌋ + 1; `weight` is [outChannels, inChannels / groups,
 * kernelSize], `bias` is [outChannels].
 * Initial values: uniform in ±1/√(inChannels / groups kernelSize), as in PyTorch.
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.Conv1d.html
 *
 * @throws RangeError when a number is out of its range, or channels are not divisible by groups
 * @throws TypeError when an option is unknown
 */
export class Conv1d extends Convolution {
  readonly #window: ops.Window;

  constructor(inChannels: number, outChannels: number, kernelSize: Extents, options: ConvolutionOptions = {}) {
    const filled = withDefaults("conv1d", options, CONVOLUTION_DEFAULTS);
    requireSwitch("conv1d", "bias", filled.bias);
    const window = ops.windowOf("conv1d", 1, filled);
    super("conv1d", 1, inChannels, outChannels, kernelSize, window, filled.bias);
    this.#window = window;
  }

  override forward(x: Operand): Operand {
    return ops.convolution("conv1d", 1, x, this.weight, this.bias, this.#window);
  }

  override configuration(): readonly unknown[] {
    return made(conv1d, this.inChannels, this.outChannels, this.weight.shape.slice(2), this.optionsOf(1, this.#window));
  }
}

/**
 * y[n, o, y, x] = b[o] + Σ W[o, c, h, w] x[n, c, stride y + dilation h - padding, stride x + dilation w - padding].
 * Options are numbers or [height, width].
 *
 * Shape: x [N, inChannels, H, W] or [inChannels, H, W] gives [N, outChannels, Y, X] with
 * Y = ⌊(H + 2 padding - dilation (kernelSize - 1) - 1) / stride⌋ + 1; `weight` is [outChannels, inChannels / groups, h, w],
 * `bias` is [outChannels]. With groups = inChannels the convolution is depthwise.
 * Initial values: uniform in ±1/√(inChannels / groups h w), as in PyTorch.
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.Conv2d.html
 *
 * @throws RangeError when a number is out of its range, or channels are not divisible by groups
 * @throws TypeError when an option is unknown
 */
export class Conv2d extends Convolution {
  readonly #window: ops.Window;

  constructor(inChannels: number, outChannels: number, kernelSize: Extents, options: ConvolutionOptions = {}) {
    const filled = withDefaults("conv2d", options, CONVOLUTION_DEFAULTS);
    requireSwitch("conv2d", "bias", filled.bias);
    const window = ops.windowOf("conv2d", 2, filled);
    super("conv2d", 2, inChannels, outChannels, kernelSize, window, filled.bias);
    this.#window = window;
  }

  override forward(x: Operand): Operand {
    return ops.convolution("conv2d", 2, x, this.weight, this.bias, this.#window);
  }

  override configuration(): readonly unknown[] {
    return made(conv2d, this.inChannels, this.outChannels, this.weight.shape.slice(2), this.optionsOf(2, this.#window));
  }
}

/**
 * The transpose of {@link Conv2d}: each x[n, c, y, x] times W[c, o, h, w] is added to
 * y[n, o, stride y + dilation h - padding, stride x + dilation w - padding], which starts as b[o].
 *
 * Shape: x [N, inChannels, H, W] or [inChannels, H, W] gives [N, outChannels, Y, X] with
 * Y = (H - 1) stride - 2 padding + dilation (kernelSize - 1) + outputPadding + 1; `weight` is
 * [inChannels, outChannels / groups, h, w], `bias` is [outChannels].
 * Initial values: uniform in ±1/√(outChannels / groups h w), as in PyTorch.
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html
 *
 * @throws RangeError when a number is out of its range, or channels are not divisible by groups
 * @throws TypeError when an option is unknown
 */
export class ConvTranspose2d extends Convolution {
  readonly #window: ops.TransposedWindow;

  constructor(inChannels: number, outChannels: number, kernelSize: Extents, options: ConvTransposeOptions = {}) {
    const filled = withDefaults("convTranspose2d", options, { ...CONVOLUTION_DEFAULTS, outputPadding: 0 });
    requireSwitch("convTranspose2d", "bias", filled.bias);
    const window = ops.transposedWindow("convTranspose2d", 2, filled);
    super("convTranspose2d", 2, inChannels, outChannels, kernelSize, window, filled.bias);
    this.#window = window;
  }

  override forward(x: Operand): Operand {
    return ops.transposed("convTranspose2d", x, this.weight, this.bias, this.#window);
  }

  override configuration(): readonly unknown[] {
    return made(convTranspose2d, this.inChannels, this.outChannels, this.weight.shape.slice(2), {
      ...this.optionsOf(2, this.#window),
      padding: this.#window.padding,
      outputPadding: this.#window.outputPadding,
    });
  }
}

/**
 * A convolution over sequences: [N, inChannels, L] gives [N, outChannels, Y]. Defaults: stride 1, padding 0, dilation 1,
 * groups 1, bias true. See {@link Conv1d}.
 */
export function conv1d(
  inChannels: number,
  outChannels: number,
  kernelSize: Extents,
  options?: ConvolutionOptions,
): Conv1d {
  return new Conv1d(inChannels, outChannels, kernelSize, options);
}

/**
 * A convolution over images: [N, inChannels, H, W] gives [N, outChannels, Y, X]. Defaults: stride 1, padding 0, dilation 1,
 * groups 1, bias true. See {@link Conv2d}.
 */
export function conv2d(
  inChannels: number,
  outChannels: number,
  kernelSize: Extents,
  options?: ConvolutionOptions,
): Conv2d {
  return new Conv2d(inChannels, outChannels, kernelSize, options);
}

/**
 * A transposed convolution over images, which upsamples by stride: [N, inChannels, H, W] gives [N, outChannels, Y, X].
 * Defaults: stride 1, padding 0, outputPadding 0, dilation 1, groups 1, bias true. See {@link ConvTranspose2d}.
 */
export function convTranspose2d(
  inChannels: number,
  outChannels: number,
  kernelSize: Extents,
  options?: ConvTransposeOptions,
): ConvTranspose2d {
  return new ConvTranspose2d(inChannels, outChannels, kernelSize, options);
}

/** `name` and `extents`, or nothing if all are the default. */
function unlessDefault(name: string, extents: Pair, byDefault: number, axes: Axes): string[] {
  return extents.slice(-axes).every((extent) => extent === byDefault) ? [] : [`${name} ${printExtents(extents, axes)}`];
}
