import { Operand, type Rule } from "../graph/operand.ts";
import { Variable } from "../memory/variable.ts";
import { type Dtype, Tensor, type TensorLike, tensor, tensorOf } from "../base/tensor.ts";
import { requireNumber, requireOperand } from "./check.ts";
import { filled } from "./reduction/reduction.ts";

/** A variable that is never written again. */
class Constant extends Variable<Dtype> {
  override readonly rule: Rule;

  constructor({ shape, dtype, data }: Tensor) {
    super("constant", shape, dtype);
    this.write().set(data);
    const known = data instanceof Int32Array ? { known: data.slice() } : {};
    this.rule = { calls: () => [], viewOffset: 0, flops: 0, ...known };
  }
}

/**
 * An operand with the values of a tensor, float32 or int32. The values are copied at once: later changes of the tensor have no
 * effect. No gradient flows to it.
 *
 * In a `forward` the values are copied once for each program; in the constructor of a layer they are copied only once.
 * @throws TypeError when `values` is not a tensor
 */
export function constant(values: TensorLike): Operand {
  const given = values instanceof Tensor ? values : tensorOf(values);
  if (given instanceof Tensor) return new Constant(given);
  throw new TypeError(`constant: values must be a tensor, as tensor([1, 2]) gives; got ${given}`);
}

/** An operand, or a number that is broadcast to the shape of the other operand. */
export type Scalar = Operand | number;

/**
 * a and b as operands of one dtype; a number becomes an operand of the dtype of the other.
 * @throws TypeError when both are numbers, dtypes differ, or a fraction meets int32
 */
export function pairOf(
  where: string,
  a: Scalar,
  b: Scalar,
  names: readonly [string, string] = ["a", "b"],
): readonly [Operand, Operand] {
  if (typeof a === "number" && typeof b === "number") {
    throw new TypeError(`${where}: ${names.join(" or ")} must be an operand; got the numbers ${a} and ${b}`);
  }
  const first = operandOf(where, names[0], a, b);
  const second = operandOf(where, names[1], b, a);
  if (first.dtype === second.dtype) return [first, second];
  throw new TypeError(
    `${where}: ${names.join(" and ")} must have one dtype, as ops.cast(x, dtype) gives; got ${first.dtype} ${first} and ${second.dtype} ${second}`,
  );
}

/** x as an operand; a number gets the dtype of `other`. */
export function operandOf(where: string, name: string, x: Scalar, other: Scalar): Operand {
  if (typeof x !== "number") {
    requireOperand(where, name, x);
    return x;
  }
  const isInteger = other instanceof Operand && other.dtype === "int32";
  return scalarOf(where, name, x, isInteger ? "int32" : "float32");
}

/** An operand of one element. */
function scalarOf(where: string, name: string, value: number, dtype: Dtype): Operand {
  requireNumber(where, name, value);
  if (dtype === "float32") return filled([], value);
  if (value === (value | 0)) return new Constant(tensor(value, [], "int32"));
  throw new TypeError(`${where}: ${name} must be a whole number of 32 bits beside int32; got ${value}`);
}
