import { ShapeError, requireWithin } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { Operand } from "../../graph/operand.ts";
import { Dropout } from "./dropout.ts";
import { made } from "../configuration/made.ts";

export interface LockedDropoutOptions {
  /** Whether x is [batch, steps, ...] and not [steps, batch, ...]. Default: false. */
  readonly batchFirst?: boolean;
}

/**
 * Dropout with a mask that is constant over time: y = x * mask / (1 - p), with a new mask for each sequence and training step;
 * in evaluation y = x.
 *
 * Shape: x [steps, batch, ...], or [batch, steps, ...] with batchFirst; the output has the shape of x.
 * Advice: on the inputs and outputs of recurrent layers, p from 0.2 to 0.5; masks that change over time disturb the memory
 * of the layer.
 * Sources: Gal and Ghahramani 2016, https://arxiv.org/abs/1512.05287; Merity et al. 2017, https://arxiv.org/abs/1708.02182
 *
 * @param p probability that an element is zeroed, in [0, 1]
 * @throws RangeError when p is outside [0, 1]
 * @throws TypeError when an option is unknown
 */
export class LockedDropout extends Dropout {
  readonly batchFirst: boolean;

  constructor(p = 0.5, options: LockedDropoutOptions = {}) {
    const { batchFirst } = withDefaults("lockedDropout", options, { batchFirst: false });
    requireWithin("lockedDropout", "p", p, 0, 1);
    super(p, { axes: [batchFirst ? 1 : 0] });
    this.batchFirst = batchFirst;
  }

  override forward(x: Operand): Operand {
    if (x.shape.length < 2) {
      throw new ShapeError(`lockedDropout: x must have an axis of steps and an axis of sequences; got ${x}`);
    }
    return super.forward(x);
  }

  override configuration(): readonly unknown[] {
    return made(lockedDropout, this.p, { batchFirst: this.batchFirst });
  }

  override describe(): string {
    return `lockedDropout ${this.p}${this.batchFirst ? ", batch first" : ""}`;
  }
}

/**
 * Dropout with one mask for all time steps of [steps, batch, ...]; see {@link LockedDropout}. Default of p: 0.5. Usual
 * p: 0.2 to 0.5.
 */
export function lockedDropout(p?: number, options?: LockedDropoutOptions): LockedDropout {
  return new LockedDropout(p, options);
}
