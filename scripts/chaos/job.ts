/** What a process that trains and its parent agree on. */

/** The argument of the process, as JSON. */
export interface Job {
  readonly scenario: string;
  /** The seed of the process, before the scenario is made. */
  readonly seed: number;
  /** Where checkpoints are. */
  readonly directory: string;
  /** The file for what the training left. */
  readonly result: string;
}

/** The line that says that `fit` ended; each line before it is of a step: `epoch step loss`. */
export const FITTED = "fitted";
