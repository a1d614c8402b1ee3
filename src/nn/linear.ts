import { ShapeError, requireSwitch, requireWhole } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import type { Operand } from "../graph/operand.ts";
import { add } from "../ops/elementwise/arithmetic.ts";
import { matmul } from "../ops/matmul/matmul.ts";
import { reshape } from "../ops/shape/view.ts";
import { kaimingUniform, uniform } from "./init.ts";
import { Module } from "./module/module.ts";
import { Parameter } from "./module/parameter.ts";
import { made } from "./configuration/made.ts";

export interface LinearOptions {
  /** Whether b is added. Default: true. */
  readonly bias?: boolean;
}

/**
 * y = x Wᵀ + b.
 *
 * Shape: x [..., inFeatures] gives y [..., outFeatures]; `weight` is [outFeatures, inFeatures], `bias` is [outFeatures].
 * Initial values: uniform in ±1/√inFeatures, as in PyTorch.
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.Linear.html
 *
 * @throws RangeError when a size is not a whole number of at least 1
 * @throws TypeError when an option is unknown
 */
export class Linear<In extends number = number, Out extends number = number> extends Module<In, Out> {
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(
    readonly inFeatures: In,
    readonly outFeatures: Out,
    options: LinearOptions = {},
  ) {
    super();
    requireWhole("linear", "inFeatures", inFeatures, 1);
    requireWhole("linear", "outFeatures", outFeatures, 1);
    const { bias } = withDefaults("linear", options, { bias: true });
    requireSwitch("linear", "bias", bias);
    this.weight = kaimingUniform(new Parameter([outFeatures, inFeatures]), { a: Math.sqrt(5) });
    const bound = 1 / Math.sqrt(inFeatures);
    this.bias = bias ? uniform(new Parameter([outFeatures]), -bound, bound) : null;
  }

  override forward(x: Operand): Operand {
    if (x.shape.at(-1) !== this.inFeatures) {
      throw new ShapeError(`linear: the last axis of the input must be ${this.inFeatures}; got ${x}`);
    }
    const rows = reshape(x, [-1, this.inFeatures]);
    const product = matmul(rows, this.weight, { b: true });
    return reshape(this.bias ? add(product, this.bias) : product, [...x.shape.slice(0, -1), this.outFeatures]);
  }

  override configuration(): readonly unknown[] {
    return made(linear, this.inFeatures, this.outFeatures, { bias: this.bias !== null });
  }

  override describe(): string {
    return `linear ${this.inFeatures} -> ${this.outFeatures}${this.bias ? "" : ", no bias"}`;
  }
}

/** y = x Wᵀ + b: [..., inFeatures] gives [..., outFeatures]. See {@link Linear}. */
export function linear<const In extends number, const Out extends number>(
  inFeatures: In,
  outFeatures: Out,
  options?: LinearOptions,
): Linear<In, Out> {
  return new Linear(inFeatures, outFeatures, options);
}
