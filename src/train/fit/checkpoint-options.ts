import type { UrlLike } from "../../base/url.ts";
import { requireOneOf, requirePositive, requireWhole } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { Loss } from "../../nn/index.ts";
import type { BestBy, Epoch } from "./history.ts";

const WHERE = "fit: checkpoint";
const BESTS: readonly BestBy[] = ["loss", "accuracy", "validation loss", "validation accuracy"];

export function isBestBy(value: unknown): value is BestBy {
  return BESTS.some((each) => each === value);
}

/** When `fit` writes checkpoints, and which it keeps. */
export interface CheckpointOptions {
  /** The directory of this training alone; it is made if it is missing. */
  readonly directory: string | UrlLike;
  /** Writes a checkpoint after so many steps, at least 1. Default: none by steps. */
  readonly everySteps?: number;
  /** Writes a checkpoint after the step at which so many seconds, above 0, have passed since the last. Default: none by time. */
  readonly everySeconds?: number;
  /** Writes a checkpoint after so many epochs, at least 1. Default: 1 if neither steps nor seconds are given. */
  readonly everyEpochs?: number;
  /** Newest checkpoints that are kept, at least 1, besides the best; the others are removed. Default: 3. */
  readonly keep?: number;
  /**
   * Chooses the best epoch, whose checkpoint is kept as `best.safetensors` and whose weights the model has after the
   * training, however it ended. Default: none; the model keeps its last weights.
   */
  readonly best?: BestBy;
}

/** Options of checkpoints with defaults filled in. */
export type FilledCheckpointOptions = ReturnType<typeof filledCheckpointOptions>;

/** @throws TypeError or RangeError when an option is unknown or out of its range, or `best` is a metric that `fit` has not */
export function checkedCheckpointOptions(
  options: CheckpointOptions,
  hasValidation: boolean,
  loss: Loss,
): FilledCheckpointOptions {
  const filled = filledCheckpointOptions(options);
  const { everySteps, everySeconds, everyEpochs, keep, best } = filled;
  if (everySteps !== undefined) requireWhole(WHERE, "everySteps", everySteps, 1);
  if (everySeconds !== undefined) requirePositive(WHERE, "everySeconds", everySeconds);
  if (everyEpochs !== undefined) requireWhole(WHERE, "everyEpochs", everyEpochs, 1);
  requireWhole(WHERE, "keep", keep, 1);
  if (best === undefined) return filled;
  requireOneOf(WHERE, "best", best, BESTS);
  if (!hasValidation && best.startsWith("validation")) {
    throw new TypeError(`${WHERE}: best "${best}" must have the option validation of fit; got none`);
  }
  if (!loss.traits.decision && best.endsWith("accuracy")) {
    throw new TypeError(`${WHERE}: best "${best}" must have a loss that gives an accuracy; got ${loss.describe()}`);
  }
  return filled;
}

function filledCheckpointOptions(options: CheckpointOptions) {
  const filled = withDefaults(WHERE, options, {
    directory: undefined,
    everySteps: undefined,
    everySeconds: undefined,
    everyEpochs: undefined,
    keep: 3,
    best: undefined,
  });
  const isDefault = filled.everySteps === undefined && filled.everySeconds === undefined;
  return { ...filled, everyEpochs: filled.everyEpochs ?? (isDefault ? 1 : undefined) };
}

/** The metric of an epoch that chooses the best. */
export function metricOf(best: BestBy, epoch: Epoch): number {
  const evaluation = best.startsWith("validation") ? epoch.validation : epoch;
  return (best.endsWith("loss") ? evaluation?.loss : evaluation?.accuracy) ?? NaN;
}

/** Whether a metric is better than another, or the first that is finite: others never are. */
export function isBetter(best: BestBy, value: number, than: number | undefined): boolean {
  if (than === undefined) return Number.isFinite(value);
  return best.endsWith("loss") ? value < than : value > than;
}
