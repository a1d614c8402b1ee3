import { NormalMoments } from "#kernels/contract";
import { placesIn } from "../../base/layout.ts";
import { ShapeError } from "../../base/errors.ts";
import { Operand } from "../../graph/operand.ts";
import { countUse } from "../../graph/scope.ts";
import { call } from "../../graph/call.ts";
import type { RngState } from "../../memory/rng-state.ts";
import type { Shape } from "../../base/tensor.ts";
import { add, multiply } from "../elementwise/arithmetic.ts";
import { requireFloat } from "../check.ts";

/** x * z with z from a normal distribution; `moments` holds its mean and standard deviation. */
export function gaussianDropout(x: Operand, counter: RngState, moments: Operand): Operand {
  requireFloat("gaussianDropout", "x", x);
  return multiply(x, normal("gaussianDropout", x.shape, counter, moments));
}

/** x + z with z from a normal distribution; `moments` holds its mean and standard deviation. */
export function gaussianNoise(x: Operand, counter: RngState, moments: Operand): Operand {
  requireFloat("gaussianNoise", "x", x);
  return add(x, normal("gaussianNoise", x.shape, counter, moments));
}

/** Samples uniform in [low, high); each depends on the counter, its use in this trace and the element's index. */
export function uniform(shape: Shape, counter: RngState, low: number, high: number): Operand {
  const use = countUse(counter);
  return new Operand("uniform", shape, [counter], {
    calls: (out) => [call("uniform", out, counter, use, low, high, out.size)],
  });
}

/** Samples of a normal distribution; each depends on the counter, its use in this trace and the element's index. */
function normal(where: string, shape: Shape, counter: RngState, moments: Operand): Operand {
  if (moments.size !== placesIn(NormalMoments))
    throw new ShapeError(`${where}: moments must hold mean and deviation; got ${moments}`);
  const use = countUse(counter);
  return new Operand("normal", shape, [counter, moments], {
    calls: (out) => [call("normalWith", out, counter, use, moments, out.size)],
  });
}
