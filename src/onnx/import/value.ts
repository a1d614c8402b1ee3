import { FormatError, ShapeError } from "../../base/errors.ts";
import { type Shape, Tensor, printShape, sizeOf } from "../../base/tensor.ts";
import type { Operand } from "../../graph/operand.ts";
import { constant } from "../../ops/constant.ts";

/** Types of numbers in a graph, without their widths: operands are float32, int32, and float32 with 0 and 1. */
export type NumberType = "float" | "integer" | "boolean";

/** Numbers that are known: those of a float are float32, all others float64, which is exact for integers up to 2^53. */
export type Numbers = Float32Array | Float64Array;

/** Elements that are computed when a graph is traced, at most; results of more are computed by each run. */
export const MOST_FOLDED = 2 ** 16;

/** What a node takes or gives: numbers that are known when the graph is traced, or an operand. */
export class Value {
  #operand: Operand | undefined;

  private constructor(
    readonly type: NumberType,
    readonly shape: Shape,
    /** Undefined for numbers that each run computes. */
    readonly numbers: Numbers | undefined,
    operand: Operand | undefined,
  ) {
    this.#operand = operand;
  }

  static known(type: NumberType, shape: Shape, numbers: Numbers): Value {
    return new Value(type, shape, numbers, undefined);
  }

  /** @param type Default: that of the operand's dtype, never boolean. */
  static of(operand: Operand, type: NumberType = operand.dtype === "float32" ? "float" : "integer"): Value {
    return new Value(type, operand.shape, undefined, operand);
  }

  /** Known integers along one axis. */
  static integers(numbers: readonly number[], shape: Shape = [numbers.length]): Value {
    return Value.known("integer", shape, Float64Array.from(numbers));
  }

  get size(): number {
    return sizeOf(this.shape);
  }

  /** The numbers as an operand. @throws FormatError when a known integer does not fit in int32 */
  get operand(): Operand {
    return (this.#operand ??= constant(this.#tensor()));
  }

  /** `float [2, 3]` */
  toString(): string {
    return `${this.type} ${printShape(this.shape)}`;
  }

  #tensor(): Tensor {
    const { numbers = new Float64Array() } = this;
    if (this.type !== "integer") return new Tensor(this.shape, "float32", Float32Array.from(numbers));
    const wrong = numbers.find((each) => each !== (each | 0));
    if (wrong === undefined) return new Tensor(this.shape, "int32", Int32Array.from(numbers));
    throw new FormatError(`importOnnx: integers that are computed with must fit in int32; got ${wrong}`);
  }
}

/** Room for known numbers. */
export function roomFor(type: NumberType, size: number): Numbers {
  return type === "float" ? new Float32Array(size) : new Float64Array(size);
}

/** The shape to which shapes are broadcast. @throws ShapeError when they do not fit */
export function commonShape(where: string, shapes: readonly Shape[]): Shape {
  const rank = Math.max(0, ...shapes.map(({ length }) => length));
  return Array.from({ length: rank }, (_, axis) => {
    const extents = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1).filter((extent) => extent !== 1);
    const [first = 1] = extents;
    if (extents.every((extent) => extent === first)) return first;
    throw new ShapeError(`${where}: shapes must broadcast; got ${shapes.map(printShape).join(" and ")}`);
  });
}
