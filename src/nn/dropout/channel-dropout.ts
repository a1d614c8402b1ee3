import { ShapeError } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { dropout } from "../../ops/dropout/dropout.ts";
import { maskRate } from "./adjustable.ts";
import { RandomLayer } from "./random-layer.ts";
import { made, notMade } from "../configuration/made.ts";

const NCL = ["N", "C", "L"];
const NCHW = ["N", "C", "H", "W"];
const NCDHW = ["N", "C", "D", "H", "W"];

/**
 * Zeroes whole channels at random while training, with a new mask at every step: y = x * mask / (1 - p), independently for
 * each channel of each sample; in evaluation y = x.
 *
 * Shape: `dropout1d` takes [N, C, L] or [C, L], `dropout2d` [N, C, H, W] or [N, C, L], `dropout3d` [N, C, D, H, W] or
 * [C, D, H, W]; the output has the shape of x. As in PyTorch, `dropout2d` reads three axes as [N, C, L].
 * Advice: p from 0.1 to 0.3 between convolutions, whose neighbouring elements are strongly correlated; before batch
 * normalization see {@link Dropout}. `p` may be set at any time and takes effect at the next step.
 * Source: Tompson et al. 2015, https://arxiv.org/abs/1411.4280
 *
 * @throws RangeError when p is outside [0, 1]
 */
export class ChannelDropout extends RandomLayer {
  readonly #factory: ((p: number) => ChannelDropout) | undefined;

  /**
   * @param shapes names of the axes that x may have
   * @param factory makes the layer again when a model is loaded
   */
  constructor(
    readonly name: string,
    readonly shapes: readonly (readonly string[])[],
    p: number,
    factory?: (p: number) => ChannelDropout,
  ) {
    super(p, (rate) => maskRate(name, rate));
    this.#factory = factory;
  }

  override forward(x: Operand): Operand {
    const shape = this.shapes.find(({ length }) => length === x.shape.length);
    if (!shape) {
      const allowed = this.shapes.map((names) => `[${names.join(", ")}]`).join(" or ");
      throw new ShapeError(`${this.name}: x must be ${allowed}; got ${x}`);
    }
    if (!this.training) return x;
    const axes = shape.flatMap((axis, i) => (axis === "N" || axis === "C" ? [] : [i]));
    return dropout(x, this.counter, this.rate, { axes });
  }

  override configuration(): readonly unknown[] {
    return this.#factory ? made(this.#factory, this.p) : notMade(this);
  }

  override describe(): string {
    return `${this.name} ${this.p}`;
  }
}

/**
 * Zeroes whole channels of [N, C, L] or [C, L] with probability p while training, y = x * mask / (1 - p); see
 * {@link ChannelDropout}. Usual p: 0.1 to 0.3.
 */
export function dropout1d(p = 0.5): ChannelDropout {
  return new ChannelDropout("dropout1d", [NCL, NCL.slice(1)], p, dropout1d);
}

/**
 * Zeroes whole channels of [N, C, H, W] or [N, C, L] with probability p while training, y = x * mask / (1 - p); see
 * {@link ChannelDropout}. Usual p: 0.1 to 0.3.
 */
export function dropout2d(p = 0.5): ChannelDropout {
  return new ChannelDropout("dropout2d", [NCHW, NCL], p, dropout2d);
}

/**
 * Zeroes whole channels of [N, C, D, H, W] or [C, D, H, W] with probability p while training, y = x * mask / (1 - p); see
 * {@link ChannelDropout}. Usual p: 0.1 to 0.3.
 */
export function dropout3d(p = 0.5): ChannelDropout {
  return new ChannelDropout("dropout3d", [NCDHW, NCDHW.slice(1)], p, dropout3d);
}
