import { requireOneOf, requireWhole, requireWithin } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { Operand } from "../../graph/operand.ts";
import { affine, multiply } from "../../ops/elementwise/arithmetic.ts";
import { blockDropout, unitsOf } from "../../ops/dropout/block-dropout.ts";
import { Adjustable } from "./adjustable.ts";
import { modeChanged } from "../module/mode.ts";
import { RandomLayer } from "./random-layer.ts";
import { made, notMade } from "../configuration/made.ts";

export interface BlockDropoutOptions {
  /** Neighbouring units that are kept or dropped together. Kernels skip blocks of a multiple of 8; multiples of 16 are fastest. */
  readonly block: number;
  /** Consecutive samples that share one mask: a whole number, or `"batch"` for all samples. Default: 32. */
  readonly group?: number | "batch";
  /** As in {@link DropoutOptions}. Default: "inverted". */
  readonly scaling?: "inverted" | "classic";
}

/**
 * Dropout that makes training faster: zeroes blocks of neighbouring units, with one mask for each group of samples, and
 * the matrix products before and after it skip dropped blocks, forward and backward. Exactly round((1 - p) * blocks) blocks,
 * at least one unless p is 1, are kept: y = x * mask * blocks / kept; in evaluation y = x.
 *
 * Shape: x [batch, units], [batch, time, units] or [batch, channels, ...] with at least two axes after the channels; the
 * output has the shape of x. The last group and the last block may be smaller.
 * Skipping: needs a `block` that is a multiple of 8 and divides the units, and linear layers before and after with only
 * elementwise operations between. A layer that reads whole rows, such as layer normalization or softmax, prevents skipping
 * in the product before it. Without skipping, the dense products give the same numbers.
 * Masks: a function of the seed, the layer's own stream, the step and the group; all masks are equally likely.
 * Advice: blocks of 16 and groups of 32 cost no accuracy if layers have hundreds of units and p is from 0.3 to 0.5; drop
 * single units (no `block`) in small layers. `docs/dropout.md` has measurements.
 * Source: docs/dropout.md; related: Graham et al. 2015, https://arxiv.org/abs/1502.02478, and Song et al. 2018,
 * https://arxiv.org/abs/1805.08939
 *
 * `p` may be set at any time and takes effect at the next step; a new number of kept blocks causes a new trace.
 *
 * @param p fraction of blocks that are dropped, in [0, 1]; 0 drops none, 1 drops all
 * @throws RangeError when p is outside [0, 1], or block or group is no whole number of at least 1
 * @throws TypeError when an option is unknown
 */
export class BlockDropout extends RandomLayer {
  readonly #options: Required<BlockDropoutOptions>;
  /** The fraction of kept blocks, by the number of blocks in a row; one entry for each row length traced so far. */
  readonly #keptFractions: Map<number, Adjustable>;
  readonly #factory: ((p: number, options: BlockDropoutOptions) => BlockDropout) | undefined;

  /** @param factory makes the layer again when a model is loaded */
  constructor(
    p: number,
    options: BlockDropoutOptions,
    factory?: (p: number, options: BlockDropoutOptions) => BlockDropout,
  ) {
    const { block, group, scaling } = withDefaults("dropout", options, {
      block: undefined,
      group: 32,
      scaling: "inverted",
    });
    requireWhole("dropout", "block", block, 1);
    if (group !== "batch") requireWhole("dropout", "group", group, 1);
    requireOneOf("dropout", "scaling", scaling, ["inverted", "classic"]);
    const keptFractions = new Map<number, Adjustable>();
    super(p, (rate) => {
      requireWithin("dropout", "p", rate, 0, 1);
      for (const fraction of keptFractions.values()) fraction.value = rate;
      modeChanged();
      return [rate];
    });
    this.#options = { block, group, scaling };
    this.#keptFractions = keptFractions;
    this.#factory = factory;
  }

  /** @internal */
  override get variant(): string {
    return this.training ? `(${[...this.#keptFractions.keys()].map((blocks) => keptOf(blocks, this.p)).join()})` : "";
  }

  override forward(x: Operand): Operand {
    const { block, group, scaling } = this.#options;
    const [samples, units] = unitsOf(x);
    if (x.size === 0) return x;
    const blocks = Math.ceil(units / block);
    const keptFraction =
      this.#keptFractions.get(blocks) ?? new Adjustable(this.p, (rate) => [keptOf(blocks, rate) / blocks]);
    this.#keptFractions.set(blocks, keptFraction);
    if (!this.training) return scaling === "classic" ? multiply(x, keptFraction) : x;
    const keep = keptOf(blocks, this.p);
    if (keep === blocks) return x;
    if (keep === 0) return affine(x, 0, 0);
    const scale = scaling === "classic" ? 1 : blocks / keep;
    return blockDropout(x, this.counter, { block, group: group === "batch" ? samples : group, keep }, scale);
  }

  override configuration(): readonly unknown[] {
    return this.#factory ? made(this.#factory, this.p, this.#options) : notMade(this);
  }

  override describe(): string {
    const { block, group, scaling } = this.#options;
    return `dropout ${this.p}, blocks of ${block}, groups of ${group}${scaling === "classic" ? ", classic" : ""}`;
  }
}

/** Kept blocks of `blocks`. */
function keptOf(blocks: number, p: number): number {
  return p === 1 ? 0 : Math.max(1, Math.round((1 - p) * blocks));
}
