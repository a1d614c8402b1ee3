import { type Attributes, Operand } from "../../graph/operand.ts";
import type { Call } from "../../graph/call.ts";
import { requireFloat } from "../check.ts";

/** A function of each element of x; `apply` is the same function, for a selection of the columns of x. */
export function activation(
  operation: string,
  x: Operand,
  apply: (part: Operand) => Operand,
  forward: (out: Operand) => Call,
  gradient: (dOut: Operand, out: Operand) => Operand,
  attributes: Attributes = {},
): Operand {
  requireFloat(operation, "x", x);
  return new Operand(operation, x.shape, [x], {
    calls: (out) => [forward(out)],
    gradient: (dOut, out) => [gradient(dOut, out)],
    onColumns: (columns) => apply(columns.of(x)),
    overwrites: [0],
    elementwise: true,
    attributes,
  });
}

/** The gradient of a function of each element, from dOut and from x or the result. */
export function activationGradient(
  operation: string,
  inputs: readonly [Operand, Operand],
  forward: (dx: Operand) => Call,
): Operand {
  return new Operand(operation, inputs[0].shape, inputs, {
    calls: (dx) => [forward(dx)],
    overwrites: [0, 1],
    elementwise: true,
  });
}
