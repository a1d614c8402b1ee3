/** Numbers for people: as many digits as say something. */
import { printCount, printPercent } from "../../base/print.ts";

export { printCount };

/** `97.5 %`; `–` for no number. */
export function percent(share: number | null, digits = 1): string {
  return share === null ? "–" : printPercent(share, digits);
}

/** A share at a tick of an axis, with the decimals that it has: `25 %`, `97.5 %`. */
export function tick(share: number): string {
  return `${Number((share * 100).toPrecision(4))} %`;
}

/** Four significant digits: `0.08137`, `1,234`, `1.2e-7`; `–` for no number. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return String(Number(value.toPrecision(3)));
  return value.toLocaleString("en", size >= 1000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 4 });
}

/** Numbers of a column with the same decimals: three digits of the least one, ten decimals at most. */
export function aligned(values: readonly (number | null)[]): (value: number | null) => string {
  const sizes = values.flatMap((value) => (value === null || value === 0 ? [] : [Math.abs(value)]));
  const least = sizes.reduce((low, size) => Math.min(low, size), Infinity);
  const decimals = Math.min(10, Math.max(0, 2 - Math.floor(Math.log10(least))));
  if (!Number.isFinite(least) || least < 1e-7 || values.every((value) => Number.isInteger(value))) return figure;
  return (value) => (value === null ? "–" : value.toFixed(decimals));
}

/** `41 s`, `3 min 12 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${figure(Number((seconds * 1000).toPrecision(2)))} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return joined(Math.floor(whole / 60), "min", whole % 60, "s");
  const minutes = Math.round(whole / 60);
  return joined(Math.floor(minutes / 60), "h", minutes % 60, "min");
}

function joined(first: number, unit: string, second: number, smaller: string): string {
  return `${printCount(first)} ${unit}${second > 0 ? ` ${second} ${smaller}` : ""}`;
}

/** `1 epoch`, `2,000 epochs`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${printCount(count)} ${count === 1 ? noun : plural}`;
}

/** `22 November 2026, 09:03 UTC` of an ISO 8601 time. */
export function moment(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const day = time.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  return `${day}, ${time.toISOString().slice(11, 16)} UTC`;
}

/** A value of JSON in a row of data: numbers with six digits. */
export function cell(value: unknown): string {
  return plain(typeof value === "number" ? Number(value.toPrecision(6)) : value);
}

/** A setting of JSON: texts as they are, numbers exactly. */
export function plain(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
