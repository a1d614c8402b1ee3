/** The values that numbers of an input may take: checked before a program runs, for kernels do not look. */
export interface Range {
  readonly where: string;
  /** What they are: `labels`. */
  readonly what: string;
  readonly low: number;
  /** Infinity asks for finite numbers. */
  readonly high: number;
  /** One further value that is allowed. */
  readonly except?: number;
  /** What to do about another value. */
  readonly advice?: string;
  /** Whether numbers are rounded toward 0 before they are used. Default: false. */
  readonly truncated?: boolean;
}

/** A range for some of an input's numbers. */
export interface PlacedRange extends Range {
  /** The indices of those numbers, each once; all where undefined. */
  readonly elements: Int32Array | undefined;
}

/** @throws RangeError when a number of `values`, or one of those at `elements`, is not among those that are allowed */
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

/** The same for rows that stand in any order: what holds for one number of a row holds for that of every row. */
export function requireRowsInRange(range: PlacedRange, values: ArrayLike<number>, rowSize: number): void {
  const columns = range.elements && unique(range.elements.map((i) => i % rowSize));
  if (!columns || columns.length === rowSize) return requireInRange(range, values);
  const rows = rowSize === 0 ? 0 : values.length / rowSize;
  const elements = new Float64Array(rows * columns.length);
  for (let i = 0; i < elements.length; i++) {
    const row = Math.floor(i / columns.length);
    elements[i] = row * rowSize + (columns[i % columns.length] ?? 0);
  }
  requireInRange(range, values, elements);
}

/** That a number is not among those that are allowed. */
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
