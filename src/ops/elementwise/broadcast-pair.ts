import { Operand } from "../../graph/operand.ts";
import { call } from "../../graph/call.ts";
import { sizeOf } from "../../base/tensor.ts";
import { broadcast, sumTo } from "../reduction/reduction.ts";
import { broadcastStrides, commonShape, fourLoops, loopArguments, loopsOver } from "../shape/strided.ts";

/** Kernels that read two operands by strides. */
export type BroadcastKernel =
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
 * out[i] = kernel(a[i], b[i]), float32, with a and b broadcast to their common shape.
 * @param gradient the gradients by a and b, in the common shape. Default: none flows.
 * @throws ShapeError when shapes do not broadcast
 */
export function broadcastPair(
  name: string,
  kernel: BroadcastKernel,
  a: Operand,
  b: Operand,
  gradient?: (dOut: Operand, out: Operand) => readonly [Operand, Operand],
): Operand {
  const shape = commonShape(name, a, b);
  const loops = fourLoops(loopsOver(shape, broadcastStrides(a.shape, shape), broadcastStrides(b.shape, shape)), 2);
  if (!loops) return broadcastPair(name, kernel, broadcast(a, shape), broadcast(b, shape), gradient);
  return new Operand(name, shape, [a, b], {
    calls: (out) => [call(kernel, a, b, out, ...loopArguments(loops))],
    gradient: (dOut, out) => {
      if (!gradient) return [null, null];
      const [dA, dB] = gradient(dOut, out);
      return [sumTo(dA, a.shape), sumTo(dB, b.shape)];
    },
    overwrites: [0, 1],
    elementwise: a.size === b.size && a.size === sizeOf(shape),
  });
}
