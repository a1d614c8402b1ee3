import { ShapeError, requireKnown, requireOneOf, requireSwitches, requireWhole } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { add, multiply, sqrt, square } from "../../ops/elementwise/arithmetic.ts";
import { dropConnect as dropConnectOf } from "../../ops/dropout/drop-connect.ts";
import { dropout } from "../../ops/dropout/dropout.ts";
import { matmul } from "../../ops/matmul/matmul.ts";
import { filled } from "../../ops/reduction/reduction.ts";
import { concatenate, slice } from "../../ops/shape/slice.ts";
import { reshape } from "../../ops/shape/view.ts";
import { Variable } from "../../memory/variable.ts";
import { droppingNumbers } from "./adjustable.ts";
import { Linear } from "../linear.ts";
import { type Module, requireModule } from "../module/module.ts";
import { RandomLayer } from "./random-layer.ts";
import type { Parameter } from "../module/parameter.ts";

export interface DropConnectOptions {
  /** Probability that a weight is dropped, in [0, 1]. Default: 0.5. */
  readonly p?: number;
  /** Whether b is added. Default: true. */
  readonly bias?: boolean;
  /**
   * `batch` (where left out): one mask for all samples of a step, at the price of a linear layer. `sample`: one for each, as
   * in the paper, at the price of a random bit for each weight and sample.
   */
  readonly masks?: "batch" | "sample";
  /** `mean` (where left out): the weights as they are. `moments`: the mean of the activation, see {@link DropConnect}. */
  readonly evaluation?: "mean" | "moments";
  /** What follows, element by element; `moments` needs it. */
  readonly activation?: Module;
  /** Where `moments` looks at the activation, at least 2. Default: 64. */
  readonly points?: number;
}

const REACH = 5; // standard deviations: beyond lies 6e-7 of a normal distribution

/**
 * A linear layer whose weights and biases are dropped while training: y = a(x (mask W)ᵀ + mask b) / (1 - p) with the
 * activation a, new masks at every step.
 *
 * In evaluation y = a(x Wᵀ + b); or, with `moments`, the mean of a(u) for u normal with that mean and with the variance of
 * what training draws, p / (1 - p) (x² (W²)ᵀ + b²). The paper draws u at random; here the mean is a sum over `points` evenly
 * spaced ones, the same at every call. Without an activation both are one.
 *
 * Shape: x [..., inFeatures] gives y [..., outFeatures]; parameters and state names are those of {@link Linear}.
 * Advice: p = 0.5 on the wide layers behind convolutions; `sample` where the batch is small. `p` may be set at any time and
 * counts from the next step on.
 * Source: Wan et al. 2013, https://proceedings.mlr.press/v28/wan13.html, whose weights are 1 / (1 - p) times ours: scaled in
 * training, they need no scale in evaluation.
 *
 * @throws RangeError when a size or p is out of range, a mode is unknown, or p is 1 with `moments`
 * @throws TypeError when an option is unknown, or `moments` has no activation
 */
export class DropConnect<In extends number = number, Out extends number = number> extends RandomLayer<In, Out> {
  readonly linear: Linear<In, Out>;
  readonly masks: "batch" | "sample";
  readonly evaluation: "mean" | "moments";
  readonly activation: Module | undefined;
  /** [1, z] for each point, and what it weighs. */
  readonly #points: readonly [basis: Variable, weights: Variable];

  constructor(
    readonly inFeatures: In,
    readonly outFeatures: Out,
    options: DropConnectOptions = {},
  ) {
    requireKnown("dropConnect", options, ["p", "bias", "masks", "evaluation", "activation", "points"]);
    requireSwitches("dropConnect", options, "bias");
    const { p = 0.5, bias = true, masks = "batch", evaluation = "mean", activation, points = 64 } = options;
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
      return [...droppingNumbers("dropConnect", rate), rate === 1 ? 0 : rate / (1 - rate)];
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
    return reshape(this.#ofRows(rows), [...x.shape.slice(0, -1), this.outFeatures]);
  }

  /** Parameters are those of the linear layer, under its names. */
  override namedChildren(): [string, Module][] {
    return [["", this.linear], ...(this.activation ? [["activation", this.activation] as [string, Module]] : [])];
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

  #ofRows(rows: Operand): Operand {
    if (!this.training) {
      const mean = this.linear.call(rows);
      return this.evaluation === "moments" ? this.#meanOfActivation(rows, mean) : this.#activated(mean);
    }
    const drop = (each: Operand): Operand => dropout(each, this.counter, this.rate);
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

  /** The sum over points z of their weights times a(mean + deviation z). */
  #meanOfActivation(rows: Operand, mean: Operand): Operand {
    const [basis, weights] = this.#points;
    const squares = matmul(square(rows), square(this.weight), { b: true });
    const ofWeights = this.bias ? add(squares, square(this.bias)) : squares;
    const deviation = sqrt(multiply(ofWeights, slice(this.rate, 0, this.rate.size - 1, this.rate.size)));
    const moments = concatenate([reshape(mean, [1, mean.size]), reshape(deviation, [1, mean.size])]);
    const values = this.#activated(reshape(matmul(basis, moments), [-1, this.outFeatures]));
    return reshape(matmul(weights, reshape(values, [weights.size, mean.size])), mean.shape);
  }
}

/**
 * A linear layer whose weights and biases are dropped with probability p, 0.5 where left out, while training:
 * y = x (mask W)ᵀ / (1 - p) + mask b / (1 - p), one mask a batch or one a sample; see {@link DropConnect}.
 */
export function dropConnect<const In extends number, const Out extends number>(
  inFeatures: In,
  outFeatures: Out,
  options?: DropConnectOptions,
): DropConnect<In, Out> {
  return new DropConnect(inFeatures, outFeatures, options);
}

/** Evenly spaced points z of the standard normal distribution: [1, z] of each, and weights that follow its density. */
function pointsOf(count: number): readonly [Variable, Variable] {
  const places = Array.from({ length: count }, (_, i) => REACH * ((2 * i) / (count - 1) - 1));
  const densities = places.map((z) => Math.exp(-(z ** 2) / 2));
  const total = densities.reduce((sum, density) => sum + density, 0);
  const [basis, weights] = [new Variable("points", [count, 2]), new Variable("weights", [1, count])];
  basis.write().set(places.flatMap((z) => [1, z]));
  weights.write().set(densities.map((density) => density / total));
  return [basis, weights];
}
