/** A run as a report holds it: plain JSON, which `readReport` gives back. */

/** A value of JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

export const VERSION = 1;

export interface RunRecord {
  /** The version of this form. */
  readonly version: typeof VERSION;
  /** Tells runs apart in one report. */
  readonly name: string;
  /** When the training began: ISO 8601, UTC. */
  readonly began: string;
  /** Time of the training in this process. */
  readonly seconds: number;
  /** Why the training ended early, as in `History`; null after the last epoch. */
  readonly stopped: string | null;
  /** The seed that the caller names; null without one. */
  readonly seed: number | null;
  /** What the trainer has, as "loss" and "optimizer", and settings of the caller, by name, shown as a table: `{ lr: 0.001 }`. */
  readonly settings: Readonly<Record<string, Json>>;
  readonly model: ModelRecord;
  /** The fitted schema, as its `toJSON` gives it; null without one. */
  readonly schema: Json;
  /** The data sets: "training", "validation" and those that were evaluated. */
  readonly data: readonly DataRecord[];
  readonly machine: MachineRecord;
  readonly epochs: readonly EpochRecord[];
  /** The epoch whose weights the model has, if early stopping restored it, counted from 1; null if they are the last ones. */
  readonly bestEpoch: number | null;
  /** SHA-256 of the state dict after the training, names and shapes included. */
  readonly weights: string;
  /** What trains the same again, for `lanegrad replay`; null for a run that a program made. */
  readonly recipe: Json;
  /** Evaluations, in the order in which they were made. */
  readonly evaluations: readonly EvaluationRecord[];
}

export interface ModelRecord {
  readonly parameters: number;
  /** What `model.summary` prints. */
  readonly summary: string;
  readonly layers: readonly LayerRecord[];
}

/** A row of the model's table. */
export interface LayerRecord {
  readonly path: string;
  /** How the layer prints: `linear 784 -> 512`. */
  readonly layer: string;
  /** The shape of the output for a batch; empty if the layer was not used or has several. */
  readonly output: readonly number[];
  readonly parameters: number;
}

export interface DataRecord {
  readonly name: string;
  readonly samples: number | null;
  /** Of the tensors, or of the file that they came from; null for samples that are made by index and for streams. */
  readonly sha256: string | null;
  /** The file; null if the caller does not name one. */
  readonly file: string | null;
}

export interface MachineRecord {
  readonly host: string;
  readonly processor: string;
  readonly cores: number;
  /** Bytes; null where the host does not tell. */
  readonly memory: number | null;
  readonly system: string;
  readonly lanegrad: string;
  readonly kernels: "strict" | "relaxed";
  readonly wide: boolean;
  readonly threads: number;
}

export interface ScoresRecord {
  readonly loss: number | null;
  readonly accuracy: number | null;
  readonly metrics: Readonly<Record<string, number | null>>;
}

/** An epoch. Numbers that are not finite are null. */
export interface EpochRecord extends ScoresRecord {
  readonly epoch: number;
  readonly seconds: number;
  /** Null without a validation set. */
  readonly validation: ScoresRecord | null;
  /** Learning rate of each parameter group in the last step of the epoch; empty for epochs that were not recorded. */
  readonly rates: readonly number[];
  /** p of dropout layers by path in the last step of the epoch. */
  readonly dropout: Readonly<Record<string, number>>;
}

export interface EvaluationRecord {
  /** The data set: "test". */
  readonly name: string;
  readonly scores: ScoresRecord;
  /** Of a model that tells classes apart; null for others. */
  readonly classes: ClassesRecord | null;
  /** Of a model that predicts numbers; null for others. */
  readonly values: ValuesRecord | null;
  /** The samples with the largest losses, worst first. */
  readonly mistakes: readonly MistakeRecord[];
  /** Predictions with random masks; null if they were not asked for, or the model has no dropout. */
  readonly certainty: CertaintyRecord | null;
  /** Layers on the data; empty if they were not asked for. */
  readonly layers: readonly LayerStateRecord[];
  /** What the evaluation leaves out of what was asked for, and why, in sentences. */
  readonly notes: readonly string[];
}

/** A curve: points (x[i], y[i]), at most 500. */
export interface CurveRecord {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** The area under the curve, or the average precision. */
  readonly area: number;
}

export interface ClassesRecord {
  readonly names: readonly string[];
  /** counts[i][j]: samples of class i that were taken for class j. */
  readonly confusion: readonly (readonly number[])[];
  readonly scores: readonly {
    readonly precision: number;
    readonly recall: number;
    readonly f1: number;
    readonly count: number;
  }[];
  /**
   * True against false positive rate, of each class against the rest. Of two classes: that of the second. Classes without samples, or
   * with all of them, have no curve.
   */
  readonly roc: readonly CurveRecord[];
  /** Precision against recall, in the same way. */
  readonly precisionRecall: readonly CurveRecord[];
  readonly reliability: {
    readonly error: number;
    readonly bins: readonly { readonly confidence: number; readonly accuracy: number; readonly count: number }[];
  };
}

export interface ValuesRecord {
  /**
   * How many samples a point is the mean of: 1 if data were asked for, else at least 5 (or all) of the nearest true values, so that
   * no value of the data is in the report.
   */
  readonly perPoint: number;
  /** In the units of the table, if there is a schema. At most 1,000 samples, evenly spread. */
  readonly targets: readonly number[];
  readonly predictions: readonly number[];
  readonly meanAbsoluteError: number;
  readonly rootMeanSquaredError: number;
  /** Null for a single sample. */
  readonly r2: number | null;
}

export interface MistakeRecord {
  /** Index of the sample in the data set, from 0; of its row in the table, if a schema made the data set of more rows. */
  readonly row: number;
  readonly target: string;
  readonly prediction: string;
  /** Probability of the predicted class; null for numbers. */
  readonly probability: number | null;
  /** Null if it is not finite. */
  readonly loss: number | null;
  /** The sample itself; null unless data were asked for. */
  readonly sample: SampleRecord | null;
}

export type SampleRecord =
  | { readonly kind: "image"; readonly png: string } // base64
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "row"; readonly cells: Readonly<Record<string, Json>> };

export interface CertaintyRecord {
  readonly predictions: number;
  /** What measures uncertainty: "entropy" of the mean probabilities, or "deviation" of the predictions. */
  readonly by: "entropy" | "deviation";
  /** Share of wrong decisions, or mean absolute error, among the most certain share x of the samples. */
  readonly curve: CurveRecord;
  /** Area under the ROC curve of the uncertainty as a detector of wrong decisions; null if it is not defined. */
  readonly errorDetection: number | null;
  /** What is gained when the least certain share of samples is handed to a person. */
  readonly referred: readonly { readonly share: number; readonly kept: number; readonly caught: number }[];
}

/** What flows through a layer for some samples: forward in evaluation mode, gradients of the loss backward. */
export interface LayerStateRecord {
  readonly path: string;
  readonly layer: string;
  readonly mean: number;
  readonly deviation: number;
  /** Counts of outputs in bins of equal width from `low` to `high`. */
  readonly histogram: { readonly low: number; readonly high: number; readonly counts: readonly number[] };
  /** Units whose output is 0 for all samples, and units in all; null for layers without an activation that can die. */
  readonly dead: { readonly units: number; readonly of: number } | null;
  /** Root mean square of the gradient of the loss by the layer's weights; null without weights, or if it is not finite. */
  readonly gradient: number | null;
  /** What is wrong with the layer, in a sentence: "12 of 64 units are dead: ..." */
  readonly warnings: readonly string[];
}
