/** The values that numbers of an input may take. They are checked before a program runs, because kernels do not check. */
export interface Range {
  readonly where: string;
  /** The name of the numbers: `labels`. */
  readonly what: string;
  readonly low: number;
  /** Infinity means any finite number. */
  readonly high: number;
  /** One further value that is allowed. */
  readonly except?: number;
  /** Advice for the error message. */
  readonly advice?: string;
  /** Whether numbers are rounded toward 0 before they are used. Default: false. */
  readonly truncated?: boolean;
}

/** A range for some of an input's numbers. */
export interface PlacedRange extends Range {
  /** The indices of those numbers, each once; all where undefined. */
  readonly elements: Int32Array | undefined;
}

/** @throws RangeError when a number of `values`, or one of those at `elements`, is out of the range */
export function requireInRange(range: Range, values: ArrayLike<number>, elements?: ArrayLike<number>): void {
  const { low, high, except, truncated } = range;
  const count = elements ? elements.length : values.length;
  for (let at = 0; at < count; at++) {
    const i = elements ? (elements[at] ?? 0) : at;
    const value = values[i] ?? NaN;
    const used = truncated ? Math.trunc(value) : value;
    if ((used >= low && used <= high && used !== Infinity) || used === except) continue;
    throw rangeError(range, value, i);
  }
}

/** The same for rows in any order: a range of one number of a row is a range of that number in every row. */
export function requireRowsInRange(range: PlacedRange, values: ArrayLike<number>, rowSize: number): void {
  const columns = range.elements && unique(range.elements.map((i) => i % rowSize));
  if (!columns || columns.length === rowSize) return requireInRange(range, values);
  const elements = new Float64Array((values.length / rowSize) * columns.length);
  for (let i = 0; i < elements.length; i++) {
    const row = Math.floor(i / columns.length);
    elements[i] = row * rowSize + (columns[i % columns.length] ?? 0);
  }
  requireInRange(range, values, elements);
}

/** The error for a number out of its range. */
export function rangeError(range: Range, value: number, index: number): RangeError {
  const hint = range.advice === undefined ? "" : ` (${range.advice})`;
  return new RangeError(
    `${range.where}: ${range.what} must be ${printRange(range)}; got ${value} at index ${index}${hint}`,
  );
}

/** `from 0 to 9 or -100` */
export function printRange({ low, high, except }: Range): string {
  const other = except === undefined ? "" : ` or ${except}`;
  const bounds = high === Infinity ? `finite numbers of at least ${low}` : `from ${low} to ${high}`;
  return `${low === high ? low : bounds}${other}`;
}

/** The same indices, each once and in order. */
export function unique(elements: Int32Array): Int32Array {
  return Int32Array.from(new Set(elements)).toSorted();
}
