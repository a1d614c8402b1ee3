import { tensorOf } from "../../../base/tensor.ts";
import type { Cell, Row } from "../../row.ts";
import { isPlainNumber } from "../../text/convert.ts";
import { Problem, isMissing } from "../column.ts";
import { boolean, number } from "../columns/index.ts";
import { momentIn } from "../columns/moment.ts";
import { cellOf } from "../table.ts";

/** A value that is counted: a number, or another one as text. */
export type Key = number | string;

/** What the cells of a column are. No part of it depends on the order of the rows. */
export interface Profile {
  readonly name: string;
  /** Count of all rows. */
  readonly rows: number;
  readonly missing: number;
  /** What all cells can be read as; "none" if all are missing, "other" if no kind of column takes them. */
  readonly type: "none" | "number" | "boolean" | "date" | "text" | "image" | "other";
  /** How often each value is in the column; undefined for dates and images, and for more than 1024 different numbers. */
  readonly counts: ReadonlyMap<Key, number> | undefined;
  /** Whether no value is there twice. Known for texts and whole numbers. */
  readonly isUnique: boolean;
  readonly numbers: Readonly<NumberRange>;
  readonly dates: Readonly<DateRange>;
  /** How often each shape of an image is there. */
  readonly shapes: ReadonlyMap<string, ShapeCount>;
}

interface NumberRange {
  low: number;
  high: number;
  isWhole: boolean;
  /** Count of NaN, infinities and numbers beyond float32. */
  notFinite: number;
}

interface DateRange {
  /** Milliseconds since 1970. */
  first: number;
  last: number;
  /** Milliseconds of the day. */
  earliest: number;
  latest: number;
}

interface ShapeCount {
  readonly shape: readonly number[];
  count: number;
}

const MOST_NUMBERS = 1024; // different ones that are counted
const DAY = 86_400_000; // milliseconds

const NUMBER = number({ missing: "mean" }).kind;
const BOOLEAN = boolean({ missing: "slot" }).kind;

/** Looks at all cells of a column, once. */
export function profileOf(rows: readonly Row[], name: string): Profile {
  const cell = cellOf(name);
  const cells = new Cells();
  for (const row of rows) cells.add(cell(row));
  return { name, rows: rows.length, ...cells.profile() };
}

/** What was found in cells so far. */
class Cells {
  readonly #cells = { missing: 0, number: 0, text: 0, date: 0, image: 0, other: 0 };
  /** Whether all texts, big integers and booleans are of this kind. */
  readonly #texts = { number: true, boolean: true, date: true };
  readonly #numbers: NumberRange = { low: Infinity, high: -Infinity, isWhole: true, notFinite: 0 };
  readonly #dates: DateRange = { first: Infinity, last: -Infinity, earliest: Infinity, latest: -Infinity };
  readonly #shapes = new Map<string, ShapeCount>();
  readonly #textCounts = new Map<Key, number>();
  readonly #numberCounts = new Map<Key, number>();
  /** Numbers after the first 1024 different ones, until one is there twice. */
  readonly #more = new Set<number>();
  #isTwice = false;

  add(cell: Cell): void {
    if (isMissing(cell)) this.#cells.missing++;
    else if (typeof cell === "number") this.#addNumber(cell);
    else if (cell instanceof Date) this.#addDate(cell);
    else if (typeof cell === "object") this.#addImage(cell);
    else if (typeof cell === "string" || typeof cell === "boolean" || typeof cell === "bigint") this.#addText(cell);
    else this.#cells.other++;
  }

  profile(): Omit<Profile, "name" | "rows"> {
    const type = this.#type();
    const counts = this.#counts(type);
    const { number: numberCells, text } = this.#cells;
    const isUnique = counts
      ? counts.size === numberCells + text
      : this.#numbers.isWhole && !this.#isTwice && this.#textCounts.size === text && text * numberCells === 0;
    const [numbers, dates, shapes] = [this.#numbers, this.#dates, this.#shapes];
    return { missing: this.#cells.missing, type, counts, isUnique, numbers, dates, shapes };
  }

  #type(): Profile["type"] {
    const { number: numbers, text, date, image, other } = this.#cells;
    const all = numbers + text + date + image + other;
    if (all === 0) return "none";
    if (image === all) return "image";
    if (date + text === all && this.#texts.date) return "date";
    if (date + image + other > 0) return "other";
    if (this.#texts.number) return "number";
    if (this.#numbers.notFinite > 0) return "other";
    const { low, high, isWhole } = this.#numbers;
    const areBits = numbers === 0 || (isWhole && low >= 0 && high <= 1);
    return this.#texts.boolean && areBits ? "boolean" : "text";
  }

  /** A number and its text are one category. */
  #counts(type: Profile["type"]): ReadonlyMap<Key, number> | undefined {
    if (type === "date" || type === "image" || this.#numberCounts.size > MOST_NUMBERS) return undefined;
    if (this.#textCounts.size === 0) return this.#numberCounts;
    if (this.#numberCounts.size === 0 && type !== "number") return this.#textCounts;
    const merged = new Map<Key, number>();
    for (const [key, count] of [...this.#numberCounts, ...this.#textCounts]) {
      const same = type === "number" ? Number(key) : String(key);
      merged.set(same, (merged.get(same) ?? 0) + count);
    }
    return type === "number" && merged.size > MOST_NUMBERS ? undefined : merged;
  }

  #addNumber(value: number): void {
    this.#cells.number++;
    this.#addToRange(value);
    const counts = this.#numberCounts;
    if (counts.size <= MOST_NUMBERS) {
      const count = counts.get(value) ?? 0;
      counts.set(value, count + 1);
      if (count > 0) this.#isTwice = true;
    } else if (!this.#isTwice && this.#numbers.isWhole) {
      const { size } = this.#more;
      this.#isTwice = counts.has(value) || this.#more.add(value).size === size;
      if (this.#isTwice) this.#more.clear();
    }
  }

  #addText(cell: string | bigint | boolean): void {
    this.#cells.text++;
    const text = String(cell);
    const count = this.#textCounts.get(text) ?? 0;
    this.#textCounts.set(text, count + 1);
    if (count > 0) return;
    const areTexts = this.#texts;
    if (areTexts.number) {
      const value = typeof cell !== "boolean" && isPlainNumber(text) ? NUMBER.read(text) : undefined;
      areTexts.number = typeof value === "number";
      if (typeof value === "number") this.#addToRange(value);
    }
    areTexts.boolean &&= !(BOOLEAN.read(cell) instanceof Problem);
    areTexts.date &&= typeof cell === "string" && this.#addMoment(cell);
  }

  #addToRange(value: number): void {
    const range = this.#numbers;
    if (!Number.isFinite(Math.fround(value))) {
      range.notFinite++;
      return;
    }
    if (value < range.low) range.low = value;
    if (value > range.high) range.high = value;
    range.isWhole &&= Number.isInteger(value);
  }

  #addDate(cell: Date): void {
    this.#cells[this.#addMoment(cell) ? "date" : "other"]++;
  }

  #addMoment(cell: Date | string): boolean {
    const moment = momentIn(cell);
    if (moment === undefined) return false;
    const range = this.#dates;
    const time = moment - Math.floor(moment / DAY) * DAY;
    range.first = Math.min(range.first, moment);
    range.last = Math.max(range.last, moment);
    range.earliest = Math.min(range.earliest, time);
    range.latest = Math.max(range.latest, time);
    return true;
  }

  #addImage(cell: object): void {
    const tensor = tensorOf(cell);
    if (typeof tensor === "string" || tensor.dtype !== "float32" || tensor.shape.length !== 3 || tensor.size === 0) {
      this.#cells.other++;
      return;
    }
    this.#cells.image++;
    const name = tensor.shape.join(" x ");
    const found = this.#shapes.get(name);
    if (found) found.count++;
    else this.#shapes.set(name, { shape: tensor.shape, count: 1 });
  }
}
