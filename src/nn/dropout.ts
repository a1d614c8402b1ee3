import { requireKnown, requireWithin } from "../errors.ts";
import type { Operand } from "../graph/operand.ts";
import { affine } from "../ops/arithmetic.ts";
import { dropout as dropoutOf } from "../ops/dropout.ts";
import { nextCounter } from "../random.ts";
import { Lasting } from "../runtime/lasting.ts";
import { Module } from "./module.ts";

/** Steps of the probability with which masks are drawn: half a word an element. */
const STEPS = 2 ** 16;

export interface DropoutOptions {
  /**
   * `inverted` (where left out) scales what is kept by 1 / (1 - p) while training and nothing in evaluation;
   * `classic` scales nothing while training and multiplies by 1 - p in evaluation.
   */
  readonly scaling?: "inverted" | "classic";
}

/**
 * Zeroes elements at random while training, a new mask at every step: y = x * mask / (1 - p); in evaluation y = x.
 *
 * Shape: x of any shape; the output has the shape of x.
 * Masks: a function of the seed, the layer's own stream, the step and the element's index; no two layers share one.
 * Source: Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html
 *
 * @param p probability that an element is zeroed, in [0, 1]; rounded to a multiple of 2^-16 when masks are drawn
 * @throws RangeError when p is outside [0, 1] or scaling is unknown
 */
export class Dropout extends Module<"same", "same"> {
  readonly scaling: "inverted" | "classic";
  readonly counter = nextCounter();
  readonly #rate = new Lasting("rate", [2]);

  constructor(
    readonly p = 0.5,
    options: DropoutOptions = {},
  ) {
    super();
    requireKnown("dropout", options, ["scaling"]);
    requireWithin("dropout", "p", p, 0, 1);
    this.scaling = options.scaling ?? "inverted";
    if (this.scaling !== "inverted" && this.scaling !== "classic") {
      throw new RangeError(`dropout: scaling must be "inverted" or "classic"; got ${JSON.stringify(this.scaling)}`);
    }
    // Masks draw p in whole steps, short of 1. Near 1 that changes much of what is kept: then the scale follows.
    const drawn = p === 1 ? 1 : Math.min(Math.round(p * STEPS), STEPS - 1) / STEPS;
    const follows = Math.abs(drawn - p) > 1e-3 * (1 - p);
    const keptScale = this.scaling === "classic" ? 1 : 1 / (1 - (follows ? drawn : p));
    this.#rate.values.set([drawn, p === 1 ? 0 : keptScale]);
  }

  override forward(x: Operand): Operand {
    if (this.p === 0) return x;
    if (this.training) return dropoutOf(x, this.counter, this.#rate);
    return this.scaling === "classic" ? affine(x, 1 - this.p, 0) : x;
  }

  override describe(): string {
    return `dropout ${this.p}${this.scaling === "classic" ? ", classic" : ""}`;
  }
}

/** Zeroes elements with probability p while training; see {@link Dropout}. */
export function dropout(p?: number, options?: DropoutOptions): Dropout {
  return new Dropout(p, options);
}
