import { requireSwitches } from "../base/errors.ts";
import { type Defaults, withDefaults } from "../base/options.ts";
import type { Operand } from "../graph/operand.ts";
import * as ops from "../ops/convolution/pooling.ts";
import { type Axes, type Extents, pairOf, printExtents } from "../ops/convolution/window.ts";
import { Module } from "./module/module.ts";
import { made } from "./configuration/made.ts";

/** Reduces each window of an input to one number. */
export class Pool extends Module<number, number> {
  readonly #apply: (x: Operand) => Operand;
  readonly #configuration: readonly unknown[];

  constructor(
    readonly description: string,
    apply: (x: Operand) => Operand,
    configuration: readonly unknown[],
  ) {
    super();
    this.#apply = apply;
    this.#configuration = configuration;
  }

  override forward(x: Operand): Operand {
    return this.#apply(x);
  }

  override configuration(): readonly unknown[] {
    return this.#configuration;
  }

  override describe(): string {
    return this.description;
  }
}

// Undefined: `poolWindow` fills in defaults, because the description names only the options given.
const POOL_DEFAULTS = {
  stride: undefined,
  padding: undefined,
  ceilMode: undefined,
} as const satisfies Defaults<ops.PoolOptions>;
const MAX_POOL_DEFAULTS = { ...POOL_DEFAULTS, dilation: undefined } as const satisfies Defaults<ops.MaxPoolOptions>;
const AVG_POOL_DEFAULTS = {
  ...POOL_DEFAULTS,
  countIncludePad: undefined,
} as const satisfies Defaults<ops.AvgPoolOptions>;

/**
 * The largest element of each window along the last axis, NaN if it has one; the gradient goes to the first of equal ones.
 *
 * Shape: x [N, C, L] or [C, L] gives [N, C, Y], Y as in {@link maxPool2d}.
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.MaxPool1d.html
 * @throws RangeError when a number is out of its range
 * @throws TypeError when an option is unknown
 */
export function maxPool1d(kernelSize: Extents, options: ops.MaxPoolOptions = {}): Module<number, number> {
  withDefaults("maxPool1d", options, MAX_POOL_DEFAULTS);
  return pool(maxPool1d, "maxPool1d", 1, kernelSize, options, ops.maxPool);
}

/**
 * The largest element of each window of each plane, NaN if it has one; the gradient goes to the first of equal ones.
 *
 * Shape: x [N, C, H, W] or [C, H, W] gives [N, C, Y, X] with
 * Y = ⌊(H + 2 padding - dilation (kernelSize - 1) - 1) / stride⌋ + 1, or ⌈ ⌉ with ceilMode.
 * Defaults: stride kernelSize, padding 0, dilation 1, ceilMode false.
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html
 * @throws RangeError when a number is out of its range
 * @throws TypeError when an option is unknown
 */
export function maxPool2d(kernelSize: Extents, options: ops.MaxPoolOptions = {}): Module<number, number> {
  withDefaults("maxPool2d", options, MAX_POOL_DEFAULTS);
  return pool(maxPool2d, "maxPool2d", 2, kernelSize, options, ops.maxPool);
}

/**
 * The mean of each window along the last axis; padding counts as zeros unless countIncludePad is false.
 *
 * Shape: x [N, C, L] or [C, L] gives [N, C, Y], Y as in {@link maxPool2d}.
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.AvgPool1d.html
 * @throws RangeError when a number is out of its range
 * @throws TypeError when an option is unknown
 */
export function avgPool1d(kernelSize: Extents, options: ops.AvgPoolOptions = {}): Module<number, number> {
  withDefaults("avgPool1d", options, AVG_POOL_DEFAULTS);
  return pool(avgPool1d, "avgPool1d", 1, kernelSize, options, ops.averagePool);
}

/**
 * The mean of each window of each plane; padding counts as zeros unless countIncludePad is false.
 *
 * Shape: as {@link maxPool2d}.
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html
 * @throws RangeError when a number is out of its range
 * @throws TypeError when an option is unknown
 */
export function avgPool2d(kernelSize: Extents, options: ops.AvgPoolOptions = {}): Module<number, number> {
  withDefaults("avgPool2d", options, AVG_POOL_DEFAULTS);
  return pool(avgPool2d, "avgPool2d", 2, kernelSize, options, ops.averagePool);
}

/**
 * The means of outputSize windows that cover the last axis.
 *
 * Shape: x [N, C, L] or [C, L] gives [N, C, outputSize].
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool1d.html
 * @throws RangeError when outputSize is not a whole number of at least 1
 */
export function adaptiveAvgPool1d(outputSize: Extents): Module<number, number> {
  return adaptivePool(adaptiveAvgPool1d, "adaptiveAvgPool1d", 1, outputSize);
}

/**
 * The means of outputSize windows that cover each plane, ⌊y H / Y⌋ to ⌈(y + 1) H / Y⌉ - 1 in row y of Y.
 *
 * Shape: x [N, C, H, W] or [C, H, W] gives [N, C, outputSize, outputSize], or [N, C, ...outputSize].
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html
 * @throws RangeError when outputSize is not a whole number of at least 1
 */
export function adaptiveAvgPool2d(outputSize: Extents): Module<number, number> {
  return adaptivePool(adaptiveAvgPool2d, "adaptiveAvgPool2d", 2, outputSize);
}

function pool(
  factory: (kernelSize: Extents, options: ops.MaxPoolOptions & ops.AvgPoolOptions) => Module,
  where: string,
  axes: Axes,
  kernelSize: Extents,
  options: ops.MaxPoolOptions & ops.AvgPoolOptions,
  apply: (where: string, axes: Axes, x: Operand, window: ops.PoolWindow) => Operand,
): Pool {
  requireSwitches(where, options, "ceilMode", "countIncludePad");
  const window = ops.poolWindow(where, axes, kernelSize, options);
  const description = [
    `${where} ${printExtents(window.kernel, axes)}`,
    ...(options.stride === undefined ? [] : [`stride ${printExtents(window.stride, axes)}`]),
    ...(options.padding === undefined ? [] : [`padding ${printExtents(window.padding, axes)}`]),
    ...(options.dilation === undefined ? [] : [`dilation ${printExtents(window.dilation, axes)}`]),
    ...(window.ceilMode ? ["ceilMode"] : []),
    ...(window.countIncludePad ? [] : ["padding not counted"]),
  ];
  const configuration = made(factory, structuredClone(kernelSize), structuredClone(options));
  return new Pool(description.join(", "), (x) => apply(where, axes, x, window), configuration);
}

function adaptivePool(factory: (outputSize: Extents) => Module, where: string, axes: Axes, outputSize: Extents): Pool {
  const extent = pairOf(where, "outputSize", outputSize, axes, 1);
  return new Pool(
    `${where} to ${printExtents(extent, axes)}`,
    (x) => ops.adaptiveAveragePool(where, axes, x, extent),
    made(factory, structuredClone(outputSize)),
  );
}
