import type { Cell } from "../../row.ts";

/** Date, and time with optional seconds and zone, of ISO 8601. */
const ISO =
  /^\s*(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)(?:[T ](?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d)(?:\.(?<share>\d{1,9}))?)?\s*(?<zone>Z|[+-]\d\d:?\d\d)?)?\s*$/i;

/** The moment of a Date or of a text of ISO 8601, in milliseconds since 1970; undefined for another cell. */
export function momentIn(cell: Cell): number | undefined {
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? undefined : cell.getTime();
  const parts = typeof cell === "string" ? ISO.exec(cell)?.groups : undefined;
  if (!parts) return undefined;
  const of = (name: string): number => Number(parts[name] ?? 0);
  const [year, month, day, hour, minute, second] = [
    of("year"),
    of("month"),
    of("day"),
    of("hour"),
    of("minute"),
    of("second"),
  ];
  const moment = new Date(0);
  moment.setUTCFullYear(year, month - 1, day);
  moment.setUTCHours(hour, minute, second, Math.floor(Number(`0.${parts["share"] ?? 0}`) * 1000));
  // The calendar rolls over what it lacks: February 30 would be March 1 or 2.
  const isReal =
    moment.getUTCMonth() === month - 1 &&
    moment.getUTCDate() === day &&
    moment.getUTCHours() === hour &&
    moment.getUTCMinutes() === minute &&
    moment.getUTCSeconds() === second;
  const offset = offsetOf(parts["zone"] ?? "Z");
  return isReal && offset !== undefined ? moment.getTime() - offset * 60_000 : undefined;
}

/** Minutes east of UTC; undefined for more than a day. */
function offsetOf(zone: string): number | undefined {
  if (zone.toUpperCase() === "Z") return 0;
  const digits = zone.replace(":", "");
  const [hours, minutes] = [Number(digits.slice(1, 3)), Number(digits.slice(3))];
  if (hours > 23 || minutes > 59) return undefined;
  return (digits.startsWith("-") ? -1 : 1) * (hours * 60 + minutes);
}
