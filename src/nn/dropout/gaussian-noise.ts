import { requireBelowOne, requireWithin } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { gaussianDropout as gaussianDropoutOf, gaussianNoise as gaussianNoiseOf } from "../../ops/dropout/noise.ts";
import { nextRngState } from "../../runtime/random.ts";
import { Adjustable } from "./adjustable.ts";
import { Module } from "../module/module.ts";
import { RandomLayer } from "./random-layer.ts";
import { made } from "../configuration/made.ts";

/**
 * Multiplies by noise while training, new at every step: y = x z, where z is normal with mean 1 and variance p / (1 - p), like
 * mask / (1 - p) of {@link Dropout}; in evaluation y = x.
 *
 * Shape: x of any shape; the output has the shape of x.
 * Advice: use it in place of {@link Dropout}, with the same p; every unit learns at every step. `p` may be set at any time
 * and takes effect at the next step.
 * Source: Srivastava et al. 2014, section 10, https://jmlr.org/papers/v15/srivastava14a.html
 *
 * @param p in [0, 1): at 1 the variance would be infinite
 * @throws RangeError when p is outside [0, 1)
 */
export class GaussianDropout extends RandomLayer {
  constructor(p = 0.5) {
    super(p, (rate) => {
      requireBelowOne("gaussianDropout", "p", rate);
      return [1, Math.sqrt(rate / (1 - rate))];
    });
  }

  override forward(x: Operand): Operand {
    return this.training ? gaussianDropoutOf(x, this.counter, this.rate) : x;
  }

  override configuration(): readonly unknown[] {
    return made(gaussianDropout, this.p);
  }

  override describe(): string {
    return `gaussianDropout ${this.p}`;
  }
}

/**
 * Multiplies by normal noise of mean 1 and variance p / (1 - p) while training; see {@link GaussianDropout}. Default of p:
 * 0.5.
 */
export function gaussianDropout(p?: number): GaussianDropout {
  return new GaussianDropout(p);
}

/**
 * Adds noise while training, new at every step: y = x + z, where z is normal with mean 0 and standard deviation `std`; in
 * evaluation y = x.
 *
 * Shape: x of any shape; the output has the shape of x.
 * Advice: on inputs of variance 1, std from 0.05 to 0.3. `std` may be set at any time and takes effect at the next step.
 * Source: Bishop 1995, https://doi.org/10.1162/neco.1995.7.1.108
 *
 * @param std at least 0
 * @throws RangeError when std is not a finite number of at least 0
 */
export class GaussianNoise extends Module<"same", "same"> {
  /** @internal */
  readonly counter = nextRngState();
  /** @internal */
  readonly moments: Adjustable;

  constructor(std: number) {
    super();
    this.moments = new Adjustable(std, (deviation) => {
      requireWithin("gaussianNoise", "std", deviation, 0, Infinity);
      return [0, deviation];
    });
  }

  /** The standard deviation of the noise; a new value takes effect at the next step. */
  get std(): number {
    return this.moments.value;
  }

  set std(std: number) {
    this.moments.value = std;
  }

  override forward(x: Operand): Operand {
    return this.training ? gaussianNoiseOf(x, this.counter, this.moments) : x;
  }

  override configuration(): readonly unknown[] {
    return made(gaussianNoise, this.std);
  }

  override describe(): string {
    return `gaussianNoise ${this.std}`;
  }
}

/** Adds normal noise of mean 0 and standard deviation `std` while training; see {@link GaussianNoise}. */
export function gaussianNoise(std: number): GaussianNoise {
  return new GaussianNoise(std);
}
