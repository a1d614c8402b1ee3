import type { Dtype } from "../base/tensor.ts";
import { ShapeError, requireKnown, requireSwitches, requireWhole, requireWithin } from "../base/errors.ts";
import type { Operand } from "../graph/operand.ts";
import { addEffect } from "../graph/scope.ts";
import { batchNorm, channelMoments, channelNorm, updateMoments } from "../ops/batch-normalization.ts";
import { requireFloat } from "../ops/check.ts";
import { Buffer } from "./module/buffer.ts";
import { constant } from "./init.ts";
import { Module } from "./module/module.ts";
import { Parameter } from "./module/parameter.ts";

export interface BatchNormOptions {
  /** Added to the variance. Default: 1e-5. */
  readonly eps?: number;
  /** How far running statistics move towards those of a batch, in [0, 1]; null: averages of all batches. Default: 0.1. */
  readonly momentum?: number | null;
  /** Whether the result is multiplied by learned weights, and a learned bias added. Default: true. */
  readonly affine?: boolean;
  /** Whether running statistics are kept, and used in evaluation; else batches are normalized there too. Default: true. */
  readonly trackRunningStats?: boolean;
}

/**
 * y = (x - mean) / √(variance + eps) * weight + bias for each channel: while training with the mean and the (biased)
 * variance of the batch, in evaluation with running ones.
 *
 * Running statistics move by `momentum` towards the batch's mean and unbiased variance at each run in training mode.
 * State: `weight`, `bias`, `running_mean`, `running_var` [C], `num_batches_tracked` [] of integers, as in PyTorch.
 * Beside dropout: place dropout behind the last batch normalization, for what it does to variance differs in evaluation.
 * Source: Ioffe and Szegedy 2015, https://arxiv.org/abs/1502.03167
 */
export abstract class BatchNorm extends Module<"same", "same"> {
  readonly eps: number;
  readonly momentum: number | null;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  /** What is kept of all batches. */
  readonly running: { readonly mean: Buffer; readonly variance: Buffer; readonly batches: Buffer<"int32"> } | null;

  constructor(
    /** Its PyTorch name in camelCase. */
    readonly name: string,
    readonly numFeatures: number,
    /** What may follow batch and channels in x. */
    readonly axes: readonly (readonly string[])[],
    options: BatchNormOptions = {},
  ) {
    super();
    requireWhole(name, "numFeatures", numFeatures, 1);
    requireKnown(name, options, ["eps", "momentum", "affine", "trackRunningStats"]);
    requireSwitches(name, options, "affine", "trackRunningStats");
    const { eps = 1e-5, momentum = 0.1, affine = true, trackRunningStats = true } = options;
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
   * @throws ShapeError when x has not the axes or channels that the layer is for, or a batch to be normalized by itself
   * has but one value for each channel
   */
  override forward(x: Operand): Operand {
    const { name, numFeatures, running, eps } = this;
    requireFloat(name, "x", x);
    if (x.shape[1] !== numFeatures || !this.axes.some((rest) => rest.length === x.shape.length - 2)) {
      const shapes = this.axes.map((rest) => `[${["N", numFeatures, ...rest].join(", ")}]`);
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
}

/** Brings each of C features, [N, C] or [N, C, L], to mean 0 and variance 1 over the batch; see {@link BatchNorm1d}. */
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
}

/** Brings each of C channels of images [N, C, H, W] to mean 0 and variance 1 over the batch; see {@link BatchNorm2d}. */
export function batchNorm2d(numFeatures: number, options?: BatchNormOptions): BatchNorm2d {
  return new BatchNorm2d(numFeatures, options);
}
