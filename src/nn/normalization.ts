import {
  ShapeError,
  requireArray,
  requireSwitch,
  requireSwitches,
  requireWhole,
  requireWithin,
} from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import type { Operand } from "../graph/operand.ts";
import { groupNorm as groupNormOf, layerNorm as layerNormOf, rmsNorm as rmsNormOf } from "../ops/normalization.ts";
import { type Shape, printShape } from "../base/tensor.ts";
import { constant } from "./init.ts";
import { Module } from "./module/module.ts";
import { Parameter } from "./module/parameter.ts";
import { made } from "./configuration/made.ts";

export interface RmsNormOptions {
  /** Added to the mean of squares. Default: 2^-23, the epsilon of float32. */
  readonly eps?: number;
  /** Whether the result is multiplied by learned weights. Default: true. */
  readonly elementwiseAffine?: boolean;
}

export interface LayerNormOptions {
  /** Added to the variance. Default: 1e-5. */
  readonly eps?: number;
  /** Whether the result is multiplied by learned weights. Default: true. */
  readonly elementwiseAffine?: boolean;
  /** Whether a learned bias is added; never without elementwiseAffine. Default: true. */
  readonly bias?: boolean;
}

/**
 * y = (x - mean) / √(variance + eps) * weight + bias, with the mean and the (biased) variance of each sample over the
 * last axes, in training and in evaluation.
 *
 * Shape: x [..., *normalizedShape]; y has the shape of x, `weight` and `bias` have normalizedShape.
 * Initial values: weight 1, bias 0.
 * Source: Ba et al. 2016, https://arxiv.org/abs/1607.06450
 *
 * @throws RangeError when an extent is not a whole number of at least 1, or eps is below 0
 * @throws TypeError when an option is unknown
 */
export class LayerNorm<Features extends number = number> extends Module<Features, Features> {
  readonly normalizedShape: Shape;
  readonly eps: number;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;

  constructor(normalizedShape: Features | Shape, options: LayerNormOptions = {}) {
    super();
    const { eps, elementwiseAffine, bias } = withDefaults("layerNorm", options, {
      eps: 1e-5,
      elementwiseAffine: true,
      bias: true,
    });
    requireSwitches("layerNorm", options, "elementwiseAffine", "bias");
    this.normalizedShape = extentsOf("layerNorm", normalizedShape);
    requireWithin("layerNorm", "eps", eps, 0, Infinity);
    this.eps = eps;
    this.weight = elementwiseAffine ? constant(new Parameter(this.normalizedShape), 1) : null;
    this.bias = elementwiseAffine && bias ? new Parameter(this.normalizedShape) : null;
  }

  override forward(x: Operand): Operand {
    return layerNormOf(x, this.normalizedShape, this, this.eps);
  }

  override configuration(): readonly unknown[] {
    return made(layerNorm, this.normalizedShape, {
      eps: this.eps,
      elementwiseAffine: this.weight !== null,
      bias: this.bias !== null,
    });
  }

  override describe(): string {
    const without = this.bias ? "" : this.weight ? ", no bias" : ", not affine";
    return `layerNorm ${printExtents(this.normalizedShape)}${without}`;
  }
}

/** Normalizes each sample to mean 0 and variance 1 over the last axes. See {@link LayerNorm}. */
export function layerNorm<const Features extends number>(
  normalizedShape: Features | readonly number[],
  options?: LayerNormOptions,
): LayerNorm<Features> {
  return new LayerNorm(normalizedShape, options);
}

/**
 * y = x / √(mean of x² + eps) * weight, with the mean of each sample over the last axes.
 *
 * Shape: x [..., *normalizedShape]; y has the shape of x, `weight` has normalizedShape.
 * Initial values: 1.
 * Source: Zhang and Sennrich 2019, https://arxiv.org/abs/1910.07467
 *
 * @throws RangeError when an extent is not a whole number of at least 1, or eps is below 0
 * @throws TypeError when an option is unknown
 */
export class RmsNorm<Features extends number = number> extends Module<Features, Features> {
  readonly normalizedShape: Shape;
  readonly eps: number;
  readonly weight: Parameter | null;

  constructor(normalizedShape: Features | Shape, options: RmsNormOptions = {}) {
    super();
    const { eps, elementwiseAffine } = withDefaults("rmsNorm", options, { eps: 2 ** -23, elementwiseAffine: true });
    requireSwitch("rmsNorm", "elementwiseAffine", elementwiseAffine);
    this.normalizedShape = extentsOf("rmsNorm", normalizedShape);
    requireWithin("rmsNorm", "eps", eps, 0, Infinity);
    this.eps = eps;
    this.weight = elementwiseAffine ? constant(new Parameter(this.normalizedShape), 1) : null;
  }

  override forward(x: Operand): Operand {
    return rmsNormOf(x, this.normalizedShape, { weight: this.weight }, this.eps);
  }

  override configuration(): readonly unknown[] {
    return made(rmsNorm, this.normalizedShape, { eps: this.eps, elementwiseAffine: this.weight !== null });
  }

  override describe(): string {
    return `rmsNorm ${printExtents(this.normalizedShape)}${this.weight ? "" : ", not affine"}`;
  }
}

/** Normalizes the mean square of each sample over the last axes to 1. See {@link RmsNorm}. */
export function rmsNorm<const Features extends number>(
  normalizedShape: Features | readonly number[],
  options?: RmsNormOptions,
): RmsNorm<Features> {
  return new RmsNorm(normalizedShape, options);
}

export interface GroupNormOptions {
  /** Added to the variance. Default: 1e-5. */
  readonly eps?: number;
  /** Whether the result is multiplied by learned weights and a learned bias is added. Default: true. */
  readonly affine?: boolean;
}

/**
 * y = (x - mean) / √(variance + eps) * weight + bias, with the mean and the (biased) variance of each group of channels of
 * each sample, in training and in evaluation.
 *
 * Shape: x [N, C, ...] with C = numChannels; y has the shape of x, `weight` and `bias` are [C].
 * Initial values: weight 1, bias 0.
 * Source: Wu and He 2018, https://arxiv.org/abs/1803.08494
 *
 * @param numGroups a divisor of numChannels; 1: one group of all channels; numChannels: one group per channel
 * @throws RangeError when a size is not a whole number of at least 1, numGroups does not divide numChannels, or eps is below 0
 * @throws TypeError when an option is unknown
 */
export class GroupNorm extends Module<"same", "same"> {
  readonly eps: number;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;

  constructor(
    readonly numGroups: number,
    readonly numChannels: number,
    options: GroupNormOptions = {},
  ) {
    super();
    requireWhole("groupNorm", "numGroups", numGroups, 1);
    requireWhole("groupNorm", "numChannels", numChannels, 1);
    if (numChannels % numGroups !== 0) {
      throw new RangeError(
        `groupNorm: numChannels must be a multiple of numGroups; got ${numChannels} and ${numGroups}`,
      );
    }
    const { eps, affine } = withDefaults("groupNorm", options, { eps: 1e-5, affine: true });
    requireSwitch("groupNorm", "affine", affine);
    requireWithin("groupNorm", "eps", eps, 0, Infinity);
    this.eps = eps;
    this.weight = affine ? constant(new Parameter([numChannels]), 1) : null;
    this.bias = affine ? new Parameter([numChannels]) : null;
  }

  override forward(x: Operand): Operand {
    if (x.shape[1] !== this.numChannels) {
      throw new ShapeError(`groupNorm: x must be [N, ${this.numChannels}, ...]; got ${x}`);
    }
    return groupNormOf(x, this.numGroups, this, this.eps);
  }

  override configuration(): readonly unknown[] {
    return made(groupNorm, this.numGroups, this.numChannels, { eps: this.eps, affine: this.weight !== null });
  }

  override describe(): string {
    return `groupNorm ${this.numChannels} in ${this.numGroups}${this.weight ? "" : ", not affine"}`;
  }
}

/** Normalizes each group of channels of a sample to mean 0 and variance 1. See {@link GroupNorm}. */
export function groupNorm(numGroups: number, numChannels: number, options?: GroupNormOptions): GroupNorm {
  return new GroupNorm(numGroups, numChannels, options);
}

function extentsOf(where: string, given: number | Shape): Shape {
  if (typeof given !== "number") requireArray(where, "normalizedShape", given);
  const extents = typeof given === "number" ? [given] : [...given];
  if (extents.length === 0) throw new RangeError(`${where}: normalizedShape must have at least one extent; got []`);
  for (const extent of extents) requireWhole(where, "normalizedShape", extent, 1);
  return extents;
}

function printExtents(extents: Shape): string {
  return extents.length === 1 ? String(extents[0]) : printShape(extents);
}
