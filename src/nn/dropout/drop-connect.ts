import { ShapeError, requireOneOf, requireSwitch, requireWhole } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { Operand } from "../../graph/operand.ts";
import { add, multiply, sqrt, square } from "../../ops/elementwise/arithmetic.ts";
import { dropConnect as dropConnectOf } from "../../ops/dropout/drop-connect.ts";
import { dropout } from "../../ops/dropout/dropout.ts";
import { matmul } from "../../ops/matmul/matmul.ts";
import { filled } from "../../ops/reduction/reduction.ts";
import { concatenate, slice } from "../../ops/shape/slice.ts";
import { reshape } from "../../ops/shape/view.ts";
import { Variable } from "../../memory/variable.ts";
import { maskRate } from "./adjustable.ts";
import { Linear } from "../linear.ts";
import { type Module, requireModule } from "../module/module.ts";
import { RandomLayer } from "./random-layer.ts";
import type { Parameter } from "../module/parameter.ts";
import { made } from "../configuration/made.ts";

export interface DropConnectOptions {
  /** Probability that a weight is dropped, in [0, 1]. Default: 0.5. */
  readonly p?: number;
  /** Whether there is a bias. Default: true. */
  readonly bias?: boolean;
  /**
   * `batch`: one mask for all samples of a step; costs about as much as a linear layer. `sample`: one mask for each sample, as
   * in the paper; costs a random bit for each weight and sample. Default: "batch".
   */
  readonly masks?: "batch" | "sample";
  /** `mean`: uses the weights unmasked. `moments`: the mean of the activation, see {@link DropConnect}. Default: "mean". */
  readonly evaluation?: "mean" | "moments";
  /** An elementwise activation after the layer; required by `moments`. Default: none. */
  readonly activation?: Module;
  /** Number of points at which `moments` evaluates the activation, at least 2. Default: 64. */
  readonly points?: number;
}

const REACH = 5; // standard deviations: 6e-7 of a normal distribution is farther from its mean

/**
 * A linear layer whose weights and biases are dropped while training: y = a((x (mask W)ᵀ + mask b) / (1 - p)) with
 * the activation a and new masks at every step.
 *
 * In evaluation y = a(x Wᵀ + b). With `moments`, y is the mean of a(u), where u is normal with mean x Wᵀ + b and the variance
 * that masks cause in training, p / (1 - p) (x² (W²)ᵀ + b²). The paper samples u; here the mean is a weighted sum over
 * `points` evenly spaced values, the same at every call.
 *
 * Shape: x [..., inFeatures] gives y [..., outFeatures]; parameters and state names are those of {@link Linear}.
 * Advice: p = 0.5 on the wide layers after convolutions; `sample` if the batch is small. `p` may be set at any time and
 * takes effect at the next step.
 * Source: Wan et al. 2013, https://proceedings.mlr.press/v28/wan13.html, whose weights are 1 / (1 - p) times these: scaling in
 * training makes scaling in evaluation unnecessary.
 *
 * @throws RangeError when a size or p is out of range, a mode is unknown, or p is 1 with `moments`
 * @throws TypeError when an option is unknown, or `moments` has no activation
 */
export class DropConnect<In extends number = number, Out extends number = number> extends RandomLayer<In, Out> {
  readonly linear: Linear<In, Out>;
  readonly masks: "batch" | "sample";
  readonly evaluation: "mean" | "moments";
  readonly activation: Module | undefined;
  /** [1, z] of each point z, and its weight. */
  readonly #points: readonly [basis: Variable, weights: Variable];

  constructor(
    readonly inFeatures: In,
    readonly outFeatures: Out,
    options: DropConnectOptions = {},
  ) {
    const { p, bias, masks, evaluation, activation, points } = withDefaults("dropConnect", options, {
      p: 0.5,
      bias: true,
      masks: "batch",
      evaluation: "mean",
      activation: undefined,
      points: 64,
    });
    requireSwitch("dropConnect", "bias", bias);
    requireOneOf("dropConnect", "masks", masks, ["batch", "sample"]);
    requireOneOf("dropConnect", "evaluation", evaluation, ["mean", "moments"]);
    requireWhole("dropConnect", "points", points, 2);
    if (activation !== undefined) requireModule("dropConnect", "activation", activation);
    if (evaluation === "moments" && !activation) {
      throw new TypeError("dropConnect: evaluation by moments must have an activation; got none");
    }
    super(p, (rate) => {
      if (evaluation === "moments" && rate === 1) {
        throw new RangeError("dropConnect: p must be below 1 for evaluation by moments; got 1");
      }
      return [...maskRate("dropConnect", rate), rate === 1 ? 0 : rate / (1 - rate)];
    });
    this.linear = new Linear(inFeatures, outFeatures, { bias });
    this.masks = masks;
    this.evaluation = evaluation;
    this.activation = activation;
    this.#points = pointsOf(points);
  }

  get weight(): Parameter {
    return this.linear.weight;
  }

  get bias(): Parameter | null {
    return this.linear.bias;
  }

  override forward(x: Operand): Operand {
    if (x.shape.at(-1) !== this.inFeatures) {
      throw new ShapeError(`dropConnect: the last axis of the input must be ${this.inFeatures}; got ${x}`);
    }
    const rows = reshape(x, [-1, this.inFeatures]);
    return reshape(this.#onRows(rows), [...x.shape.slice(0, -1), this.outFeatures]);
  }

  /** The parameters are those of the linear layer, with its names. */
  override namedChildren(): [string, Module][] {
    return [["", this.linear], ...(this.activation ? [["activation", this.activation] as [string, Module]] : [])];
  }

  override configuration(): readonly unknown[] {
    return made(dropConnect, this.inFeatures, this.outFeatures, {
      p: this.p,
      bias: this.bias !== null,
      masks: this.masks,
      evaluation: this.evaluation,
      points: this.#points[1].size,
      ...(this.activation && { activation: this.activation }),
    });
  }

  override describe(): string {
    const parts = [
      `dropConnect ${this.inFeatures} -> ${this.outFeatures}`,
      String(this.p),
      ...(this.bias ? [] : ["no bias"]),
      ...(this.masks === "sample" ? ["a mask for each sample"] : []),
      ...(this.activation ? [this.activation.describe()] : []),
      ...(this.evaluation === "moments" ? ["moments"] : []),
    ];
    return parts.join(", ");
  }

  #onRows(rows: Operand): Operand {
    if (!this.training) {
      const mean = this.linear.call(rows);
      return this.evaluation === "moments" ? this.#meanOfActivation(rows, mean) : this.#activated(mean);
    }
    const drop = (weights: Operand): Operand => dropout(weights, this.counter, this.rate);
    const { weight, bias } = this;
    if (this.masks === "batch") {
      const product = matmul(rows, drop(weight), { b: true });
      return this.#activated(bias ? add(product, drop(bias)) : product);
    }
    const product = dropConnectOf(rows, weight, this.counter, this.rate);
    return this.#activated(bias ? add(product, drop(add(filled(product.shape, 0), bias))) : product);
  }

  #activated(x: Operand): Operand {
    return this.activation ? this.activation.call(x) : x;
  }

  /** The weighted sum of a(mean + deviation z) over points z. */
  #meanOfActivation(rows: Operand, mean: Operand): Operand {
    const [basis, weights] = this.#points;
    const squares = matmul(square(rows), square(this.weight), { b: true });
    const variance = this.bias ? add(squares, square(this.bias)) : squares; // divided by p / (1 - p)
    const deviation = sqrt(multiply(variance, slice(this.rate, 0, this.rate.size - 1, this.rate.size)));
    const moments = concatenate([reshape(mean, [1, mean.size]), reshape(deviation, [1, mean.size])]);
    const values = this.#activated(reshape(matmul(basis, moments), [-1, this.outFeatures]));
    return reshape(matmul(weights, reshape(values, [weights.size, mean.size])), mean.shape);
  }
}

/**
 * A linear layer whose weights and biases are dropped with probability p while training:
 * y = (x (mask W)ᵀ + mask b) / (1 - p), with one mask for each batch or each sample; see {@link DropConnect}. Default of p:
 * 0.5.
 */
export function dropConnect<const In extends number, const Out extends number>(
  inFeatures: In,
  outFeatures: Out,
  options?: DropConnectOptions,
): DropConnect<In, Out> {
  return new DropConnect(inFeatures, outFeatures, options);
}

/** Evenly spaced points z of the standard normal distribution: [1, z] of each, and weights proportional to the density. */
function pointsOf(count: number): readonly [Variable, Variable] {
  // Variables first: they refuse too many points.
  const [basis, weights] = [new Variable("points", [count, 2]), new Variable("weights", [1, count])];
  const points = Array.from({ length: count }, (_, i) => REACH * ((2 * i) / (count - 1) - 1));
  const densities = points.map((z) => Math.exp(-(z * z) / 2));
  const total = densities.reduce((sum, density) => sum + density, 0);
  basis.write().set(points.flatMap((z) => [1, z]));
  weights.write().set(densities.map((density) => density / total));
  return [basis, weights];
}
