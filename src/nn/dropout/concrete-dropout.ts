import { ShapeError, requirePositive, requireWithin, shown } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { Operand } from "../../graph/operand.ts";
import { addLoss } from "../../graph/scope.ts";
import { sigmoid, softplus } from "../../ops/elementwise/activation.ts";
import { add, affine, divide, log, multiply, negate, square, subtract } from "../../ops/elementwise/arithmetic.ts";
import { frontAxis } from "../../ops/check.ts";
import { uniform } from "../../ops/dropout/noise.ts";
import { sum } from "../../ops/reduction/reduction.ts";
import { reshape } from "../../ops/shape/view.ts";
import { requireAxes } from "../../ops/dropout/mask-layout.ts";
import { nextRngState } from "../../runtime/random.ts";
import { type Shape, sizeOf } from "../../base/tensor.ts";
import { Module, requireModule } from "../module/module.ts";
import { Parameter } from "../module/parameter.ts";
import type { Size } from "../module/sized.ts";
import { made } from "../configuration/made.ts";

export interface ConcreteDropoutOptions {
  /** The initial rate, above 0 and below 1. Default: 0.1. */
  readonly p?: number;
  /** λ, the factor of the weight term, at least 0. Default: 1e-6. */
  readonly weightRegularizer?: number;
  /** κ, the factor of the entropy term, at least 0. Default: 1e-5. */
  readonly dropoutRegularizer?: number;
  /** Temperature of the sigmoid, above 0; higher makes softer masks. Default: 0.1. */
  readonly temperature?: number;
  /** Axes of x along which one mask is shared, as for {@link Dropout}. Default: none. */
  readonly axes?: readonly number[];
}

/** Distance of samples from 0 and 1, whose logits are infinite. */
const EDGE = 2 ** -23;

/**
 * Dropout on the input of a layer, with a learned rate p: while training y = layer(x (1 - z) / (1 - p)) with soft masks
 * z = sigmoid((logit p + logit u) / temperature), u uniform in (0, 1) and new at every step; in evaluation y = layer(x).
 *
 * A trainer adds λ Σ w² / (1 - p) + κ K (p ln p + (1 - p) ln (1 - p)) to the loss, where w are the layer's parameters and K
 * is the number of mask elements of one sample. For a training set of N samples and a loss that is a mean of negative
 * log-likelihoods, λ is l² / (2 N) with the prior's length-scale l, and κ is 1 / N: with more data, p falls.
 *
 * Shape: as the layer.
 * State names: `p_logit` [1], the logit of p; those of the layer after `layer.`.
 * Advice: wrap every linear layer or convolution (`axes: [2, 3]`) of a network whose uncertainty matters, see `monteCarlo`.
 * Do not use weight decay with it. Do not wrap batch normalization.
 * Source: Gal, Hron and Kendall 2017, https://arxiv.org/abs/1705.07832
 *
 * @throws RangeError when an option is out of its range
 * @throws TypeError when an option is unknown or the layer is no module
 */
export class ConcreteDropout<In extends Size = Size, Out extends Size = Size> extends Module<In, Out> {
  /** @internal */
  readonly counter = nextRngState();
  readonly pLogit = new Parameter([1]);
  readonly #options: Required<Omit<ConcreteDropoutOptions, "p">>;

  constructor(
    readonly layer: Module<In, Out>,
    options: ConcreteDropoutOptions = {},
  ) {
    super();
    const { p, ...others } = withDefaults("concreteDropout", options, {
      p: 0.1,
      weightRegularizer: 1e-6,
      dropoutRegularizer: 1e-5,
      temperature: 0.1,
      axes: [],
    });
    const { weightRegularizer, dropoutRegularizer, temperature, axes } = others;
    if (!(Number.isFinite(p) && p > 0 && p < 1)) {
      throw new RangeError(`concreteDropout: p must be above 0 and below 1; got ${shown(p)}`);
    }
    requireWithin("concreteDropout", "weightRegularizer", weightRegularizer, 0, Infinity);
    requireWithin("concreteDropout", "dropoutRegularizer", dropoutRegularizer, 0, Infinity);
    requirePositive("concreteDropout", "temperature", temperature);
    requireAxes("concreteDropout", axes);
    requireModule("concreteDropout", "the layer", layer);
    this.pLogit.assign([Math.log(p / (1 - p))]);
    this.#options = others;
  }

  /** The current rate. */
  get p(): number {
    return 1 / (1 + Math.exp(-(this.pLogit.read()[0] ?? NaN)));
  }

  override forward(x: Operand): Operand {
    if (x.shape.length === 0) throw new ShapeError(`concreteDropout: x must have an axis of samples; got ${x}`);
    if (!this.training) return this.layer.call(x);
    const shared = new Set(this.#options.axes.map((axis) => frontAxis("concreteDropout", x, axis)));
    const maskShape = x.shape.map((extent, axis) => (shared.has(axis) ? 1 : extent));
    const keepProbability = sigmoid(negate(this.pLogit));
    addLoss(this.#regularizer(keepProbability, sizeOf(maskShape.slice(1))));
    const dropped = sigmoid(affine(add(this.#noise(maskShape), this.pLogit), 1 / this.#options.temperature, 0));
    const mask = divide(affine(dropped, -1, 1), keepProbability);
    return this.layer.call(multiply(x, mask));
  }

  /** @internal */
  override namedState(): [string, Parameter][] {
    return [["p_logit", this.pLogit]];
  }

  /** Without p, which is in the state. */
  override configuration(): readonly unknown[] {
    return made(concreteDropout, this.layer, this.#options);
  }

  override describe(): string {
    return `concreteDropout ${this.p.toPrecision(2)}`;
  }

  /** logit u. */
  #noise(shape: Shape): Operand {
    const u = uniform(shape, this.counter, EDGE, 1 - EDGE);
    return subtract(log(u), log(affine(u, -1, 1)));
  }

  /** @param elements of one sample's mask */
  #regularizer(keepProbability: Operand, elements: number): Operand {
    const { weightRegularizer, dropoutRegularizer } = this.#options;
    const squares = this.layer.parameters().map((parameter) => reshape(sum(square(parameter)), [1]));
    const [first, ...rest] = squares;
    const [logDrop, logKeep] = [negate(softplus(negate(this.pLogit))), negate(softplus(this.pLogit))];
    // p ln p + (1 - p) ln (1 - p) = ln p + (1 - p) (ln (1 - p) - ln p)
    const entropy = add(logDrop, multiply(keepProbability, subtract(logKeep, logDrop)));
    const term = affine(entropy, dropoutRegularizer * elements, 0);
    return first ? add(term, affine(divide(rest.reduce(add, first), keepProbability), weightRegularizer, 0)) : term;
  }
}

/**
 * Dropout on the input of a layer, with a learned rate p that starts at `options.p`; a trainer adds its regularizer to
 * the loss; see {@link ConcreteDropout}. Default of p: 0.1.
 */
export function concreteDropout<In extends Size, Out extends Size>(
  layer: Module<In, Out>,
  options?: ConcreteDropoutOptions,
): ConcreteDropout<In, Out> {
  return new ConcreteDropout(layer, options);
}
