import { requireArray, requireOneOf, requireSwitch } from "../../../base/errors.ts";
import { withDefaults } from "../../../base/options.ts";
import type { Cell } from "../../row.ts";
import { Column, type Encoder, NO_VALUES, Problem, isMissing, missingProblem, problem } from "../column.ts";
import { momentIn } from "./moment.ts";
import { type Affine, affineOf, restoreAffines } from "./scale.ts";

/**
 * What is taken of a date, in UTC. `year` and `time`, the days since 1970 with their fraction, are standardized over the training
 * rows; the others are the share of their period that has passed, from 0 to below 1: `month` of the year, `day` of a month of 31
 * days, `weekday` of the week from Monday, `dayOfYear` of 366, `hour` of the day, `minute` of the hour.
 */
export type DatePart = "year" | "month" | "day" | "weekday" | "dayOfYear" | "hour" | "minute" | "time";

export interface DateOptions {
  /** Default: ["time"]. */
  readonly parts?: readonly DatePart[];
  /** Whether parts with a period are their sine and cosine, so that December is near January. Default: false. */
  readonly cyclic?: boolean;
  /** What a missing date becomes: zeros, and 1 in a feature of its own, or an error. Default: "refuse". */
  readonly missing?: "refuse" | "slot";
}

const DAY = 86_400_000; // milliseconds

/** Parts that repeat, as shares of their period. */
const PERIODIC: Readonly<Record<string, (date: Date) => number>> = {
  month: (date) => date.getUTCMonth() / 12,
  day: (date) => (date.getUTCDate() - 1) / 31,
  weekday: (date) => ((date.getUTCDay() + 6) % 7) / 7,
  dayOfYear: (date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0)) / DAY) / 366,
  hour: (date) => date.getUTCHours() / 24,
  minute: (date) => date.getUTCMinutes() / 60,
};

/** Parts that do not. */
const GROWING: Readonly<Record<string, (date: Date) => number>> = {
  year: (date) => date.getUTCFullYear(),
  time: (date) => date.getTime() / DAY,
};

/**
 * A column of dates. Cells are Dates, or texts of ISO 8601: `2024-02-29`, `2024-02-29T13:45`, with seconds, `Z` or `+01:00`. A text
 * without zone is in UTC, so that features are the same on every machine. A date that the calendar lacks does not fit.
 *
 * Shape: one feature for each part, two for those with a period if `cyclic`, and with `missing` "slot" one more.
 *
 * @throws RangeError or TypeError when an option is unknown or of the wrong kind, or parts are none or repeated
 */
export function date(options: DateOptions = {}): Column<"features", "none"> {
  const where = "column.date";
  const filled = withDefaults(where, options, {
    parts: ["time"] as readonly DatePart[],
    cyclic: false,
    missing: "refuse",
  });
  const { parts, cyclic, missing } = filled;
  requireArray(where, "parts", parts);
  for (const part of parts) requireOneOf(where, "parts", part, [...Object.keys(PERIODIC), ...Object.keys(GROWING)]);
  if (parts.length === 0 || new Set(parts).size < parts.length) {
    throw new RangeError(`${where}: parts must be different ones, at least one; got ${parts.join(", ") || "none"}`);
  }
  requireSwitch(where, "cyclic", cyclic);
  requireOneOf(where, "missing", missing, ["refuse", "slot"]);
  const growing = parts.filter((part) => Object.hasOwn(GROWING, part));
  const make = (scales: readonly Affine[]): Encoder<number> =>
    encoderOf(parts, cyclic, missing === "slot", new Map(growing.map((part, i) => [part, scales[i]])), scales);
  return new Column("date", { ...filled, parts: [...parts] }, "features", "none", {
    read: (cell: Cell) => {
      if (isMissing(cell)) return missing === "slot" ? null : missingProblem(cell, 'missing: "slot"');
      return (
        momentIn(cell) ??
        problem(
          "a Date or a date of ISO 8601 that the calendar has, as 2024-05-31 or 2024-05-31T12:00:00Z",
          wrongDate(cell),
        )
      );
    },
    fit: (values: readonly (number | null)[]) => {
      const known = values.filter((value) => value !== null);
      if (known.length === 0) return NO_VALUES;
      return make(
        growing.map((part) =>
          affineOf(
            "standardize",
            Float64Array.from(known, (value) => GROWING[part]?.(new Date(value)) ?? NaN),
          ),
        ),
      );
    },
    restore: (state) => {
      const scales = restoreAffines(Reflect.get(Object(state), "scales"), growing.length);
      return scales instanceof Problem ? scales : make(scales);
    },
  });
}

function encoderOf(
  parts: readonly DatePart[],
  cyclic: boolean,
  hasSlot: boolean,
  scaleOf: ReadonlyMap<DatePart, Affine | undefined>,
  scales: readonly Affine[],
): Encoder<number> {
  const names = parts.flatMap((part) =>
    cyclic && Object.hasOwn(PERIODIC, part) ? [` ${part} sine`, ` ${part} cosine`] : [` ${part}`],
  );
  const suffixes = hasSlot ? [...names, " missing"] : names;
  return {
    shape: [suffixes.length],
    dtype: "float32",
    suffixes: () => suffixes,
    state: { scales },
    write: (value, out, at) => {
      if (value === null) {
        out[at + names.length] = 1;
        return undefined;
      }
      const moment = new Date(value);
      let next = at;
      for (const part of parts) {
        const share = PERIODIC[part]?.(moment);
        const { center, spread } = scaleOf.get(part) ?? { center: 0, spread: 1 };
        if (share === undefined) out[next++] = ((GROWING[part]?.(moment) ?? NaN) - center) / spread;
        else if (!cyclic) out[next++] = share;
        else {
          out[next++] = Math.sin(2 * Math.PI * share);
          out[next++] = Math.cos(2 * Math.PI * share);
        }
      }
      return undefined;
    },
  };
}

function wrongDate(cell: Cell): unknown {
  return cell instanceof Date ? String(cell) : cell;
}
