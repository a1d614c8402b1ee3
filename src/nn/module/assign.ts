import { ShapeError, shown } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { ownNumbers } from "../../base/numbers.ts";
import { printShape } from "../../base/tensor.ts";

/**
 * Validates numbers to be assigned to `own`.
 * @throws ShapeError when their number is not the size of `own`
 * @throws TypeError when one is not a number or, for int32, not a whole number of 32 bits
 */
export function numbersFor(where: string, own: Operand, values: ArrayLike<number>): ArrayLike<number> {
  const { dtype, shape, size } = own;
  const given: { readonly length?: unknown } = Object(values);
  if (given.length !== size) {
    const got = typeof given.length === "number" ? given.length : shown(values);
    throw new ShapeError(`${where}: values must be ${size} numbers for ${printShape(shape)}; got ${got}`);
  }
  if (ownNumbers(dtype, values)) return values;
  for (let i = 0; i < size; i++) {
    const value: unknown = values[i];
    if (typeof value === "number" && (dtype === "float32" || value === (value | 0))) continue;
    const expected = dtype === "float32" ? "numbers" : "whole numbers of 32 bits";
    throw new TypeError(`${where}: values must be ${expected}; got ${shown(value)} at index ${i}`);
  }
  return values;
}
