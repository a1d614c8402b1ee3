import { ShapeError } from "../errors.ts";
import { Input, Operand, requireRange } from "../graph/operand.ts";
import type { Call } from "../runtime/call.ts";
import { sameShape } from "../tensor.ts";
import { requireFloat } from "./check.ts";

/** How the losses of single elements become one number. */
export type Reduction = "mean" | "sum";

/** What a loss of pairs of elements is made of. */
interface ElementLoss {
  readonly value: (out: Operand) => Call;
  /** Fills dx, the gradient by the prediction. */
  readonly gradient: (dOut: Operand, dx: Operand) => Call;
  /** The gradient by the target, which may follow from that by the prediction; null where none flows. */
  readonly targetGradient: (dOut: Operand, dx: Operand) => Operand | null;
}

/** One number from the prediction x and the target y, element by element, both ways in one kernel call. */
export function elementLoss(
  name: string,
  where: string,
  x: Operand,
  y: Operand,
  { value, gradient, targetGradient }: ElementLoss,
): Operand {
  requirePair(where, x, y);
  return new Operand(name, [], [x, y], {
    calls: (out) => [value(out)],
    gradient: (dOut) => {
      const dx = new Operand(`${name}Gradient`, x.shape, [dOut, x, y], {
        calls: (out) => [gradient(dOut, out)],
        overwrites: [1, 2],
      });
      return [dx, targetGradient(dOut, dx)];
    },
    flops: 3 * x.size,
  });
}

/** Refuses a prediction and a target that are not floats of one shape. */
export function requirePair(where: string, x: Operand, y: Operand): void {
  requireFloat(where, "the prediction", x);
  requireFloat(where, "the target", y);
  if (sameShape(x.shape, y.shape)) return;
  throw new ShapeError(`${where}: prediction and target must have one shape; got ${x} and ${y}`);
}

/** Asks that targets be one of two numbers; those that come from an input are checked before each run. */
export function requireEither(where: string, y: Operand, first: number, second: number): void {
  if (y instanceof Input) requireRange(y, { where, what: "targets", low: first, high: first, except: second });
}

/** What the sum over `count` terms is multiplied by. */
export function factorOf(count: number, reduction: Reduction): number {
  return reduction === "mean" ? 1 / count : 1;
}
