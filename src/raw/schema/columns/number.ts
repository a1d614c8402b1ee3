import { requireOneOf, requireSwitch, requireWithin, shown } from "../../../base/errors.ts";
import { withDefaults } from "../../../base/options.ts";
import type { Cell } from "../../row.ts";
import { Column, type Encoder, type Kind, NO_VALUES, Problem, isMissing, missingProblem, problem } from "../column.ts";
import { type NumberSettings, type NumberState, arithmeticOf } from "./number-arithmetic.ts";
import { SCALES, type Scale, affineOf, isFinite, isLog, mean, median, restoreAffine } from "./scale.ts";

export interface NumberOptions {
  /** What a missing number becomes: mean or median of the training rows, or a number. Default: "refuse". */
  readonly missing?: "refuse" | "mean" | "median" | number;
  /** Whether a second feature is 1 where the number is missing, else 0. Default: false. */
  readonly indicator?: boolean;
  /** The least and the most; numbers outside become these, before all else. Default: none. */
  readonly clip?: readonly [low: number, high: number];
  /** Default: "standardize". */
  readonly scale?: Scale;
}

/** Decimal numbers, with or without exponent. */
const DECIMAL = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i;

/**
 * A column of numbers. Cells are numbers, big integers, or texts that are decimal numbers: `" -1.5e3"`. NaN, infinities,
 * other texts, booleans and dates do not fit. Clipping comes first, then what replaces missing numbers, then the scale.
 *
 * Shape: one feature, or two with `indicator`; as the target float32 [rows, 1].
 * Source: SimpleImputer, StandardScaler, MinMaxScaler and RobustScaler of scikit-learn
 *
 * @throws RangeError or TypeError when an option is unknown, of the wrong kind or not finite, or indicator is true and missing
 * numbers are refused
 */
export function number(options: NumberOptions = {}): Column<"features", "value"> {
  const where = "column.number";
  const filled = withDefaults(where, options, {
    missing: "refuse",
    indicator: false,
    clip: undefined,
    scale: "standardize",
  });
  const { missing, indicator, clip, scale } = filled;
  if (typeof missing === "number") requireWithin(where, "missing", missing, -Infinity, Infinity);
  else requireOneOf(where, "missing", missing, ["refuse", "mean", "median"]);
  requireSwitch(where, "indicator", indicator);
  requireOneOf(where, "scale", scale, SCALES);
  if (clip !== undefined) requireRange(where, clip);
  if (indicator && missing === "refuse") {
    throw new RangeError(`${where}: missing must be mean, median or a number with indicator; got "refuse"`);
  }
  if (typeof missing === "number" && isLog(scale) && missing <= -1) {
    throw new RangeError(`${where}: missing must be above -1 for scale "${scale}"; got ${missing}`);
  }
  const kind: Kind<number> = {
    read: (cell) => {
      if (isMissing(cell)) return missing === "refuse" ? missingProblem(cell, 'missing: "mean"') : null;
      const value = numberIn(cell);
      if (value instanceof Problem) return value;
      const clipped = clip ? Math.min(Math.max(value, clip[0]), clip[1]) : value;
      if (!isLog(scale)) return clipped;
      return clipped > -1 ? Math.log1p(clipped) : problem(`above -1 for scale "${scale}"`, cell);
    },
    fit: (values) => {
      const known = Float64Array.from(values.filter((value) => value !== null));
      if (known.length === 0) return NO_VALUES;
      const fill = fillOf(missing, isLog(scale), known);
      const numbers = Float64Array.from(values, (value) => value ?? fill);
      return encoder({ fill, ...affineOf(scale, numbers) }, filled);
    },
    restore: (state) => {
      const affine = restoreAffine(state);
      if (affine instanceof Problem) return affine;
      const fill: unknown = Reflect.get(Object(state), "fill");
      if (!isFinite(fill)) return problem("fitted with a finite number for missing ones", fill);
      return encoder({ fill, ...affine }, filled);
    },
    target: () => (missing === "refuse" ? kind : problem('with missing: "refuse" as the target', missing)),
  };
  return new Column("number", filled, "features", "value", kind);
}

/** The number of a cell that is not missing. */
function numberIn(cell: Cell): number | Problem {
  const value = typeof cell === "bigint" || (typeof cell === "string" && DECIMAL.test(cell)) ? Number(cell) : cell;
  if (typeof value !== "number") return problem("a number", cell);
  if (Number.isFinite(Math.fround(value))) return value;
  return problem("a finite number", cell);
}

/** What replaces a missing number. The mean is that of numbers, not of their logarithms. */
function fillOf(missing: NumberOptions["missing"], log: boolean, known: Float64Array): number {
  if (typeof missing === "number") return log ? Math.log1p(missing) : missing + 0;
  const numbers = log ? known.map(Math.expm1) : known;
  const fill = missing === "median" ? median(numbers) : mean(numbers);
  return (log ? Math.log1p(fill) : fill) + 0;
}

function encoder(state: NumberState, options: NumberSettings): Encoder<number> {
  const { fill, center, spread } = state;
  const { indicator } = options;
  const log = isLog(options.scale);
  return {
    shape: [indicator ? 2 : 1],
    dtype: "float32",
    suffixes: () => (indicator ? ["", " missing"] : [""]),
    state,
    write: (value, out, at) => {
      const scaled = Math.fround(((value ?? fill) - center) / spread);
      if (!Number.isFinite(scaled)) return problem("a number that its scale keeps within float32", value);
      out[at] = scaled;
      if (indicator) out[at + 1] = value === null ? 1 : 0;
      return undefined;
    },
    ...(!log && { arithmetic: arithmeticOf(state, options) }),
    inverse: (written) => {
      const value = written * spread + center;
      return log ? Math.expm1(value) : value;
    },
  };
}

function requireRange(where: string, clip: readonly number[]): void {
  const [low, high] = Array.isArray(clip) && clip.length === 2 ? clip : [];
  if (isFinite(low) && isFinite(high) && low < high) return;
  throw new RangeError(`${where}: clip must be a least and a most number; got ${shown(clip)}`);
}
