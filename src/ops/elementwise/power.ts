import type { Operand } from "../../graph/operand.ts";
import { divide, log, multiply, sqrt, square } from "./arithmetic.ts";
import { requireFloat } from "../check.ts";
import { equal, greaterEqual, logicalAnd } from "./comparison.ts";
import { type Scalar, pairOf } from "../constant.ts";
import { broadcastPair } from "./broadcast-pair.ts";
import { where } from "./where.ts";

/**
 * x^y, element by element, within 0.51 units in the last place. x and y are broadcast; one may be a number. 1 where y is 0, NaN
 * where x is negative and y is not whole.
 *
 * The gradient by x is y x^(y - 1), and 0 where y is 0; that by y is x^y ln x, and 0 where x is 0 and y >= 0: as in PyTorch.
 * The numbers 0.5, 1, 2 and -1 as y give sqrt(x), x, square(x) and divide(1, x).
 * @throws ShapeError when shapes do not broadcast
 */
export function pow(x: Scalar, y: Scalar): Operand {
  const [base, exponent] = pairOf("pow", x, y, ["x", "y"]);
  requireFloat("pow", "x", base);
  if (y === 0.5) return sqrt(base);
  if (y === 1) return base;
  if (y === 2) return square(base);
  if (y === -1) return divide(1, base);
  return broadcastPair("pow", "pow", base, exponent, (dOut, out) => [
    multiply(dOut, broadcastPair("powSlope", "powSlope", base, exponent)),
    multiply(dOut, exponentSlope(base, exponent, out)),
  ]);
}

/** power ln x, with power = x^y; 0 where x is 0 and y >= 0. */
function exponentSlope(x: Operand, y: Operand, power: Operand): Operand {
  const isZero = logicalAnd(equal(x, 0), greaterEqual(y, 0));
  return where(isZero, 0, multiply(power, log(x)));
}
