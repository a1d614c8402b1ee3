import type { BatchPlan } from "../../data/batches.ts";
import type { Samples } from "../../data/dataset.ts";
import type { Evaluator } from "../evaluation/evaluator.ts";
import type { TrainingStep } from "../step/training-step.ts";
import type { Audience } from "./audience.ts";
import type { Checkpoints } from "./checkpoints.ts";
import type { FilledFitOptions } from "./options.ts";
import type { Stop } from "./stop.ts";

/** What `fit` trains, and how. */
export interface Training {
  readonly step: TrainingStep;
  readonly evaluator: Evaluator;
  readonly samples: Samples;
  /** Batches of an epoch; undefined for a stream, which has its own. */
  readonly plan: BatchPlan | undefined;
  readonly options: FilledFitOptions;
  readonly checkpoints: Checkpoints | undefined;
  readonly stop: Stop;
  readonly audience: Audience;
}
