import type { Dtype } from "../base/tensor.ts";
import { ShapeError, requireSwitches, requireWhole, requireWithin } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import type { Operand } from "../graph/operand.ts";
import { addEffect } from "../graph/scope.ts";
import { batchNorm, channelMoments, channelNorm, updateMoments } from "../ops/batch-normalization.ts";
import { requireFloat } from "../ops/check.ts";
import { Buffer } from "./module/buffer.ts";
import { constant } from "./init.ts";
import { Module } from "./module/module.ts";
import { Parameter } from "./module/parameter.ts";
import { made } from "./configuration/made.ts";

export interface BatchNormOptions {
  /** Added to the variance. Default: 1e-5. */
  readonly eps?: number;
  /** Weight of a batch in the running statistics, in [0, 1]; null: their mean over all batches. Default: 0.1. */
  readonly momentum?: number | null;
  /** Whether the result is multiplied by learned weights and a learned bias is added. Default: true. */
  readonly affine?: boolean;
  /** Whether evaluation uses running statistics, which training updates; else those of the batch. Default: true. */
  readonly trackRunningStats?: boolean;
}

/**
 * y = (x - mean) / √(variance + eps) * weight + bias for each channel. Training uses the mean and the (biased) variance of
 * the batch, evaluation the running ones.
 *
 * Each run in training mode updates running statistics: running = (1 - momentum) running + momentum batch, with the batch's
 * mean and unbiased variance.
 * State: `weight`, `bias`, `running_mean`, `running_var` [C], `num_batches_tracked` [] (int32), as in PyTorch.
 * Advice: place dropout after the last batch normalization, because dropout changes the variance in training only.
 * Source: Ioffe and Szegedy 2015, https://arxiv.org/abs/1502.03167
 */
export abstract class BatchNorm extends Module<"same", "same"> {
  readonly eps: number;
  readonly momentum: number | null;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  /** Statistics over all batches; null without trackRunningStats. */
  readonly running: { readonly mean: Buffer; readonly variance: Buffer; readonly batches: Buffer<"int32"> } | null;

  constructor(
    /** The PyTorch name of the layer in camelCase. */
    readonly name: string,
    readonly numFeatures: number,
    /** Names of the axes after batch and channels, for each form of x. */
    readonly axes: readonly (readonly string[])[],
    options: BatchNormOptions = {},
  ) {
    super();
    requireWhole(name, "numFeatures", numFeatures, 1);
    const { eps, momentum, affine, trackRunningStats } = withDefaults(name, options, {
      eps: 1e-5,
      momentum: 0.1,
      affine: true,
      trackRunningStats: true,
    });
    requireSwitches(name, options, "affine", "trackRunningStats");
    requireWithin(name, "eps", eps, 0, Infinity);
    if (momentum !== null) requireWithin(name, "momentum", momentum, 0, 1);
    this.eps = eps;
    this.momentum = momentum;
    this.weight = affine ? constant(new Parameter([numFeatures]), 1) : null;
    this.bias = affine ? new Parameter([numFeatures]) : null;
    this.running = trackRunningStats
      ? { mean: new Buffer([numFeatures]), variance: new Buffer([numFeatures]), batches: new Buffer([], "int32") }
      : null;
    this.running?.variance.write().fill(1);
  }

  /** @internal */
  override namedState(): [string, Parameter | Buffer<Dtype>][] {
    const { weight, bias, running } = this;
    return [
      ...(weight && bias
        ? ([
            ["weight", weight],
            ["bias", bias],
          ] as [string, Parameter][])
        : []),
      ...(running
        ? ([
            ["running_mean", running.mean],
            ["running_var", running.variance],
            ["num_batches_tracked", running.batches],
          ] as [string, Buffer][])
        : []),
    ];
  }

  /**
   * @throws ShapeError when x has other axes or another number of channels, or the batch statistics would be over a single
   * value per channel
   */
  override forward(x: Operand): Operand {
    const { name, numFeatures, running, eps } = this;
    requireFloat(name, "x", x);
    if (x.shape[1] !== numFeatures || !this.axes.some((field) => field.length === x.shape.length - 2)) {
      const shapes = this.axes.map((field) => `[${["N", numFeatures, ...field].join(", ")}]`);
      throw new ShapeError(`${name}: x must be ${shapes.join(" or ")}; got ${x}`);
    }
    if (running && !this.training) return channelNorm(x, running.mean, running.variance, this, eps);
    const count = x.size / numFeatures;
    if (count < 2) {
      throw new ShapeError(`${name}: a batch must have more than one value for each channel while training; got ${x}`);
    }
    const moments = channelMoments(x);
    if (running) addEffect(() => updateMoments(running, moments, count, this.momentum));
    return batchNorm(x, moments, this, eps);
  }

  override describe(): string {
    return `${this.name} ${this.numFeatures}`;
  }
}

/**
 * {@link BatchNorm} of features or signals.
 *
 * Shape: x [N, C] or [N, C, L]; y has the shape of x.
 * @throws RangeError when a size is not a whole number of at least 1, eps is below 0 or momentum outside [0, 1]
 * @throws TypeError when an option is unknown
 */
export class BatchNorm1d extends BatchNorm {
  constructor(numFeatures: number, options?: BatchNormOptions) {
    super("batchNorm1d", numFeatures, [[], ["L"]], options);
  }

  override configuration(): readonly unknown[] {
    return made(batchNorm1d, this.numFeatures, optionsOf(this));
  }
}

/** Normalizes each of C features, [N, C] or [N, C, L], to mean 0 and variance 1 over the batch. See {@link BatchNorm1d}. */
export function batchNorm1d(numFeatures: number, options?: BatchNormOptions): BatchNorm1d {
  return new BatchNorm1d(numFeatures, options);
}

/**
 * {@link BatchNorm} of images.
 *
 * Shape: x [N, C, H, W]; y has the shape of x.
 * @throws RangeError when a size is not a whole number of at least 1, eps is below 0 or momentum outside [0, 1]
 * @throws TypeError when an option is unknown
 */
export class BatchNorm2d extends BatchNorm {
  constructor(numFeatures: number, options?: BatchNormOptions) {
    super("batchNorm2d", numFeatures, [["H", "W"]], options);
  }

  override configuration(): readonly unknown[] {
    return made(batchNorm2d, this.numFeatures, optionsOf(this));
  }
}

/** Normalizes each of C channels of images [N, C, H, W] to mean 0 and variance 1 over the batch. See {@link BatchNorm2d}. */
export function batchNorm2d(numFeatures: number, options?: BatchNormOptions): BatchNorm2d {
  return new BatchNorm2d(numFeatures, options);
}

function optionsOf({ eps, momentum, weight, running }: BatchNorm): BatchNormOptions {
  return { eps, momentum, affine: weight !== null, trackRunningStats: running !== null };
}
