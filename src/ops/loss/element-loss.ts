import { ShapeError } from "../../base/errors.ts";
import { Input, Operand } from "../../graph/operand.ts";
import { requireRange } from "../../graph/require-range.ts";
import type { Call } from "../../graph/call.ts";
import { sameShape } from "../../base/tensor.ts";
import { affine, multiply } from "../elementwise/arithmetic.ts";
import { requireFloat } from "../check.ts";
import { type ReducedOptions, factorOf, reduced } from "./reduced-loss.ts";
import { filled } from "../reduction/reduction.ts";

/** The kernel calls of an elementwise loss; `factor` multiplies each term, `dOut` is the gradient by their sum. */
interface ElementLoss {
  /** The sum of all terms. */
  readonly value: (out: Operand, factor: number) => Call;
  /** Each term, without a sum. */
  readonly each: (out: Operand) => Call;
  /** Fills dx, the gradient by the prediction. */
  readonly gradient: (dOut: Operand, dx: Operand, factor: number) => Call;
  /** The gradient by the target, possibly computed from dx; null where none flows. */
  readonly targetGradient: (dOut: Operand, dx: Operand, factor: number) => Operand | null;
}

interface ElementOptions extends ReducedOptions {
  readonly where: string;
  /** Factor of every term. Default: 1. */
  readonly scale?: number;
}

/** The loss of the prediction x and the target y, element by element; one kernel call computes a mean or sum, one its gradient. */
export function elementLoss(name: string, x: Operand, y: Operand, options: ElementOptions, loss: ElementLoss): Operand {
  const { reduction = "mean", sampleWeight, where, scale = 1 } = options;
  requirePair(where, x, y);
  if (reduction === "none" || sampleWeight) {
    const losses = eachElement(name, x, y, loss);
    return reduced(scale === 1 ? losses : affine(losses, scale, 0), { where, reduction, sampleWeight });
  }
  const factor = factorOf(x.size, reduction) * scale;
  return new Operand(name, [], [x, y], {
    calls: (out) => [loss.value(out, factor)],
    gradient: (dOut) => {
      const dx = gradientOf(name, dOut, x, y, loss, factor);
      return [dx, loss.targetGradient(dOut, dx, factor)];
    },
    flops: 3 * x.size,
  });
}

/** The losses of all elements, in the shape of x. */
function eachElement(name: string, x: Operand, y: Operand, loss: ElementLoss): Operand {
  return new Operand(name, x.shape, [x, y], {
    calls: (out) => [loss.each(out)],
    gradient: (dOut) => {
      const dx = multiply(dOut, gradientOf(name, filled([], 1), x, y, loss, 1));
      return [dx, loss.targetGradient(dOut, dx, 1)];
    },
    overwrites: [0, 1],
    elementwise: true,
    flops: 3 * x.size,
  });
}

function gradientOf(name: string, dOut: Operand, x: Operand, y: Operand, loss: ElementLoss, factor: number): Operand {
  return new Operand(`${name}Gradient`, x.shape, [dOut, x, y], {
    calls: (dx) => [loss.gradient(dOut, dx, factor)],
    overwrites: [1, 2],
  });
}

/** @throws TypeError or ShapeError when prediction and target are not float32 of one shape */
export function requirePair(where: string, x: Operand, y: Operand): void {
  requireFloat(where, "the prediction", x);
  requireFloat(where, "the target", y);
  if (sameShape(x.shape, y.shape)) return;
  throw new ShapeError(`${where}: prediction and target must have one shape; got ${x} and ${y}`);
}

/** Checks before each run that targets from an input are `first` or `second`. */
export function requireEither(where: string, y: Operand, first: number, second: number): void {
  if (y instanceof Input) requireRange(y, { where, what: "targets", low: first, high: first, except: second });
}
