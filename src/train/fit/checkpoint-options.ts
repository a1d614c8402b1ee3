import type { UrlLike } from "../../base/url.ts";
import { requirePositive, requireWhole } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { Objective } from "../step/losses.ts";
import { type Followed, type FollowedMode, requireFollowed, requireMode } from "../evaluation/followed.ts";

const WHERE = "fit: checkpoint";

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
   * training, however it ended: the lowest loss, or the highest of any other metric, as "validation f1" of the option `metrics`.
   * Default: none; the model keeps its last weights.
   */
  readonly best?: Followed;
  /** Whether the best is the lowest, as of an error, or the highest. Default: "min" for losses, "max" for all other metrics. */
  readonly mode?: FollowedMode;
}

/** Options of checkpoints with defaults filled in. */
export type FilledCheckpointOptions = ReturnType<typeof filledCheckpointOptions>;

/** @throws TypeError or RangeError when an option is unknown or out of its range, or `best` is a metric that `fit` has not */
export function checkedCheckpointOptions(
  options: CheckpointOptions,
  hasValidation: boolean,
  loss: Objective,
  metrics: readonly string[] = [],
): FilledCheckpointOptions {
  const filled = filledCheckpointOptions(options);
  const { everySteps, everySeconds, everyEpochs, keep, best, mode } = filled;
  if (everySteps !== undefined) requireWhole(WHERE, "everySteps", everySteps, 1);
  if (everySeconds !== undefined) requirePositive(WHERE, "everySeconds", everySeconds);
  if (everyEpochs !== undefined) requireWhole(WHERE, "everyEpochs", everyEpochs, 1);
  requireWhole(WHERE, "keep", keep, 1);
  if (mode !== undefined) requireMode(WHERE, "mode", mode);
  if (best !== undefined) requireFollowed(WHERE, "best", best, { loss, hasValidation, metrics });
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
    mode: undefined,
  });
  const isDefault = filled.everySteps === undefined && filled.everySeconds === undefined;
  return { ...filled, everyEpochs: filled.everyEpochs ?? (isDefault ? 1 : undefined) };
}
