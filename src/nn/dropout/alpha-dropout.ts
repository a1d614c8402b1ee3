import { packMaskRate, packMaskTerms } from "#kernels/contract";
import { ShapeError, requireWithin } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { alphaDropout as alphaDropoutOf } from "../../ops/dropout/dropout.ts";
import { roundedRate } from "./adjustable.ts";
import { RandomLayer } from "./random-layer.ts";
import { made } from "../configuration/made.ts";

/** The rate operand of `ops.alphaDropout`: the numbers of `MaskRate`, then those of `MaskTerms`. */
function alphaRate(rate: Parameters<typeof packMaskRate>[0], terms: Parameters<typeof packMaskTerms>[0]): number[] {
  return [...packMaskRate(rate), ...packMaskTerms(terms)];
}

/** The limit of SELU at -Infinity: -scale * alpha. */
const SATURATED = -1.7580993408473766;

/**
 * Sets random elements to α' = -1.7581, the limit of SELU at -Infinity, and preserves mean 0 and variance 1:
 * y = a (x mask + α' (1 - mask)) + b with a = 1 / √((1 - p) (1 + p α'²)) and b = -a p α', with a new mask at every training
 * step; in evaluation y = x. If p is 1, y = 0, as in PyTorch.
 *
 * Shape: x of any shape; the output has the shape of x. `featureAlphaDropout` takes [N, C, ...] and drops whole
 * channels, independently for each sample.
 * Advice: p from 0.05 to 0.1, after SELU, with initial weights of variance 1 / inputs and without batch
 * normalization, which SELU replaces. `p` may be set at any time and takes effect at the next step.
 * Source: Klambauer et al. 2017, https://arxiv.org/abs/1706.02515
 *
 * @param p probability that an element (or channel) is dropped, in [0, 1]
 * @throws RangeError when p is outside [0, 1]
 */
export class AlphaDropout extends RandomLayer {
  constructor(
    p = 0.5,
    readonly name: "alphaDropout" | "featureAlphaDropout" = "alphaDropout",
  ) {
    super(p, (rate) => {
      requireWithin(name, "p", rate, 0, 1);
      const { ofMask, ofScale } = roundedRate(rate);
      if (rate === 1) return alphaRate({ p: 1, scale: 0 }, { shift: 0, floor: 0 });
      const scale = 1 / Math.sqrt((1 - ofScale) * (1 + ofScale * SATURATED * SATURATED));
      const shift = -scale * ofScale * SATURATED;
      return alphaRate({ p: ofMask, scale }, { shift, floor: scale * SATURATED + shift });
    });
  }

  override forward(x: Operand): Operand {
    if (this.name === "alphaDropout") return this.training ? alphaDropoutOf(x, this.counter, this.rate) : x;
    if (x.shape.length < 2) throw new ShapeError(`${this.name}: x must be [N, C, ...]; got ${x}`);
    if (!this.training) return x;
    const axes = x.shape.map((_, axis) => axis).slice(2);
    return alphaDropoutOf(x, this.counter, this.rate, { axes });
  }

  override configuration(): readonly unknown[] {
    return made(this.name === "alphaDropout" ? alphaDropout : featureAlphaDropout, this.p);
  }

  override describe(): string {
    return `${this.name} ${this.p}`;
  }
}

/**
 * Dropout for SELU: sets elements to SELU's lower limit with probability p while training, and preserves mean 0 and
 * variance 1; see {@link AlphaDropout}. Default of p: 0.5. Usual p: 0.05 to 0.1.
 */
export function alphaDropout(p?: number): AlphaDropout {
  return new AlphaDropout(p);
}

/** Alpha dropout of whole channels of [N, C, ...]; see {@link AlphaDropout}. Default of p: 0.5. */
export function featureAlphaDropout(p?: number): AlphaDropout {
  return new AlphaDropout(p, "featureAlphaDropout");
}
