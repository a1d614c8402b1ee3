import { printCount, printShape } from "../terminal/numbers.ts";
import { table } from "../terminal/table.ts";

/** A tensor of a file. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** Numbers in all tensors. */
export function numbersIn(tensors: readonly TensorEntry[]): number {
  return tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/** A table of tensors, in their order. */
export function tensorTable(tensors: readonly TensorEntry[], columns: number): string {
  const rows = tensors.map(({ name, dtype, shape }) => [name, dtype, printShape(shape), printCount(sizeOf(shape))]);
  return table(["tensor", "dtype", "shape", "numbers"], rows, columns);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
