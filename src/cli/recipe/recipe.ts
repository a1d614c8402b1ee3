/** What a training needs, as JSON: `train` makes it from its options, a report holds it, `tune` varies it, `replay` trains it. */

/** How the file of the data is read. */
export type DataFormat = "csv" | "jsonl" | "parquet" | "idx" | "images";

/** Data as `readRows` takes it. */
export interface DataPart {
  /** Absolute, or relative to the directory of the process; "-" for standard input. */
  readonly path: string;
  readonly format: DataFormat;
  /** What separates cells, for the format csv; null for others. */
  readonly delimiter: string | null;
  /** The file of the labels, for the format idx; null for none. */
  readonly labels: string | null;
  /** Height and width of images; null for those of the files. */
  readonly size: readonly [number, number] | null;
  /** SHA-256 of the file; for the format idx of images and labels, for a folder of the names and bytes of its images, in order. */
  readonly sha256: string;
}

export interface Recipe {
  readonly version: 1;
  readonly data: DataPart;
  /** The column that is predicted. */
  readonly target: string;
  /** The schema before it is fitted, as `inferSchema` of lanegrad/data describes it. */
  readonly schema: object;
  readonly split: {
    /** Share of the rows that is the validation set, or a file of its own; 0 for none. */
    readonly validation: number | DataPart;
    /** Share of the rows that is the test set; 0 for none. */
    readonly test: number;
    /** The column whose equal values stay in one part; null for none. */
    readonly group: string | null;
    /** The column of times: training before validation before test; null for none. */
    readonly time: string | null;
  };
  readonly model: NotationModel | ModuleModel;
  readonly optimizer: { readonly name: string; readonly lr: number; readonly weightDecay: number };
  readonly schedule: "none" | "cosine" | "one-cycle" | "plateau";
  /** Whether rare classes count as much as frequent ones. */
  readonly balance: boolean;
  readonly epochs: number;
  readonly batchSize: number;
  /** Epochs without a better validation loss before the training ends; 0 for no early stopping. */
  readonly patience: number;
  /** Of the weights, the order of the rows and dropout. */
  readonly seed: number;
  /** Of the random rows in each part. */
  readonly splitSeed: number;
  /** Strict kernels give the same bits on every machine; relaxed ones are faster, with the same bits where they exist. */
  readonly kernels: "strict" | "relaxed";
}

/** A model by notation: see `notation.ts`. */
export interface NotationModel {
  /** Empty for the default of the data, with which `prepareRecipe` replaces it. */
  readonly notation: string;
  readonly activation: string;
  readonly dropout: number;
  readonly norm: "none" | "batch" | "layer";
}

/** A module file, whose default export makes the model. */
export interface ModuleModel {
  readonly path: string;
  readonly sha256: string;
}
