import { requireKnown, requireOneOf, requireWhole, requireWithin } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { affine, multiply } from "../../ops/elementwise/arithmetic.ts";
import { blockDropout, unitsOf } from "../../ops/dropout/block-dropout.ts";
import { Adjustable } from "./adjustable.ts";
import { modeChanged } from "../module/mode.ts";
import { RandomLayer } from "./random-layer.ts";

export interface BlockDropoutOptions {
  /** How many neighbouring units are kept or dropped together; multiples of 16 are the fastest, of 8 can be skipped. */
  readonly block: number;
  /** How many samples in a row share one choice: a whole number, 32 where left out, or `"batch"` for all of them. */
  readonly group?: number | "batch";
  /** As for dropout of single units. */
  readonly scaling?: "inverted" | "classic";
}

/**
 * Dropout that makes training faster: zeroes blocks of neighbouring units, one choice for each group of samples, and the
 * matrix products before and behind it leave out what is dropped, forward and backward. Of the blocks of a layer exactly
 * round((1 - p) * blocks), and at least one, are kept: y = x * mask * blocks / kept; in evaluation y = x.
 *
 * Shape: x [batch, units], [batch, time, units] or [batch, channels, ...] with two axes or more behind the channels; the
 * output has the shape of x. A last group may be smaller, and so may the last block.
 * Skipping: where linear layers stand before and behind, with nothing between but activations and other work on single
 * elements, `block` is a multiple of 8 that divides the units. A layer that looks at a whole row, as layer normalization
 * and softmax do, keeps what is before it from skipping. Elsewhere the dense form gives the same numbers.
 * Masks: a function of the seed, the layer's own stream, the step and the group; every choice is as likely as any other.
 * Advice: blocks of 16 and groups of 32 cost no accuracy where layers have hundreds of units and p is from 0.3 to 0.5;
 * single units (no `block`) where layers are small. `docs/dropout.md` has the figures.
 * Source: docs/dropout.md; related are Graham et al. 2015, https://arxiv.org/abs/1502.02478, and Song et al. 2018,
 * https://arxiv.org/abs/1805.08939
 *
 * `p` may be set at any time and counts from the next step on; another number of kept blocks is traced anew.
 *
 * @param p share of the blocks that is dropped, in [0, 1]; at 0 nothing is, at 1 all are
 * @throws RangeError when p is outside [0, 1], or block or group is no whole number of at least 1
 * @throws TypeError when an option is unknown
 */
export class BlockDropout extends RandomLayer {
  readonly #options: Required<BlockDropoutOptions>;
  /** The share of blocks that is kept, by how many of them rows had so far. */
  readonly #shares: Map<number, Adjustable>;

  constructor(p: number, options: BlockDropoutOptions) {
    requireKnown("dropout", options, ["block", "group", "scaling"]);
    const { block, group = 32, scaling = "inverted" } = options;
    requireWhole("dropout", "block", block, 1);
    if (group !== "batch") requireWhole("dropout", "group", group, 1);
    requireOneOf("dropout", "scaling", scaling, ["inverted", "classic"]);
    const shares = new Map<number, Adjustable>();
    super(p, (rate) => {
      requireWithin("dropout", "p", rate, 0, 1);
      for (const share of shares.values()) share.value = rate;
      modeChanged();
      return [rate];
    });
    this.#options = { block, group, scaling };
    this.#shares = shares;
  }

  /** @internal */
  override get variant(): string {
    return this.training ? `(${[...this.#shares.keys()].map((blocks) => keptOf(blocks, this.p)).join()})` : "";
  }

  override forward(x: Operand): Operand {
    const { block, group, scaling } = this.#options;
    const [samples, units] = unitsOf(x);
    if (x.size === 0) return x;
    const blocks = Math.ceil(units / block);
    const share = this.#shares.get(blocks) ?? new Adjustable(this.p, (rate) => [keptOf(blocks, rate) / blocks]);
    this.#shares.set(blocks, share);
    if (!this.training) return scaling === "classic" ? multiply(x, share) : x;
    const keep = keptOf(blocks, this.p);
    if (keep === blocks) return x;
    if (keep === 0) return affine(x, 0, 0);
    const scale = scaling === "classic" ? 1 : blocks / keep;
    return blockDropout(x, this.counter, { block, group: group === "batch" ? samples : group, keep }, scale);
  }

  override describe(): string {
    const { block, group, scaling } = this.#options;
    return `dropout ${this.p}, blocks of ${block}, groups of ${group}${scaling === "classic" ? ", classic" : ""}`;
  }
}

function keptOf(blocks: number, p: number): number {
  return p === 1 ? 0 : Math.max(1, Math.round((1 - p) * blocks));
}
