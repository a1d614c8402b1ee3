import type { Operand } from "../../graph/operand.ts";
import { call } from "../../graph/call.ts";
import { requireNumber } from "../check.ts";
import { activation, activationGradient } from "./pointwise.ts";

/** min(max(x, minVal), maxVal); the gradient at minVal and maxVal is 0. */
export function hardtanh(x: Operand, minVal = -1, maxVal = 1): Operand {
  requireNumber("hardtanh", "minVal", minVal);
  requireNumber("hardtanh", "maxVal", maxVal);
  return activation(
    "hardtanh",
    x,
    (part) => hardtanh(part, minVal, maxVal),
    (out) => call("hardtanh", x, out, minVal, maxVal, x.size),
    (dOut) =>
      activationGradient("hardtanhGradient", [dOut, x], (dx) =>
        call("hardtanhGradient", dOut, x, dx, minVal, maxVal, x.size),
      ),
    { low: minVal, high: maxVal },
  );
}

/**
 * min(max(x, low), high); low and high may be infinite. The gradient flows where low <= x <= high, as in PyTorch.
 * @throws RangeError when `low` is above `high`
 */
export function clamp(x: Operand, low: number, high: number): Operand {
  requireNumber("clamp", "low", low);
  requireNumber("clamp", "high", high);
  if (low > high) throw new RangeError(`clamp: low must be at most high; got ${low} and ${high}`);
  return activation(
    "clamp",
    x,
    (part) => clamp(part, low, high),
    (out) => call("hardtanh", x, out, low, high, x.size),
    (dOut) =>
      activationGradient("clampGradient", [dOut, x], (dx) => call("clampGradient", dOut, x, dx, low, high, x.size)),
    { low, high },
  );
}

/** min(max(x, 0), 6). */
export function relu6(x: Operand): Operand {
  return hardtanh(x, 0, 6);
}

/** min(max(x + 3, 0), 6) / 6. */
export function hardsigmoid(x: Operand): Operand {
  return activation(
    "hardsigmoid",
    x,
    hardsigmoid,
    (out) => call("hardsigmoid", x, out, x.size),
    (dOut) =>
      activationGradient("hardsigmoidGradient", [dOut, x], (dx) => call("hardsigmoidGradient", dOut, x, dx, x.size)),
  );
}

/** x * min(max(x + 3, 0), 6) / 6. */
export function hardswish(x: Operand): Operand {
  return activation(
    "hardswish",
    x,
    hardswish,
    (out) => call("hardswish", x, out, x.size),
    (dOut) =>
      activationGradient("hardswishGradient", [dOut, x], (dx) => call("hardswishGradient", dOut, x, dx, x.size)),
  );
}

/** x where |x| > lambda, else 0. */
export function hardshrink(x: Operand, lambda = 0.5): Operand {
  requireNumber("hardshrink", "lambda", lambda);
  return activation(
    "hardshrink",
    x,
    (part) => hardshrink(part, lambda),
    (out) => call("hardshrink", x, out, lambda, x.size),
    (dOut) => shrinkGradient(dOut, x, lambda),
    { lambda },
  );
}

/** x - lambda where x > lambda, x + lambda where x < -lambda, else 0. */
export function softshrink(x: Operand, lambda = 0.5): Operand {
  requireNumber("softshrink", "lambda", lambda);
  return activation(
    "softshrink",
    x,
    (part) => softshrink(part, lambda),
    (out) => call("softshrink", x, out, lambda, x.size),
    (dOut) => shrinkGradient(dOut, x, lambda),
    { lambda },
  );
}

function shrinkGradient(dOut: Operand, x: Operand, lambda: number): Operand {
  return activationGradient("shrinkGradient", [dOut, x], (dx) => call("shrinkGradient", dOut, x, dx, lambda, x.size));
}

/** x / (1 + |x|). */
export function softsign(x: Operand): Operand {
  return activation(
    "softsign",
    x,
    softsign,
    (out) => call("softsign", x, out, x.size),
    (dOut) => activationGradient("softsignGradient", [dOut, x], (dx) => call("softsignGradient", dOut, x, dx, x.size)),
  );
}
