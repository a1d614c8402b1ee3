import { MaskRate } from "#kernels/contract";
import { requireKnown, requireOneOf, requireWhole, shown } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { multiply } from "../../ops/elementwise/arithmetic.ts";
import { dropout as dropoutOf } from "../../ops/dropout/dropout.ts";
import { slice } from "../../ops/shape/slice.ts";
import { type MaskLayout, requireAxes } from "../../ops/dropout/mask-layout.ts";
import { droppingNumbers } from "./adjustable.ts";
import { BlockDropout, type BlockDropoutOptions } from "./block-dropout.ts";
import { RandomLayer } from "./random-layer.ts";

export interface DropoutOptions {
  /**
   * `inverted` scales what is kept by 1 / (1 - p) while training and nothing in evaluation;
   * `classic` scales nothing while training and multiplies by 1 - p in evaluation. Default: "inverted".
   */
  readonly scaling?: "inverted" | "classic";
  /**
   * Axes along which one mask is shared, the others having draws of their own; `[1]` on
   * [batch, time, features] keeps or drops a feature at all times, as a noise shape of [batch, 1, features] does in Keras. Default: none.
   */
  readonly axes?: readonly number[];
  /** How many samples in a row share one mask: a whole number, or `"batch"` for all of them. Default: 1. */
  readonly group?: number | "batch";
}

/**
 * Zeroes elements at random while training, a new mask at every step: y = x * mask / (1 - p); in evaluation y = x.
 *
 * Shape: x of any shape; the output has the shape of x.
 * Masks: a function of the seed, the layer's own stream, the step and the element's index; no two layers share one.
 * Advice: p from 0.2 (inputs, convolutions) to 0.5 (wide hidden layers), behind the activation and not on the output. Batch
 * normalization behind it meets other variances in evaluation than it learned (Li et al. 2019,
 * https://arxiv.org/abs/1801.05134): put dropout behind all of it.
 * Source: Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html
 *
 * `p` may be set at any time and counts from the next step on: a schedule is
 * `trainer.fit(set, { onEpoch: ({ epoch }) => (layer.p = 0.5 * Math.min(1, epoch / 10)) })`.
 *
 * @param p probability that an element is zeroed, in [0, 1]; rounded to a multiple of 2^-16 when masks are drawn
 * @throws RangeError when p is outside [0, 1], scaling is unknown, or group is no whole number of at least 1
 * @throws TypeError when an option is unknown, or axes is no array of whole numbers
 */
export class Dropout extends RandomLayer {
  readonly scaling: "inverted" | "classic";
  /** @internal */
  readonly sharing: MaskLayout;

  constructor(p = 0.5, options: DropoutOptions = {}) {
    requireKnown("dropout", options, ["scaling", "axes", "group"]);
    const { scaling = "inverted" } = options;
    // p, what is kept is multiplied by, what evaluation is multiplied by
    super(p, (rate) => {
      const numbers = droppingNumbers("dropout", rate);
      if (scaling === "classic" && rate < 1) numbers[MaskRate.scale] = 1;
      return [...numbers, 1 - rate];
    });
    requireOneOf("dropout", "scaling", scaling, ["inverted", "classic"]);
    this.scaling = scaling;
    this.sharing = sharingOf(options);
  }

  override forward(x: Operand): Operand {
    if (this.training) return dropoutOf(x, this.counter, this.rate, this.sharing);
    return this.scaling === "classic" ? multiply(x, slice(this.rate, 0, this.rate.size - 1, this.rate.size)) : x;
  }

  override describe(): string {
    const { axes, group } = this.sharing;
    const classic = this.scaling === "classic" ? ", classic" : "";
    return `dropout ${this.p}${classic}${axes ? `, axes ${axes.join(" ")}` : ""}${group ? `, group ${group}` : ""}`;
  }
}

/**
 * Drops blocks of neighbouring units for groups of samples while training, and products leave out what is dropped: training
 * is faster, `dropout(0.5, { block: 16, group: 32 })`; see {@link BlockDropout}.
 */
export function dropout(p: number | undefined, options: BlockDropoutOptions): BlockDropout;
/**
 * Zeroes elements with probability p while training: y = x * mask / (1 - p), a new mask at every step; in evaluation y = x.
 * See {@link Dropout}. Default: 0.5. Usual p: 0.5 behind hidden layers, 0.2 on inputs.
 */
export function dropout(p?: number, options?: DropoutOptions): Dropout;
export function dropout(p = 0.5, options: DropoutOptions | BlockDropoutOptions = {}): Dropout | BlockDropout {
  return hasBlock(options) ? new BlockDropout(p, options) : new Dropout(p, options);
}

/** Whether blocks are asked for; options that are none are for the constructors to refuse. */
function hasBlock(options: DropoutOptions | BlockDropoutOptions): options is BlockDropoutOptions {
  return "block" in Object(options);
}

function sharingOf({ axes, group }: MaskLayout): MaskLayout {
  if (axes !== undefined) requireAxes("dropout", axes);
  if (group !== undefined && group !== "batch") {
    if (typeof group !== "number") {
      throw new RangeError(`dropout: group must be a whole number or "batch"; got ${shown(group)}`);
    }
    requireWhole("dropout", "group", group, 1);
  }
  return { ...(axes && { axes }), ...(group !== undefined && { group }) };
}
