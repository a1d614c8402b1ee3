import type { Operand } from "../../graph/operand.ts";
import { requireFloat } from "../check.ts";
import { type Scalar, pairOf } from "../constant.ts";
import { broadcastPair } from "./broadcast-pair.ts";

/**
 * 1 where a = b, else 0.
 *
 * Both are float32 or both int32; one may be a number. They are broadcast. The result is float32, a condition for `where`; no
 * gradient flows. NaN gives 0.
 * @throws ShapeError when shapes do not broadcast
 * @throws TypeError when dtypes differ, or both are numbers
 */
export function equal(a: Scalar, b: Scalar): Operand {
  return compare("equal", "equal", a, b);
}

/**
 * 1 where a ≠ b, else 0.
 *
 * Both are float32 or both int32; one may be a number. They are broadcast. The result is float32, a condition for `where`; no
 * gradient flows. NaN gives 1.
 * @throws ShapeError when shapes do not broadcast
 * @throws TypeError when dtypes differ, or both are numbers
 */
export function notEqual(a: Scalar, b: Scalar): Operand {
  return compare("notEqual", "notEqual", a, b);
}

/**
 * 1 where a < b, else 0.
 *
 * Both are float32 or both int32; one may be a number. They are broadcast. The result is float32, a condition for `where`; no
 * gradient flows. NaN gives 0.
 * @throws ShapeError when shapes do not broadcast
 * @throws TypeError when dtypes differ, or both are numbers
 */
export function less(a: Scalar, b: Scalar): Operand {
  return compare("less", "less", a, b);
}

/**
 * 1 where a <= b, else 0.
 *
 * Both are float32 or both int32; one may be a number. They are broadcast. The result is float32, a condition for `where`; no
 * gradient flows. NaN gives 0.
 * @throws ShapeError when shapes do not broadcast
 * @throws TypeError when dtypes differ, or both are numbers
 */
export function lessEqual(a: Scalar, b: Scalar): Operand {
  return compare("lessEqual", "lessEqual", a, b);
}

/**
 * 1 where a > b, else 0.
 *
 * Both are float32 or both int32; one may be a number. They are broadcast. The result is float32, a condition for `where`; no
 * gradient flows. NaN gives 0.
 * @throws ShapeError when shapes do not broadcast
 * @throws TypeError when dtypes differ, or both are numbers
 */
export function greater(a: Scalar, b: Scalar): Operand {
  return compare("greater", "less", a, b, true);
}

/**
 * 1 where a >= b, else 0.
 *
 * Both are float32 or both int32; one may be a number. They are broadcast. The result is float32, a condition for `where`; no
 * gradient flows. NaN gives 0.
 * @throws ShapeError when shapes do not broadcast
 * @throws TypeError when dtypes differ, or both are numbers
 */
export function greaterEqual(a: Scalar, b: Scalar): Operand {
  return compare("greaterEqual", "lessEqual", a, b, true);
}

/**
 * 1 where a ≠ 0 and b ≠ 0, else 0. a and b are float32 and broadcast.
 * @throws ShapeError when shapes do not broadcast
 */
export function logicalAnd(a: Operand, b: Operand): Operand {
  return logical("logicalAnd", a, b);
}

/**
 * 1 where a ≠ 0 or b ≠ 0, else 0. a and b are float32 and broadcast.
 * @throws ShapeError when shapes do not broadcast
 */
export function logicalOr(a: Operand, b: Operand): Operand {
  return logical("logicalOr", a, b);
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
  const typedKernel = first.dtype === "int32" ? (`${kernel}Integers` as const) : kernel;
  return swapped ? broadcastPair(name, typedKernel, second, first) : broadcastPair(name, typedKernel, first, second);
}

function logical(name: "logicalAnd" | "logicalOr", a: Operand, b: Operand): Operand {
  requireFloat(name, "a", a);
  requireFloat(name, "b", b);
  return broadcastPair(name, name, a, b);
}
