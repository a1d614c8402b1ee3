import type { Operand } from "../../graph/operand.ts";
import { call } from "../../graph/call.ts";
import { negate } from "../elementwise/arithmetic.ts";
import { elementLoss } from "./element-loss.ts";
import type { ReducedOptions, Reduction } from "./reduced-loss.ts";

/** Mean or sum of (x - y)², or each term; `sampleWeight` as in {@link ReducedOptions}. */
export function squaredError(
  x: Operand,
  y: Operand,
  reduction: Reduction = "mean",
  where = "squaredError",
  sampleWeight?: Operand,
): Operand {
  return elementLoss(
    "squaredError",
    x,
    y,
    { reduction, where, sampleWeight },
    {
      value: (out, factor) => call("squaredError", x, y, out, factor, x.size),
      each: (out) => call("squaredErrorEach", x, y, out, x.size),
      gradient: (dOut, dx, factor) => call("squaredErrorGradient", dOut, x, y, dx, factor, x.size),
      targetGradient: (_dOut, dx) => negate(dx),
    },
  );
}

/** Mean or sum of |x - y|, or each term; `sampleWeight` as in {@link ReducedOptions}. */
export function absoluteError(
  x: Operand,
  y: Operand,
  reduction: Reduction = "mean",
  where = "absoluteError",
  sampleWeight?: Operand,
): Operand {
  return elementLoss(
    "absoluteError",
    x,
    y,
    { reduction, where, sampleWeight },
    {
      value: (out, factor) => call("absoluteError", x, y, out, factor, x.size),
      each: (out) => call("absoluteErrorEach", x, y, out, x.size),
      gradient: (dOut, dx, factor) => call("absoluteErrorGradient", dOut, x, y, dx, factor, x.size),
      targetGradient: (_dOut, dx) => negate(dx),
    },
  );
}

export interface HuberOptions extends ReducedOptions {
  /** Factor of the loss. Default: 1. */
  readonly scale?: number;
}

/** Mean or sum, or each term: d² / 2 where d = |x - y| is at most delta, else delta (d - delta / 2). */
export function huberError(x: Operand, y: Operand, delta: number, options: HuberOptions = {}): Operand {
  return elementLoss(
    "huberError",
    x,
    y,
    { where: "huberError", ...options },
    {
      value: (out, factor) => call("huber", x, y, out, delta, factor, x.size),
      each: (out) => call("huberEach", x, y, out, delta, x.size),
      gradient: (dOut, dx, factor) => call("huberGradient", dOut, x, y, dx, delta, factor, x.size),
      targetGradient: (_dOut, dx) => negate(dx),
    },
  );
}
