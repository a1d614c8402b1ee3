import { barOf } from "../terminal/bars.ts";
import type { Style } from "../terminal/terminal.ts";
import type { Case } from "./contender.ts";
import type { Result } from "./rounds.ts";

const NAME = 12; // columns
const VALUE = 17;
const REMARK = 21;

/** Bars of one case, labelled with time and ratio, in `columns` of a terminal. */
export function chart({ title, unit }: Case, results: readonly Result[], columns: number, style: Style): string {
  const room = Math.max(8, Math.min(columns, 100) - 2 - NAME - VALUE - REMARK);
  const lengths = results.map(({ seconds }) => (unit === "steps/s" ? 1 / seconds : seconds));
  const longest = Math.max(...lengths);
  const rows = results.map((result, i) => {
    const bar = barOf(((lengths[i] ?? 0) / longest) * room).padEnd(room);
    const line = `  ${result.contender.padEnd(NAME)}${i === 0 ? style.green(bar) : style.dim(bar)}${shownTime(result.seconds, unit).padStart(VALUE - 1)}`;
    return `${line} ${i === 0 ? "" : shownRatio(result)}`.trimEnd();
  });
  return [
    `${style.bold(title)}  ${style.dim(unit === "steps/s" ? "longer is better" : "shorter is better")}`,
    ...rows,
  ].join("\n");
}

/** A time in the unit of its case: `4.13 ms`. */
function shownTime(seconds: number, unit: Case["unit"]): string {
  const value = { ms: seconds * 1e3, us: seconds * 1e6, "steps/s": 1 / seconds }[unit];
  return `${shownNumber(value)} ${unit}`;
}

/** Three digits. */
function shownNumber(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return rounded >= 1000 ? rounded.toLocaleString("en-US") : String(rounded);
}

function shownRatio({ ratio }: Result): string {
  const isSlower = ratio.median >= 1;
  const times = isSlower ? ratio.median : 1 / ratio.median;
  return `${Number(times.toPrecision(3))} times ${isSlower ? "slower" : "faster"}`;
}
