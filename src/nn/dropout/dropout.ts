import { MaskRate } from "#kernels/contract";
import { requireOneOf, requireWhole, shown } from "../../base/errors.ts";
import { type Defaults, withDefaults } from "../../base/options.ts";
import type { Operand } from "../../graph/operand.ts";
import { multiply } from "../../ops/elementwise/arithmetic.ts";
import { dropout as dropoutOf } from "../../ops/dropout/dropout.ts";
import { slice } from "../../ops/shape/slice.ts";
import { type MaskLayout, requireAxes } from "../../ops/dropout/mask-layout.ts";
import { maskRate } from "./adjustable.ts";
import { BlockDropout, type BlockDropoutOptions } from "./block-dropout.ts";
import { RandomLayer } from "./random-layer.ts";
import { made } from "../configuration/made.ts";

export interface DropoutOptions {
  /**
   * `inverted`: multiplies kept elements by 1 / (1 - p) while training; y = x in evaluation.
   * `classic`: kept elements are unchanged while training; y = (1 - p) x in evaluation. Default: "inverted".
   */
  readonly scaling?: "inverted" | "classic";
  /**
   * Axes along which the mask is constant; `[1]` on [batch, time, features] keeps or drops a feature at all times, as
   * `noise_shape` [batch, 1, features] does in Keras. Default: none.
   */
  readonly axes?: readonly number[];
  /** Consecutive samples that share one mask: a whole number, or `"batch"` for all samples. Default: 1. */
  readonly group?: number | "batch";
}

/**
 * Zeroes elements at random while training, with a new mask at every step: y = x * mask / (1 - p); in evaluation y = x.
 *
 * Shape: x of any shape; the output has the shape of x.
 * Masks: a function of the seed, the layer's own stream, the step and the element's index; layers have different masks.
 * Advice: p from 0.2 (inputs, convolutions) to 0.5 (wide hidden layers), after the activation and not on the output. Put
 * dropout after all batch normalization: dropout changes variances in training only, so a batch normalization after it has
 * the wrong running statistics in evaluation (Li et al. 2019, https://arxiv.org/abs/1801.05134).
 * Source: Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html
 *
 * `p` may be set at any time and takes effect at the next step, for example by a schedule:
 * `trainer.fit(set, { onEpoch: ({ epoch }) => (layer.p = 0.5 * Math.min(1, epoch / 10)) })`.
 *
 * @param p probability that an element is zeroed, in [0, 1]; masks use p rounded to a multiple of 2^-16
 * @throws RangeError when p is outside [0, 1], scaling is unknown, or group is no whole number of at least 1
 * @throws TypeError when an option is unknown, or axes is no array of whole numbers
 */
export class Dropout extends RandomLayer {
  readonly scaling: "inverted" | "classic";
  /** @internal */
  readonly layout: MaskLayout;

  constructor(p = 0.5, options: DropoutOptions = {}) {
    const { scaling, ...layout } = withDefaults("dropout", options, {
      scaling: "inverted",
      axes: undefined,
      group: undefined,
    });
    // MaskRate, then the factor of classic evaluation.
    super(p, (rate) => {
      const numbers = maskRate("dropout", rate);
      if (scaling === "classic" && rate < 1) numbers[MaskRate.scale] = 1;
      return [...numbers, 1 - rate];
    });
    requireOneOf("dropout", "scaling", scaling, ["inverted", "classic"]);
    this.scaling = scaling;
    this.layout = maskLayout(layout);
  }

  override forward(x: Operand): Operand {
    if (this.training) return dropoutOf(x, this.counter, this.rate, this.layout);
    return this.scaling === "classic" ? multiply(x, slice(this.rate, 0, this.rate.size - 1, this.rate.size)) : x;
  }

  override configuration(): readonly unknown[] {
    return made(dropout, this.p, { scaling: this.scaling, ...this.layout });
  }

  override describe(): string {
    const { axes, group } = this.layout;
    const classic = this.scaling === "classic" ? ", classic" : "";
    return `dropout ${this.p}${classic}${axes ? `, axes ${axes.join(" ")}` : ""}${group ? `, group ${group}` : ""}`;
  }
}

/**
 * Drops blocks of neighbouring units for groups of samples while training, and matrix products skip dropped blocks, which
 * makes training faster: `dropout(0.5, { block: 16, group: 32 })`; see {@link BlockDropout}.
 */
export function dropout(p: number | undefined, options: BlockDropoutOptions): BlockDropout;
/**
 * Zeroes elements with probability p while training: y = x * mask / (1 - p), with a new mask at every step; in evaluation y = x.
 * See {@link Dropout}. Default of p: 0.5. Usual p: 0.5 after hidden layers, 0.2 on inputs.
 */
export function dropout(p?: number, options?: DropoutOptions): Dropout;
export function dropout(p = 0.5, options: DropoutOptions | BlockDropoutOptions = {}): Dropout | BlockDropout {
  return hasBlock(options) ? new BlockDropout(p, options, dropout) : new Dropout(p, options);
}

/** Whether the options are those of block dropout; constructors refuse options that are not an object. */
function hasBlock(options: DropoutOptions | BlockDropoutOptions): options is BlockDropoutOptions {
  return "block" in Object(options);
}

/** A mask layout without undefined entries, checked. */
function maskLayout({ axes, group }: Defaults<MaskLayout>): MaskLayout {
  if (axes !== undefined) requireAxes("dropout", axes);
  if (group !== undefined && group !== "batch") {
    if (typeof group !== "number") {
      throw new RangeError(`dropout: group must be a whole number or "batch"; got ${shown(group)}`);
    }
    requireWhole("dropout", "group", group, 1);
  }
  return { ...(axes && { axes }), ...(group !== undefined && { group }) };
}
