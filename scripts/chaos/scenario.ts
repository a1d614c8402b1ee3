import type { CheckpointOptions, FitOptions, Trainer, data } from "lanegrad";

/** A training: what `trainer.fit(set, options)` needs, except for the directory of checkpoints. */
export interface Training {
  readonly trainer: Trainer;
  readonly set: data.Samples;
  readonly options: Omit<FitOptions, "checkpoint" | "resume"> & {
    readonly checkpoint: Omit<CheckpointOptions, "directory">;
  };
}

/** A training that is killed and resumed. Its module is imported by the processes that train, so it must be cheap to import. */
export interface Scenario {
  readonly name: string;
  /** Whether it runs on strict kernels, so that another Node may resume it. Default: true. */
  readonly strict?: boolean;
  /**
   * Makes everything anew, with data that are the same each time. The current seed differs from process to process, as
   * that of a program without `manualSeed` does: what depends on it must come from the checkpoint.
   */
  make(): Training;
}
