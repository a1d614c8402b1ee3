import { Operand } from "../../graph/operand.ts";
import { call } from "../../graph/call.ts";
import { sizeOf } from "../../base/tensor.ts";
import { requireFloat } from "../check.ts";
import { type Scalar, operandOf, pairOf } from "../constant.ts";
import { broadcast, filled, sumTo } from "../reduction.ts";
import {
  broadcastStrides,
  commonShape,
  fourLoops,
  indicesBy,
  loopArguments,
  loopsOver,
  stridesOf,
} from "../strided.ts";

/**
 * a where `condition` is not 0, else b, element by element. `condition` is float32, as comparisons give; a and b are both
 * float32 or both int32, or numbers. Each gets the gradient where it was taken, else 0; none flows to the condition. Shapes are
 * matched from their last axes on; an axis that one lacks, or has with extent 1, is repeated for it.
 * @throws ShapeError when shapes do not match
 * @throws TypeError when the condition is not float32, or a and b differ in dtype
 */
export function where(condition: Operand, a: Scalar, b: Scalar): Operand {
  requireFloat("where", "the condition", condition);
  const opaque = [a, b].some((each) => each === Infinity || each === -Infinity);
  if (typeof a !== "number" || typeof b !== "number") return choose(condition, ...pairOf("where", a, b), opaque);
  const [first, second] = [operandOf("where", "a", a, condition), operandOf("where", "b", b, condition)];
  return choose(condition, first, second, opaque);
}

/** @param opaque whether a or b is an infinite number, which then is meant */
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
        [a, indicesBy(shape, ofA, elements)],
        [b, indicesBy(shape, ofB, elements)],
      ],
      opaque,
      overwrites: [0, 1, 2],
      elementwise: [condition, a, b].every(({ size }) => size === sizeOf(shape)),
    },
    a.dtype,
  );
}
