import type { Trial } from "./log.ts";
import type { Settings } from "./space.ts";

/** What decides which settings are the best, on the validation set. */
export type By = "loss" | "accuracy";

/** The trials of the same settings, one for each seed. */
export interface Standing {
  readonly settings: Settings;
  readonly trials: readonly Trial[];
  /** Mean over the seeds; null if a training failed, or the target has no classes. */
  readonly loss: number | null;
  readonly accuracy: number | null;
  /** Standard deviation over the seeds of what decides; null for one seed. */
  readonly deviation: number | null;
}

/** The settings of all trials, the best first. Those that failed are last; of equal ones the earlier is first. */
export function standingsOf(trials: readonly Trial[], by: By): readonly Standing[] {
  const groups = new Map<string, Trial[]>();
  for (const trial of trials) {
    const key = keyOf(trial.settings);
    groups.set(key, [...(groups.get(key) ?? []), trial]);
  }
  const cost = (standing: Standing): number => {
    const value = standing[by];
    return value === null ? Infinity : by === "accuracy" ? -value : value;
  };
  return [...groups.values()].map((group) => standingOf(group, by)).toSorted((a, b) => compare(cost(a), cost(b)));
}

/** Settings as text, equal for equal values in any order. */
export function keyOf(settings: Settings): string {
  return JSON.stringify(Object.entries(settings).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Infinite costs are equal, whose difference would be NaN. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

function standingOf(trials: readonly Trial[], by: By): Standing {
  const values = trials.map((trial) => trial[by]);
  return {
    settings: trials[0]?.settings ?? {},
    trials,
    loss: mean(trials.map(({ loss }) => loss)),
    accuracy: mean(trials.map(({ accuracy }) => accuracy)),
    deviation: deviation(values),
  };
}

function mean(values: readonly (number | null)[]): number | null {
  const numbers = values.filter((value) => value !== null);
  return numbers.length < values.length ? null : numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}

function deviation(values: readonly (number | null)[]): number | null {
  const center = mean(values);
  if (center === null || values.length < 2) return null;
  const squares = values.reduce<number>((sum, value) => {
    const difference = (value ?? 0) - center;
    return sum + difference * difference;
  }, 0);
  return Math.sqrt(squares / (values.length - 1));
}
