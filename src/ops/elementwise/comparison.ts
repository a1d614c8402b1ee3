import type { Operand } from "../../graph/operand.ts";
import { requireFloat } from "../check.ts";
import { type Scalar, pairOf } from "../constant.ts";
import { repeated } from "../repeated.ts";

/**
 * 1 where a = b, else 0.
 *
 * Both are float32 or both int32, one may be a number; shapes are matched from their last axes on, axes of extent 1 being
 * repeated. The result is float32, as `where` takes it; no gradient flows through it. NaN gives 0.
 * @throws ShapeError when shapes do not match
 * @throws TypeError when dtypes differ, or both are numbers
 */
export function equal(a: Scalar, b: Scalar): Operand {
  return compare("equal", "equal", a, b);
}

/**
 * 1 where a is not b, else 0.
 *
 * Both are float32 or both int32, one may be a number; shapes are matched from their last axes on, axes of extent 1 being
 * repeated. The result is float32, as `where` takes it; no gradient flows through it. NaN gives 1.
 * @throws ShapeError when shapes do not match
 * @throws TypeError when dtypes differ, or both are numbers
 */
export function notEqual(a: Scalar, b: Scalar): Operand {
  return compare("notEqual", "notEqual", a, b);
}

/**
 * 1 where a < b, else 0.
 *
 * Both are float32 or both int32, one may be a number; shapes are matched from their last axes on, axes of extent 1 being
 * repeated. The result is float32, as `where` takes it; no gradient flows through it. NaN gives 0.
 * @throws ShapeError when shapes do not match
 * @throws TypeError when dtypes differ, or both are numbers
 */
export function less(a: Scalar, b: Scalar): Operand {
  return compare("less", "less", a, b);
}

/**
 * 1 where a <= b, else 0.
 *
 * Both are float32 or both int32, one may be a number; shapes are matched from their last axes on, axes of extent 1 being
 * repeated. The result is float32, as `where` takes it; no gradient flows through it. NaN gives 0.
 * @throws ShapeError when shapes do not match
 * @throws TypeError when dtypes differ, or both are numbers
 */
export function lessEqual(a: Scalar, b: Scalar): Operand {
  return compare("lessEqual", "lessEqual", a, b);
}

/**
 * 1 where a > b, else 0.
 *
 * Both are float32 or both int32, one may be a number; shapes are matched from their last axes on, axes of extent 1 being
 * repeated. The result is float32, as `where` takes it; no gradient flows through it. NaN gives 0.
 * @throws ShapeError when shapes do not match
 * @throws TypeError when dtypes differ, or both are numbers
 */
export function greater(a: Scalar, b: Scalar): Operand {
  return compare("greater", "less", a, b, true);
}

/**
 * 1 where a >= b, else 0.
 *
 * Both are float32 or both int32, one may be a number; shapes are matched from their last axes on, axes of extent 1 being
 * repeated. The result is float32, as `where` takes it; no gradient flows through it. NaN gives 0.
 * @throws ShapeError when shapes do not match
 * @throws TypeError when dtypes differ, or both are numbers
 */
export function greaterEqual(a: Scalar, b: Scalar): Operand {
  return compare("greaterEqual", "lessEqual", a, b, true);
}

/**
 * 1 where neither a nor b is 0, else 0; both float32.
 * @throws ShapeError when shapes do not match
 */
export function logicalAnd(a: Operand, b: Operand): Operand {
  return combine("logicalAnd", a, b);
}

/**
 * 1 where a or b is not 0, else 0; both float32.
 * @throws ShapeError when shapes do not match
 */
export function logicalOr(a: Operand, b: Operand): Operand {
  return combine("logicalOr", a, b);
}

/** 1 where x is 0, else 0; x is float32. */
export function logicalNot(x: Operand): Operand {
  requireFloat("logicalNot", "x", x);
  return compare("logicalNot", "equal", x, 0);
}

function compare(
  name: string,
  kernel: "equal" | "notEqual" | "less" | "lessEqual",
  a: Scalar,
  b: Scalar,
  swapped = false,
): Operand {
  const [first, second] = pairOf(name, a, b);
  const typed = first.dtype === "int32" ? (`${kernel}Integers` as const) : kernel;
  return swapped ? repeated(name, typed, second, first) : repeated(name, typed, first, second);
}

function combine(name: "logicalAnd" | "logicalOr", a: Operand, b: Operand): Operand {
  requireFloat(name, "a", a);
  requireFloat(name, "b", b);
  return repeated(name, name, a, b);
}
