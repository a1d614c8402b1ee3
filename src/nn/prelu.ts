import { ShapeError, requireWhole, requireWithin } from "../base/errors.ts";
import type { Operand } from "../graph/operand.ts";
import { prelu as preluOf } from "../ops/elementwise/prelu.ts";
import { constant } from "./init.ts";
import { Module } from "./module/module.ts";
import { Parameter } from "./module/parameter.ts";
import { made } from "./configuration/made.ts";

/**
 * x where x > 0, else weight * x, with learned slopes. Advice: no weight decay, which pulls the slopes to 0.
 *
 * Shape: x of any shape, or [N, numParameters, ...] for several slopes; `weight` is [numParameters].
 * Source: He et al. 2015, https://arxiv.org/abs/1502.01852
 *
 * @param numParameters 1 for one slope, or the number of channels for one per channel. Default: 1.
 * @param init initial value of the slopes. Default: 0.25.
 * @throws RangeError when numParameters is not a whole number of at least 1, or init is not finite
 */
export class PRelu extends Module<"same", "same"> {
  readonly weight: Parameter;

  constructor(
    readonly numParameters = 1,
    init = 0.25,
  ) {
    super();
    requireWhole("prelu", "numParameters", numParameters, 1);
    requireWithin("prelu", "init", init, -Infinity, Infinity);
    this.weight = constant(new Parameter([numParameters]), init);
  }

  override forward(x: Operand): Operand {
    if (this.numParameters > 1 && x.shape[1] !== this.numParameters) {
      throw new ShapeError(`prelu: x must be [N, ${this.numParameters}, ...]; got ${x}`);
    }
    return preluOf(x, this.weight);
  }

  override configuration(): readonly unknown[] {
    return made(prelu, this.numParameters);
  }

  override describe(): string {
    return `prelu ${this.numParameters}`;
  }
}

/** x where x > 0, else x times a learned slope. Defaults: one slope for all channels, initially 0.25. See {@link PRelu}. */
export function prelu(numParameters?: number, init?: number): PRelu {
  return new PRelu(numParameters, init);
}
