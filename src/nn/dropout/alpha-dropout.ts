import { MaskRate, MaskTerms } from "#kernels/contract";
import { inPlaces } from "../../base/layout.ts";
import { ShapeError, requireWithin } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { alphaDropout as alphaDropoutOf } from "../../ops/dropout/dropout.ts";
import { roundedRate } from "./adjustable.ts";
import { RandomLayer } from "./random-layer.ts";

/** What `alphaDropout` of ops reads as its rate. */
function alphaNumbers(
  rate: Readonly<Record<keyof typeof MaskRate, number>>,
  terms: Readonly<Record<keyof typeof MaskTerms, number>>,
): number[] {
  return [...inPlaces(MaskRate, rate), ...inPlaces(MaskTerms, terms)];
}

/** What SELU gives far below 0: -scale * alpha. */
const SATURATED = -1.7580993408473766;

/**
 * Sets elements to α' = -1.7581, what SELU gives far below 0, at random while training, a new mask at every step, and keeps
 * mean 0 and variance 1: y = a (x mask + α' (1 - mask)) + b with a = 1 / √((1 - p) (1 + p α'²)) and b = -a p α'; in
 * evaluation y = x. At p = 1 all is zero, as in PyTorch.
 *
 * Shape: x of any shape; the output has the shape of x. `featureAlphaDropout` takes [N, C, ...] and makes one draw for each
 * channel of each sample.
 * Advice: p from 0.05 to 0.1, behind SELU and weights drawn with variance 1 / inputs; no batch normalization, which SELU
 * stands in for. `p` may be set at any time and counts from the next step on.
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
      const { drawn, followed } = roundedRate(rate);
      if (rate === 1) return alphaNumbers({ p: 1, scale: 0 }, { shift: 0, floor: 0 });
      const scale = 1 / Math.sqrt((1 - followed) * (1 + followed * SATURATED ** 2));
      const shift = -scale * followed * SATURATED;
      return alphaNumbers({ p: drawn, scale }, { shift, floor: scale * SATURATED + shift });
    });
  }

  override forward(x: Operand): Operand {
    if (this.name === "alphaDropout") return this.training ? alphaDropoutOf(x, this.counter, this.rate) : x;
    if (x.shape.length < 2) throw new ShapeError(`${this.name}: x must be [N, C, ...]; got ${x}`);
    if (!this.training) return x;
    const axes = x.shape.map((_, axis) => axis).slice(2);
    return alphaDropoutOf(x, this.counter, this.rate, { axes });
  }

  override describe(): string {
    return `${this.name} ${this.p}`;
  }
}

/**
 * Dropout behind SELU: sets elements to SELU's lowest value with probability p, 0.5 where left out, while training, and
 * keeps mean 0 and variance 1; see {@link AlphaDropout}. Usual p: 0.05 to 0.1.
 */
export function alphaDropout(p?: number): AlphaDropout {
  return new AlphaDropout(p);
}

/** Alpha dropout of whole channels of [N, C, ...], p being 0.5 where left out; see {@link AlphaDropout}. */
export function featureAlphaDropout(p?: number): AlphaDropout {
  return new AlphaDropout(p, "featureAlphaDropout");
}
