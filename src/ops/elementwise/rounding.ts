import { Operand } from "../../graph/operand.ts";
import { requireOneOf } from "../../base/errors.ts";
import { call } from "../../graph/call.ts";
import type { Dtype } from "../../base/tensor.ts";
import { requireFloat, requireOperand } from "../check.ts";

/**
 * x in another dtype. float32 to int32 rounds toward 0; what is beyond 32 bits becomes the nearest integer that is not, NaN
 * becomes 0 (PyTorch leaves both open). int32 to float32 takes the nearest float, the even one of two: integers up to 2^24 stay
 * exact. No gradient flows.
 *
 * Ids and labels may be cast from an input of floats: the floats are checked before a run, rounded toward 0.
 * @throws RangeError when dtype is neither
 */
export function cast(x: Operand, dtype: Dtype): Operand {
  requireOperand("cast", "x", x);
  requireOneOf("cast", "dtype", dtype, ["float32", "int32"]);
  if (x.dtype === dtype) return x;
  const kernel = dtype === "int32" ? "toIntegers" : "toFloats";
  return new Operand(
    "cast",
    x.shape,
    [x],
    {
      calls: (out) => [call(kernel, x, out, x.size)],
      gradient: () => [null],
      ...(dtype === "int32" && { origins: (elements) => [[x, elements]] as const }),
      overwrites: [0],
      elementwise: true,
    },
    dtype,
  );
}

/** The largest whole number <= x. No gradient flows. */
export function floor(x: Operand): Operand {
  return stepwise("floor", x);
}

/** The smallest whole number >= x. No gradient flows. */
export function ceil(x: Operand): Operand {
  return stepwise("ceil", x);
}

/** The whole number nearest to x, the even one of two. No gradient flows. */
export function round(x: Operand): Operand {
  return stepwise("round", x);
}

/** 1 where x > 0, -1 where x < 0, else 0. No gradient flows. */
export function sign(x: Operand): Operand {
  return stepwise("sign", x);
}

/** A function that is constant but for its steps. */
function stepwise(kernel: "floor" | "ceil" | "round" | "sign", x: Operand): Operand {
  requireFloat(kernel, "x", x);
  return new Operand(kernel, x.shape, [x], {
    calls: (out) => [call(kernel, x, out, x.size)],
    gradient: () => [null],
    overwrites: [0],
    elementwise: true,
  });
}
