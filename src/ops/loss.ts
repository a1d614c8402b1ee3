import type { Operand } from "../graph/operand.ts";
import { call } from "../runtime/call.ts";
import { negate } from "./arithmetic.ts";
import { type Reduction, elementLoss, factorOf, requirePair } from "./element-loss.ts";

/** Mean or sum of (x - y)². */
export function squaredError(x: Operand, y: Operand, reduction: Reduction = "mean", where = "squaredError"): Operand {
  requirePair(where, x, y);
  const factor = factorOf(x.size, reduction);
  return elementLoss("squaredError", where, x, y, {
    value: (out) => call("squaredError", x, y, out, factor, x.size),
    gradient: (dOut, dx) => call("squaredErrorGradient", dOut, x, y, dx, factor, x.size),
    targetGradient: (_dOut, dx) => negate(dx),
  });
}

/** Mean or sum of |x - y|. */
export function absoluteError(x: Operand, y: Operand, reduction: Reduction = "mean", where = "absoluteError"): Operand {
  requirePair(where, x, y);
  const factor = factorOf(x.size, reduction);
  return elementLoss("absoluteError", where, x, y, {
    value: (out) => call("absoluteError", x, y, out, factor, x.size),
    gradient: (dOut, dx) => call("absoluteErrorGradient", dOut, x, y, dx, factor, x.size),
    targetGradient: (_dOut, dx) => negate(dx),
  });
}

export interface HuberOptions {
  readonly reduction?: Reduction;
  /** What the mean or sum is multiplied by; 1 where left out. */
  readonly scale?: number;
  /** Who asks, for errors. */
  readonly where?: string;
}

/** Mean or sum of d² / 2 with d = |x - y| where d <= delta, else of delta (d - delta / 2). */
export function huberError(x: Operand, y: Operand, delta: number, options: HuberOptions = {}): Operand {
  const { reduction = "mean", scale = 1, where = "huberError" } = options;
  requirePair(where, x, y);
  const factor = factorOf(x.size, reduction) * scale;
  return elementLoss("huberError", where, x, y, {
    value: (out) => call("huber", x, y, out, delta, factor, x.size),
    gradient: (dOut, dx) => call("huberGradient", dOut, x, y, dx, delta, factor, x.size),
    targetGradient: (_dOut, dx) => negate(dx),
  });
}
