import { ShapeError, shown } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { ownNumbers } from "../../base/numbers.ts";
import { printShape } from "../../base/tensor.ts";

/**
 * Numbers that are to become those of `own`.
 * @throws ShapeError when there are not as many as it has
 * @throws TypeError when one is no number, or no whole one of 32 bits where `own` is int32
 */
export function numbersFor(where: string, own: Operand, values: ArrayLike<number>): ArrayLike<number> {
  const { dtype, shape, size } = own;
  const given: { readonly length?: unknown } = Object(values);
  if (given.length !== size) {
    const got = typeof given.length === "number" ? given.length : shown(values);
    throw new ShapeError(`${where}: what is assigned must be ${size} numbers for ${printShape(shape)}; got ${got}`);
  }
  if (ownNumbers(dtype, values)) return values;
  for (let i = 0; i < size; i++) {
    const value: unknown = values[i];
    if (typeof value === "number" && (dtype === "float32" || value === (value | 0))) continue;
    const what = dtype === "float32" ? "numbers" : "whole numbers of 32 bits";
    throw new TypeError(`${where}: what is assigned must be ${what}; got ${shown(value)} at index ${i}`);
  }
  return values;
}
