import { Operand } from "../../graph/operand.ts";
import { call } from "../../graph/call.ts";
import { sizeOf } from "../../base/tensor.ts";
import { requireFloat } from "../check.ts";
import { type Scalar, operandOf, pairOf } from "../constant.ts";
import { broadcast, filled, sumTo } from "../reduction/reduction.ts";
import {
  broadcastStrides,
  commonShape,
  fourLoops,
  offsetsOf,
  loopArguments,
  loopsOver,
  stridesOf,
} from "../shape/strided.ts";

/**
 * a where `condition` is not 0, else b, element by element. All three are broadcast. `condition` is float32, as from a comparison;
 * a and b are both float32 or both int32, or numbers. dOut flows to a where the condition is not 0 and to b elsewhere, and none to
 * the condition.
 * @throws ShapeError when shapes do not broadcast
 * @throws TypeError when the condition is not float32, or a and b differ in dtype
 */
export function where(condition: Operand, a: Scalar, b: Scalar): Operand {
  requireFloat("where", "the condition", condition);
  const opaque = [a, b].some((x) => x === Infinity || x === -Infinity);
  if (typeof a !== "number" || typeof b !== "number") return choose(condition, ...pairOf("where", a, b), opaque);
  const [first, second] = [operandOf("where", "a", a, condition), operandOf("where", "b", b, condition)];
  return choose(condition, first, second, opaque);
}

/** @param opaque whether a or b is an infinite number, so that the result is not checked to be finite */
function choose(condition: Operand, a: Operand, b: Operand, opaque = false): Operand {
  const both = commonShape("where", a, b);
  const shape = commonShape("where", condition, a, condition.shape, both);
  const ofCondition = broadcastStrides(condition.shape, shape);
  const ofA = broadcastStrides(a.shape, shape);
  const ofB = broadcastStrides(b.shape, shape);
  const four = fourLoops(loopsOver(shape, ofCondition, ofA, ofB), 3);
  if (!four) return choose(broadcast(condition, shape), broadcast(a, shape), broadcast(b, shape), opaque);
  return new Operand(
    "where",
    shape,
    [condition, a, b],
    {
      calls: (out) => [call("where", condition, a, b, out, ...loopArguments(four), ...stridesOf(four, 2))],
      gradient: (dOut) => {
        const none = filled([], 0);
        return [null, sumTo(choose(condition, dOut, none), a.shape), sumTo(choose(condition, none, dOut), b.shape)];
      },
      origins: (elements) => [
        [a, offsetsOf(shape, ofA, elements)],
        [b, offsetsOf(shape, ofB, elements)],
      ],
      opaque,
      overwrites: [0, 1, 2],
      elementwise: [condition, a, b].every(({ size }) => size === sizeOf(shape)),
    },
    a.dtype,
  );
}
