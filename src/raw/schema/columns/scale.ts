import { Problem, problem } from "../column.ts";

/**
 * How numbers are scaled:
 * - `standardize`: (x - mean) / deviation, as StandardScaler of scikit-learn
 * - `min-max`: (x - least) / (most - least), as MinMaxScaler
 * - `robust`: (x - median) / (third quartile - first quartile), as RobustScaler
 * - `log`: log(1 + x), for x above -1
 * - `log-standardize`: the same, then standardized
 * - `none`: x
 *
 * The scale of a constant column is 1.
 */
export type Scale = "standardize" | "min-max" | "robust" | "log" | "log-standardize" | "none";

export const SCALES: readonly Scale[] = ["standardize", "min-max", "robust", "log", "log-standardize", "none"];

/** (x - center) / spread. */
export interface Affine {
  readonly center: number;
  /** Above 0. */
  readonly spread: number;
}

/** Whether the logarithm is taken first. */
export function isLog(scale: Scale): boolean {
  return scale.startsWith("log");
}

/** Center and spread of numbers, at least one, of which the logarithm was taken already. */
export function affineOf(scale: Scale, numbers: Float64Array): Affine {
  if (scale === "none" || scale === "log") return { center: 0, spread: 1 };
  const [low, high] = rangeOf(numbers);
  if (low === high) return { center: low, spread: 1 };
  if (scale === "min-max") return { center: low, spread: high - low };
  if (scale !== "robust") return momentsOf(numbers);
  const sorted = numbers.toSorted();
  return { center: quantile(sorted, 0.5), spread: quantile(sorted, 0.75) - quantile(sorted, 0.25) || 1 };
}

/** Center and spread that came from JSON. */
export function restoreAffine(state: unknown): Affine | Problem {
  const [center, spread]: unknown[] = [Reflect.get(Object(state), "center"), Reflect.get(Object(state), "spread")];
  if (!isFinite(center)) return problem("fitted with a finite center", center);
  if (!isFinite(spread) || spread <= 0) return problem("fitted with a finite spread above 0", spread);
  return { center, spread };
}

/** As many of them as there must be, from JSON. */
export function restoreAffines(states: unknown, count: number): readonly Affine[] | Problem {
  if (!Array.isArray(states) || states.length !== count) return problem(`fitted with ${count} scales`, states);
  const scales: Affine[] = [];
  for (const state of states as readonly unknown[]) {
    const scale = restoreAffine(state);
    if (scale instanceof Problem) return scale;
    scales.push(scale);
  }
  return scales;
}

export function mean(numbers: Float64Array): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}

export function median(numbers: Float64Array): number {
  return quantile(numbers.toSorted(), 0.5);
}

/** Whether a value is a finite number. */
export function isFinite(value: unknown): value is number {
  return Number.isFinite(value);
}

function momentsOf(numbers: Float64Array): Affine {
  const center = mean(numbers);
  const squares = numbers.reduce((sum, each) => sum + (each - center) * (each - center), 0);
  return { center, spread: Math.sqrt(squares / numbers.length) || 1 };
}

function rangeOf(numbers: Float64Array): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const each of numbers) {
    low = Math.min(low, each);
    high = Math.max(high, each);
  }
  return [low + 0, high + 0]; // no -0, which JSON lacks
}

/** The quantile q of sorted numbers, interpolated linearly as `numpy.quantile` does. */
function quantile(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? NaN;
  const above = sorted[Math.ceil(at)] ?? NaN;
  return below + (above - below) * (at - Math.floor(at));
}
