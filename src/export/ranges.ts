import { Input, type Operand } from "../graph/operand.ts";
import { type PlacedRange, unique } from "../graph/range.ts";
import { sizeOf } from "../base/tensor.ts";

/** Values that numbers of an input must have: they are indices or lengths, and a file does not check them. */
export interface PortRange {
  readonly low: number;
  readonly high: number;
  /** One further value that is allowed. */
  readonly except?: number;
  /** Where those numbers are in each group of `of` numbers, usually a row. Default: all numbers. */
  readonly columns?: readonly number[];
  readonly of?: number;
}

/** The ranges of an input's integers, and of floats that become integers; each once. */
export function rangesOf(input: Operand): readonly PortRange[] {
  if (!(input instanceof Input)) return [];
  const found = input.ranges
    .filter(({ truncated }) => input.dtype === "int32" || truncated)
    .map((range) => portRange(range, input));
  return found.filter((range, i) => found.findIndex((other) => JSON.stringify(other) === JSON.stringify(range)) === i);
}

function portRange({ low, high, except, elements }: PlacedRange, { shape, size }: Operand): PortRange {
  const range = { low, high, ...(except !== undefined && { except }) };
  if (!elements) return range;
  const rowSize = sizeOf(shape.slice(1));
  const columns = unique(elements.map((i) => i % rowSize));
  const isInEachRow = columns.length * (size / rowSize) === elements.length;
  return {
    ...range,
    ...(isInEachRow ? { columns: Array.from(columns), of: rowSize } : { columns: Array.from(elements), of: size }),
  };
}
