import type { Row } from "../../row.ts";
import { isMissing } from "../column.ts";
import { cellOf } from "../table.ts";
import type { Key, Profile } from "./profile.ts";
import type { Task } from "./target.ts";

const LEAST_OF_VALUE = 5; // rows, on average: fewer agree by chance
const LEAST_OF_CLASS = 10; // rows
const EQUAL = 0.99999; // correlation
const OFTEN = 4096; // rows after which classes are compared

/** Why a column tells the target by itself, as one does that is known after it only; undefined if it does not. */
export type LeakFinder = (column: Profile) => string | undefined;

/** Finds columns that tell the target. */
export function leaksOf(rows: readonly Row[], target: Profile, task: Task): LeakFinder {
  const isNumber = task === "regression";
  const numbers = isNumber ? numbersOf(rows, target.name) : new Float64Array();
  const keys = rows.map(keyOf(target.name));
  return (column) => {
    const { name, type, counts, missing } = column;
    const values = column.rows - missing;
    if (counts && counts.size > 1 && counts.size <= values / LEAST_OF_VALUE && determines(rows, name, keys)) {
      return "each of its values has one value of the target";
    }
    if (type !== "number") return undefined;
    if (isNumber) return correlation(rows, name, numbers) > EQUAL ? "it is the target in other units" : undefined;
    return separates(rows, name, keys) ? "its numbers of one class are all below those of another" : undefined;
  };
}

/** Whether rows with one value of a column have one value of the target; missing is a value. */
function determines(rows: readonly Row[], name: string, targets: readonly Key[]): boolean {
  const key = keyOf(name);
  const found = new Map<Key, Key>();
  return rows.every((row, i) => {
    const [from, to = ""] = [key(row), targets[i]];
    const before = found.get(from);
    if (before === undefined && to !== "") found.set(from, to);
    return before === undefined || to === "" || before === to;
  });
}

/** Whether the numbers of each class, of enough rows, are in a range that overlaps with no other. */
function separates(rows: readonly Row[], name: string, targets: readonly Key[]): boolean {
  const number = numberOf(name);
  const ranges = new Map<Key, Range>();
  const areApart = rows.every((row, i) => {
    const [value, label = ""] = [number(row), targets[i]];
    if (label === "" || Number.isNaN(value)) return true;
    const range = ranges.get(label);
    if (!range) ranges.set(label, { low: value, high: value, count: 1 });
    else {
      if (value < range.low) range.low = value;
      if (value > range.high) range.high = value;
      range.count++;
    }
    // Ranges only grow: those that overlap now do so at the end.
    return i % OFTEN > 0 || apart(ranges);
  });
  const all = [...ranges.values()];
  return areApart && all.length > 1 && all.every(({ count }) => count >= LEAST_OF_CLASS) && apart(ranges);
}

/** The numbers of a class. */
interface Range {
  low: number;
  high: number;
  count: number;
}

function apart(ranges: ReadonlyMap<Key, Range>): boolean {
  const sorted = [...ranges.values()].toSorted((a, b) => a.low - b.low);
  return sorted.every(({ low }, i) => i === 0 || (sorted[i - 1]?.high ?? Infinity) < low);
}

/** The absolute correlation with y over the rows that have both; 0 for fewer than 10 of them. */
function correlation(rows: readonly Row[], name: string, y: Float64Array): number {
  const number = numberOf(name);
  let [count, meanX, meanY, xx, yy, xy] = [0, 0, 0, 0, 0, 0];
  rows.forEach((row, i) => {
    const [a, b = NaN] = [number(row), y[i]];
    if (!Number.isFinite(a - b)) return;
    count++;
    const [dx, dy] = [a - meanX, b - meanY];
    meanX += dx / count;
    meanY += dy / count;
    xx += dx * (a - meanX);
    yy += dy * (b - meanY);
    xy += dx * (b - meanY);
  });
  return count < LEAST_OF_CLASS || xx === 0 || yy === 0 ? 0 : Math.abs(xy) / Math.sqrt(xx * yy);
}

function numbersOf(rows: readonly Row[], name: string): Float64Array {
  return Float64Array.from(rows, numberOf(name));
}

/** The number of a cell; NaN for a missing one. */
function numberOf(name: string): (row: Row) => number {
  const cell = cellOf(name);
  return (row) => {
    const value = cell(row);
    return isMissing(value) ? NaN : Number(value);
  };
}

/** The category of a cell as a key; an empty text for a missing one. */
function keyOf(name: string): (row: Row) => Key {
  const cell = cellOf(name);
  return (row) => {
    const value = cell(row);
    if (isMissing(value)) return "";
    return typeof value === "number" ? value : String(value);
  };
}
