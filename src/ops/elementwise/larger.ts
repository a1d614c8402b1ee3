import type { Operand } from "../../graph/operand.ts";
import { multiply } from "./arithmetic.ts";
import { requireFloat } from "../check.ts";
import { type Scalar, pairOf } from "../constant.ts";
import { broadcastPair } from "./broadcast-pair.ts";

/**
 * The larger of a and b, element by element; NaN where one is. a and b are broadcast; one may be a number. Where they are equal
 * each gets half of the gradient, as in PyTorch.
 * @throws ShapeError when shapes do not broadcast
 */
export function maximum(a: Scalar, b: Scalar): Operand {
  return extreme("maximum", a, b);
}

/**
 * The smaller of a and b, element by element; NaN where one is. a and b are broadcast; one may be a number. Where they are equal
 * each gets half of the gradient, as in PyTorch.
 * @throws ShapeError when shapes do not broadcast
 */
export function minimum(a: Scalar, b: Scalar): Operand {
  return extreme("minimum", a, b);
}

function extreme(name: "maximum" | "minimum", a: Scalar, b: Scalar): Operand {
  const [first, second] = pairOf(name, a, b);
  requireFloat(name, "a", first);
  // min(a, b) has the slope by a that max(b, a) has by b.
  const slope = (x: Operand, y: Operand): Operand =>
    broadcastPair("maximumSlope", "maximumSlope", ...(name === "maximum" ? ([x, y] as const) : ([y, x] as const)));
  return broadcastPair(name, name, first, second, (dOut) => [
    multiply(dOut, slope(first, second)),
    multiply(dOut, slope(second, first)),
  ]);
}
