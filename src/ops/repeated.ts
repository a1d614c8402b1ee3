import { Operand } from "../graph/operand.ts";
import { call } from "../graph/call.ts";
import { sizeOf } from "../base/tensor.ts";
import { broadcast, sumTo } from "./reduction.ts";
import { broadcastStrides, commonShape, fourLoops, loopArguments, loopsOver } from "./strided.ts";

/** Kernels of two operands that are read by strides: assembly/repeated.ts. */
export type RepeatedKernel =
  | "equal"
  | "equalIntegers"
  | "notEqual"
  | "notEqualIntegers"
  | "less"
  | "lessIntegers"
  | "lessEqual"
  | "lessEqualIntegers"
  | "logicalAnd"
  | "logicalOr"
  | "maximum"
  | "minimum"
  | "maximumSlope"
  | "pow"
  | "powSlope";

/**
 * A float for each element of a and b, whose shapes are matched from their last axes on; an axis that one lacks, or has with
 * extent 1, is repeated for it.
 * @param gradient those by a and b in their common shape; Default: none flows
 * @throws ShapeError when shapes do not match
 */
export function repeated(
  name: string,
  kernel: RepeatedKernel,
  a: Operand,
  b: Operand,
  gradient?: (dOut: Operand, out: Operand) => readonly [Operand, Operand],
): Operand {
  const shape = commonShape(name, a, b);
  const four = fourLoops(loopsOver(shape, broadcastStrides(a.shape, shape), broadcastStrides(b.shape, shape)), 2);
  if (!four) return repeated(name, kernel, broadcast(a, shape), broadcast(b, shape), gradient);
  return new Operand(name, shape, [a, b], {
    calls: (out) => [call(kernel, a, b, out, ...loopArguments(four))],
    gradient: (dOut, out) => {
      if (!gradient) return [null, null];
      const [dA, dB] = gradient(dOut, out);
      return [sumTo(dA, a.shape), sumTo(dB, b.shape)];
    },
    overwrites: [0, 1],
    elementwise: a.size === b.size && a.size === sizeOf(shape),
  });
}
