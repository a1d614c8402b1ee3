import type { Operand } from "../../graph/operand.ts";
import { multiply } from "./arithmetic.ts";
import { requireFloat } from "../check.ts";
import { type Scalar, pairOf } from "../constant.ts";
import { repeated } from "../repeated.ts";

/**
 * The larger of a and b, element by element; NaN where one is. One may be a number. Where they are equal each gets half of the
 * gradient, as in PyTorch. Shapes are matched from their last axes on; an axis that one lacks, or has with extent 1, is
 * repeated for it.
 * @throws ShapeError when shapes do not match
 */
export function maximum(a: Scalar, b: Scalar): Operand {
  return extreme("maximum", a, b);
}

/**
 * The smaller of a and b, element by element; NaN where one is. One may be a number. Where they are equal each gets half of the
 * gradient, as in PyTorch. Shapes are matched from their last axes on; an axis that one lacks, or has with extent 1, is
 * repeated for it.
 * @throws ShapeError when shapes do not match
 */
export function minimum(a: Scalar, b: Scalar): Operand {
  return extreme("minimum", a, b);
}

function extreme(name: "maximum" | "minimum", a: Scalar, b: Scalar): Operand {
  const [first, second] = pairOf(name, a, b);
  requireFloat(name, "a", first);
  // min(a, b) follows a where max(b, a) follows b.
  const slope = (x: Operand, y: Operand): Operand =>
    repeated("maximumSlope", "maximumSlope", ...(name === "maximum" ? ([x, y] as const) : ([y, x] as const)));
  return repeated(name, name, first, second, (dOut) => [
    multiply(dOut, slope(first, second)),
    multiply(dOut, slope(second, first)),
  ]);
}
