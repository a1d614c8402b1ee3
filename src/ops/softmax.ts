import { Operand } from "../graph/operand.ts";
import { call } from "../runtime/call.ts";
import { requireFloat, rowsAndColumns } from "./check.ts";

/** e^x / sum of e^x along the last axis. */
export function softmax(x: Operand): Operand {
  return alongRows("softmax", x);
}

/** x - log of the sum of e^x along the last axis. */
export function logSoftmax(x: Operand): Operand {
  return alongRows("logSoftmax", x);
}

function alongRows(kernel: "softmax" | "logSoftmax", x: Operand): Operand {
  requireFloat(kernel, "x", x);
  const [rows, columns] = rowsAndColumns(kernel, x);
  return new Operand(kernel, x.shape, [x], {
    calls: (out) => [call(kernel, x, out, rows, columns)],
    gradient: (dOut, out) => [
      new Operand(`${kernel}Gradient`, x.shape, [dOut, out], {
        calls: (dx) => [call(`${kernel}Gradient`, dOut, out, dx, rows, columns)],
        flops: 4 * x.size,
      }),
    ],
    flops: 4 * x.size,
  });
}
