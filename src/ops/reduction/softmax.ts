import { Operand } from "../../graph/operand.ts";
import { call } from "../../graph/call.ts";
import { frontAxis, requireFloat, rowsAndColumns } from "../check.ts";
import { moveAxis } from "../shape/permute.ts";

/** e^x / Σ e^x, the sum along an axis. Default: the last. */
export function softmax(x: Operand, axis = -1): Operand {
  return overAxis("softmax", x, axis);
}

/** x - log Σ e^x, the sum along an axis. Default: the last. */
export function logSoftmax(x: Operand, axis = -1): Operand {
  return overAxis("logSoftmax", x, axis);
}

function overAxis(kernel: "softmax" | "logSoftmax", x: Operand, axis: number): Operand {
  requireFloat(kernel, "x", x);
  const last = x.shape.length - 1;
  const front = frontAxis(kernel, x, axis);
  return moveAxis(overColumns(kernel, moveAxis(x, front, last)), last, front);
}

function overColumns(kernel: "softmax" | "logSoftmax", x: Operand): Operand {
  const [rows, columns] = rowsAndColumns(kernel, x);
  return new Operand(kernel, x.shape, [x], {
    calls: (out) => [call(kernel, x, out, rows, columns)],
    gradient: (dOut, out) => [gradientOf(kernel, dOut, out, rows, columns)],
    flops: 4 * x.size,
  });
}

/** The gradient by x of `out`, the softmax or its logarithm along the columns of [rows, columns]. */
export function gradientOf(
  kernel: "softmax" | "logSoftmax",
  dOut: Operand,
  out: Operand,
  rows: number,
  columns: number,
): Operand {
  return new Operand(`${kernel}Gradient`, out.shape, [dOut, out], {
    calls: (dx) => [call(`${kernel}Gradient`, dOut, out, dx, rows, columns)],
    flops: 4 * out.size,
  });
}
