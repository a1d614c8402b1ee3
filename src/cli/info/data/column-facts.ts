import { Tensor } from "lanegrad";
import type { Row } from "lanegrad/data";
import { momentIn } from "./moment.ts";

/** What the cells of a column are; "mixed" for several kinds, "empty" if all are missing. */
export type CellType = "number" | "text" | "boolean" | "date" | "image" | "mixed" | "empty";

/** The numbers of a column, or the moments of its dates in milliseconds since 1970. */
export interface Spread {
  readonly low: number;
  readonly lowerQuartile: number;
  readonly median: number;
  readonly upperQuartile: number;
  readonly high: number;
  /** Counts in 8 equal parts of the range. */
  readonly histogram: readonly number[];
}

/** A value and in how many rows it is. */
export interface ValueCount {
  readonly value: string;
  readonly count: number;
}

export interface ColumnFacts {
  readonly name: string;
  readonly type: CellType;
  readonly missing: number;
  /** Count of different values; of images that of their shapes. */
  readonly distinct: number;
  /** Of numbers and dates; null for others. */
  readonly spread: Spread | null;
  /** The most frequent values of others, or shapes of images; most frequent first. */
  readonly frequent: readonly ValueCount[];
}

const BINS = 8;
const MOST_FREQUENT = 5;

export function columnFactsOf(rows: readonly Row[], name: string): ColumnFacts {
  const cells = cellsOf(rows, name);
  const { numbers, counts, known } = cells;
  const type = typeOf(cells);
  const missing = rows.length - known;
  if (type === "number" || type === "date") {
    const sorted = type === "number" ? numbers.toSorted() : momentsIn(counts, known);
    const distinct = type === "number" ? differentIn(sorted) : counts.size;
    return { name, type, missing, distinct, spread: spreadOf(sorted), frequent: [] };
  }
  const all = countsIn(cells);
  return { name, type, missing, distinct: all.size, spread: null, frequent: frequentIn(all, MOST_FREQUENT) };
}

/** All values of a column and in how many rows they are, most frequent first; missing ones are left out. */
export function valueCounts(rows: readonly Row[], name: string): readonly ValueCount[] {
  return frequentIn(countsIn(cellsOf(rows, name)), Infinity);
}

/** The cells of a column that are not missing. */
interface Cells {
  readonly known: number;
  /** The finite numbers. */
  readonly numbers: Float64Array;
  /** How often other values are there, as text: dates as ISO 8601, images by their shapes. */
  readonly counts: ReadonlyMap<string, number>;
  /** The types of other values. */
  readonly types: ReadonlySet<CellType>;
}

function cellsOf(rows: readonly Row[], name: string): Cells {
  const numbers = new Float64Array(rows.length);
  const counts = new Map<string, number>();
  const types = new Set<CellType>();
  let [known, length] = [0, 0];
  for (const row of rows) {
    const cell = Object.hasOwn(row, name) ? row[name] : undefined;
    if (cell === null || cell === undefined || cell === "") continue;
    known++;
    const number = typeof cell === "bigint" ? Number(cell) : cell;
    if (typeof number === "number" && Number.isFinite(number)) {
      numbers[length++] = number;
      continue;
    }
    const [type, text] = textOf(cell);
    types.add(type);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return { known, numbers: numbers.subarray(0, length), counts, types };
}

function textOf(cell: Exclude<Row[string], null | undefined>): readonly [CellType, string] {
  if (typeof cell === "string") return ["text", cell];
  if (typeof cell === "boolean") return ["boolean", String(cell)];
  if (cell instanceof Tensor) return ["image", cell.shape.join(" x ")];
  if (cell instanceof Date) return ["date", Number.isNaN(cell.getTime()) ? "invalid date" : cell.toISOString()];
  return ["mixed", String(cell)]; // NaN and infinities
}

function typeOf({ numbers, counts, types }: Cells): CellType {
  if (counts.size === 0) return numbers.length > 0 ? "number" : "empty";
  if (numbers.length > 0) return "mixed";
  const areTexts = [...types].every((type) => type === "text" || type === "date");
  if (areTexts && [...counts.keys()].every((text) => momentIn(text) !== undefined)) return "date";
  const [first = "mixed", ...more] = types;
  return more.length > 0 ? "mixed" : first;
}

/** How often each value is there, numbers among them. */
function countsIn({ numbers, counts }: Cells): ReadonlyMap<string, number> {
  if (numbers.length === 0) return counts;
  const all = new Map(counts);
  for (const number of numbers) all.set(String(number), (all.get(String(number)) ?? 0) + 1);
  return all;
}

function frequentIn(counts: ReadonlyMap<string, number>, most: number): readonly ValueCount[] {
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, most);
}

function momentsIn(counts: ReadonlyMap<string, number>, known: number): Float64Array {
  const moments = new Float64Array(known);
  let at = 0;
  for (const [text, count] of counts) moments.fill(momentIn(text) ?? NaN, at, (at += count));
  return moments.toSorted();
}

function differentIn(sorted: Float64Array): number {
  let count = 0;
  sorted.forEach((value, i) => (count += Number(i === 0 || value !== sorted[i - 1])));
  return count;
}

function spreadOf(sorted: Float64Array): Spread {
  const [low = NaN, high = NaN] = [sorted[0], sorted.at(-1)];
  const histogram = Array.from({ length: BINS }, () => 0);
  for (const value of sorted) {
    const bin = high > low ? Math.min(BINS - 1, Math.floor((value - low) / ((high - low) / BINS))) : 0;
    histogram[bin] = (histogram[bin] ?? 0) + 1;
  }
  const at = (share: number): number => quantile(sorted, share);
  return { low, lowerQuartile: at(0.25), median: at(0.5), upperQuartile: at(0.75), high, histogram };
}

/** Interpolated linearly, as `numpy.quantile` does. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const [below = NaN, above = NaN] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return below + (above - below) * (place - Math.floor(place));
}
