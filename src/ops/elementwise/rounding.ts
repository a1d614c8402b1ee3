import { Operand } from "../../graph/operand.ts";
import { requireOneOf } from "../../base/errors.ts";
import { call } from "../../graph/call.ts";
import type { Dtype } from "../../base/tensor.ts";
import { requireFloat, requireOperand } from "../check.ts";

/**
 * x in another dtype. float32 to int32 rounds toward 0 and saturates at 32 bits; NaN becomes 0 (both are undefined in PyTorch).
 * int32 to float32 rounds to nearest, ties to even: exact up to 2^24. No gradient flows.
 *
 * Ids and labels may be cast from a float32 input: its values, rounded toward 0, are checked before a run.
 * @throws RangeError when dtype is neither float32 nor int32
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

/** The whole number nearest to x, ties to even. No gradient flows. */
export function round(x: Operand): Operand {
  return stepwise("round", x);
}

/** 1 where x > 0, -1 where x < 0, else 0. No gradient flows. */
export function sign(x: Operand): Operand {
  return stepwise("sign", x);
}

/** A piecewise constant function of each element, through which no gradient flows. */
function stepwise(kernel: "floor" | "ceil" | "round" | "sign", x: Operand): Operand {
  requireFloat(kernel, "x", x);
  return new Operand(kernel, x.shape, [x], {
    calls: (out) => [call(kernel, x, out, x.size)],
    gradient: () => [null],
    overwrites: [0],
    elementwise: true,
  });
}
