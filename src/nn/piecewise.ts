import { requireWithin } from "../base/errors.ts";
import * as ops from "../ops/elementwise/piecewise.ts";
import { Activation } from "./activation.ts";
import { made } from "./configuration/made.ts";

/**
 * min(max(x, minVal), maxVal).
 * @throws RangeError when minVal or maxVal is not finite, or minVal is not below maxVal
 */
export function hardtanh(minVal = -1, maxVal = 1): Activation {
  requireWithin("hardtanh", "minVal", minVal, -Infinity, Infinity);
  requireWithin("hardtanh", "maxVal", maxVal, -Infinity, Infinity);
  if (minVal >= maxVal) throw new RangeError(`hardtanh: minVal must be below maxVal; got ${minVal} and ${maxVal}`);
  return new Activation(
    `hardtanh ${minVal} to ${maxVal}`,
    (x) => ops.hardtanh(x, minVal, maxVal),
    made(hardtanh, minVal, maxVal),
  );
}

/** min(max(x, 0), 6). Source: Howard et al. 2017, https://arxiv.org/abs/1704.04861 */
export function relu6(): Activation {
  return new Activation("relu6", ops.relu6, made(relu6));
}

/** min(max(x + 3, 0), 6) / 6, a piecewise linear sigmoid. */
export function hardsigmoid(): Activation {
  return new Activation("hardsigmoid", ops.hardsigmoid, made(hardsigmoid));
}

/** x * min(max(x + 3, 0), 6) / 6. Source: Howard et al. 2019, https://arxiv.org/abs/1905.02244 */
export function hardswish(): Activation {
  return new Activation("hardswish", ops.hardswish, made(hardswish));
}

/**
 * x where |x| > lambda, else 0.
 * @throws RangeError when lambda is not a finite number of at least 0
 */
export function hardshrink(lambda = 0.5): Activation {
  requireWithin("hardshrink", "lambda", lambda, 0, Infinity);
  return new Activation(`hardshrink ${lambda}`, (x) => ops.hardshrink(x, lambda), made(hardshrink, lambda));
}

/**
 * x - lambda where x > lambda, x + lambda where x < -lambda, else 0.
 * @throws RangeError when lambda is not a finite number of at least 0
 */
export function softshrink(lambda = 0.5): Activation {
  requireWithin("softshrink", "lambda", lambda, 0, Infinity);
  return new Activation(`softshrink ${lambda}`, (x) => ops.softshrink(x, lambda), made(softshrink, lambda));
}

/** x / (1 + |x|). */
export function softsign(): Activation {
  return new Activation("softsign", ops.softsign, made(softsign));
}
