import type { Cell } from "../row.ts";

/** What the cells of a column are: text is kept as it is. */
export type ColumnType = "number" | "text" | "date" | "boolean";

const NUMBER = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf|infinity)$/i;
const WHOLE = /^[+-]?\d+$/;
const LEADING_ZERO = /^[+-]?0\d/;
const DATE = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(Z|[+-]\d\d:?\d\d)?$/;
const WORDS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["yes", true],
  ["1", true],
  ["false", false],
  ["no", false],
  ["0", false],
]);

/** What cells of a type must be, for messages. */
export const DESCRIPTIONS: Readonly<Record<ColumnType, string>> = {
  number: "a number",
  text: "text",
  date: "a date of ISO 8601, as 2024-05-31 or 2024-05-31T12:00:00Z",
  boolean: "true or false, yes or no, 1 or 0",
};

/** The value of a cell that is not missing; undefined for text that is none of the type. */
export function converted(text: string, type: ColumnType): Cell {
  if (type === "text") return text;
  const trimmed = text.trim();
  if (type === "number") return numberOf(trimmed);
  return type === "date" ? dateOf(trimmed) : WORDS.get(trimmed.toLowerCase());
}

/**
 * Whether text is a number that loses nothing as one: digits with leading zeros, as of postal codes, and whole numbers
 * beyond 2^53, as of keys, are text.
 */
export function isPlainNumber(text: string): boolean {
  const trimmed = text.trim();
  if (!NUMBER.test(trimmed) || LEADING_ZERO.test(trimmed)) return false;
  return !WHOLE.test(trimmed) || Number.isSafeInteger(Number(trimmed));
}

function numberOf(text: string): number | undefined {
  if (!NUMBER.test(text)) return undefined;
  if (!/i/i.test(text)) return Number(text);
  return text.startsWith("-") ? -Infinity : Infinity;
}

/** A date without a zone is UTC, on every machine. */
function dateOf(text: string): Date | undefined {
  const match = DATE.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
  const milliseconds = Math.floor(Number(`0.${match[7] ?? 0}`) * 1000);
  const date = new Date(0);
  date.setUTCFullYear(year ?? 0, (month ?? 0) - 1, day);
  date.setUTCHours(hour ?? 0, minute, second, milliseconds);
  // A date that does not exist, as February 30, became another one.
  const isSame = date.getUTCMonth() + 1 === month && date.getUTCDate() === day && date.getUTCHours() === hour;
  const isTime = (minute ?? 0) < 60 && (second ?? 0) < 60;
  return isSame && isTime ? new Date(date.getTime() - offsetOf(match[8])) : undefined;
}

/** Milliseconds of a zone: `+01:00`. */
function offsetOf(zone = "Z"): number {
  if (zone === "Z") return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith("-") ? -minutes : minutes) * 60_000;
}
