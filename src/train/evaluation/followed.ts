import { requireOneOf } from "../../base/errors.ts";
import { Losses, type Objective, classifier } from "../step/losses.ts";
import type { Evaluation } from "./evaluation.ts";

/**
 * A number that an epoch of `fit` has and that can choose the best epoch: loss or accuracy in training or on the validation set,
 * or one of the option `metrics` by its name, as "validation f1".
 */
export type Followed = "loss" | "accuracy" | "validation loss" | "validation accuracy" | `validation ${string}`;

/** Whether a metric should fall or rise. */
export type FollowedMode = "min" | "max";

const VALIDATION = "validation ";

/** What an epoch gives to follow. */
export interface Followable extends Pick<Evaluation, "loss" | "accuracy"> {
  readonly validation: Evaluation | undefined;
}

/** What a training computes. */
export interface FollowableOptions {
  readonly loss: Objective;
  readonly hasValidation: boolean;
  /** Names of the option `metrics`. */
  readonly metrics: readonly string[];
}

/** Whether a value has the form of a metric to follow, as in a state that was saved. */
export function isFollowed(value: unknown): value is Followed {
  if (value === "loss" || value === "accuracy") return true;
  return typeof value === "string" && value.startsWith(VALIDATION) && value.length > VALIDATION.length;
}

/**
 * Requires a metric that the training computes.
 * @param name of the option
 * @throws TypeError or RangeError when it does not
 */
export function requireFollowed(where: string, name: string, by: unknown, training: FollowableOptions): void {
  const { loss, hasValidation, metrics } = training;
  const known = ["loss", "accuracy"];
  const words = [...known, ...[...known, ...metrics].map((each) => VALIDATION + each)];
  requireOneOf(where, name, by, words);
  if (!hasValidation && isFollowed(by) && by.startsWith(VALIDATION)) {
    throw new TypeError(`${where}: ${name} "${by}" must have the option validation of fit; got none`);
  }
  if (!classifier(loss) && (by === "accuracy" || by === "validation accuracy")) {
    const wanted = loss instanceof Losses ? "exactly one loss" : "a loss";
    throw new TypeError(`${where}: ${name} "${by}" must have ${wanted} that gives an accuracy; got ${loss.describe()}`);
  }
}

/** The metrics that each epoch of a training has. */
export function followedIn({ loss, hasValidation, metrics }: FollowableOptions): readonly Followed[] {
  const own = classifier(loss) ? (["loss", "accuracy"] as const) : (["loss"] as const);
  return hasValidation ? [...own, ...[...own, ...metrics].map((name) => `${VALIDATION}${name}` as const)] : own;
}

/** The value of a metric in an epoch; NaN if the epoch has none. */
export function followedValue(by: Followed, epoch: Followable): number {
  if (by === "loss") return epoch.loss;
  if (by === "accuracy") return epoch.accuracy ?? NaN;
  const { validation } = epoch;
  const name = by.slice(VALIDATION.length);
  if (name === "loss") return validation?.loss ?? NaN;
  if (name === "accuracy") return validation?.accuracy ?? NaN;
  const values = validation?.metrics ?? {};
  return Object.hasOwn(values, name) ? (values[name] ?? NaN) : NaN;
}

/** Whether a metric should fall, as losses, or rise, as all others. */
export function modeOf(by: Followed): FollowedMode {
  return by === "loss" || by === "validation loss" ? "min" : "max";
}

/** Whether a value is better than another, or the first that is finite: others never are. */
export function isBetter(
  by: Followed,
  value: number,
  than: number | undefined,
  mode: FollowedMode = modeOf(by),
): boolean {
  if (than === undefined) return Number.isFinite(value);
  return mode === "min" ? value < than : value > than;
}

/** Requires a mode. */
export function requireMode(where: string, name: string, mode: unknown): void {
  requireOneOf(where, name, mode, ["min", "max"]);
}
