import { requireArray, requireSwitch, requireWhole, shown } from "../../base/errors.ts";
import { type Defaults, withDefaults } from "../../base/options.ts";
import { type MetricFunctions, requireMetrics } from "../../train/evaluation/metric-functions.ts";
import { type RunSchema, requireName, requireSchema } from "./options.ts";
import type { ImageShape } from "./png.ts";

export interface EvaluateRunOptions {
  /** The name of the data set. Default: "test". */
  readonly name?: string;
  /** Names of the classes. Default: those of the schema, else their numbers. */
  readonly classes?: readonly string[];
  /** The fitted schema of the data. Default: that of the recording. */
  readonly schema?: RunSchema;
  /**
   * The rows or texts of which the data set was made, shown beside mistakes: one for each sample, or those of a table that a schema
   * made it of, of which some may not fit. Default: images or numbers, of the inputs.
   */
  readonly rows?: readonly (string | Readonly<Record<string, unknown>>)[];
  /** The numbers of an input as an image, [channels, height, width]. Default: their shape, if it is one of an image. */
  readonly image?: ImageShape;
  /** Samples per run, at least 1; a stream has batches of its own. Default: 256. */
  readonly batchSize?: number;
  /** Metrics by name, as `trainer.evaluate` takes them. Default: none. */
  readonly metrics?: MetricFunctions;
  /** Predictions of each sample with random masks, at least 1. Default: none. */
  readonly monteCarlo?: number;
  /** Count of the worst mistakes, at least 0. Default: 12. */
  readonly mistakes?: number;
  /** Whether layers are looked at, on at most 256 samples. Default: false. */
  readonly layers?: boolean;
}

const EVALUATE_DEFAULTS = {
  name: "test",
  classes: undefined,
  schema: undefined,
  rows: undefined,
  image: undefined,
  batchSize: undefined,
  metrics: {},
  monteCarlo: undefined,
  mistakes: 12,
  layers: false,
} as const satisfies Defaults<EvaluateRunOptions>;

/** Options with defaults filled in. */
export type FilledEvaluateOptions = ReturnType<typeof filledOptions>;

function filledOptions(where: string, options: EvaluateRunOptions) {
  return withDefaults(where, options, EVALUATE_DEFAULTS);
}

/**
 * @param schema that of the recording
 * @throws TypeError or RangeError when an option is unknown or of a wrong kind
 */
export function checkedEvaluateOptions(
  where: string,
  options: EvaluateRunOptions,
  schema: RunSchema | undefined,
): FilledEvaluateOptions {
  const filled = filledOptions(where, options);
  const { classes, rows, image, batchSize, metrics, monteCarlo, mistakes } = filled;
  requireName(where, filled.name);
  if (classes !== undefined) requireTexts(where, classes);
  if (filled.schema !== undefined) requireSchema(where, filled.schema);
  if (rows !== undefined) requireArray(where, "rows", rows);
  if (image !== undefined) requireImage(where, image);
  if (batchSize !== undefined) requireWhole(where, "batchSize", batchSize, 1);
  requireMetrics(where, metrics);
  if (monteCarlo !== undefined) requireWhole(where, "monteCarlo", monteCarlo, 1);
  requireWhole(where, "mistakes", mistakes, 0);
  requireSwitch(where, "layers", filled.layers);
  return { ...filled, schema: filled.schema ?? schema };
}

function requireTexts(where: string, classes: readonly unknown[]): void {
  requireArray(where, "classes", classes);
  const wrong = classes.find((each) => typeof each !== "string");
  if (wrong !== undefined || classes.length === 0) {
    throw new TypeError(`${where}: classes must be names; got ${classes.length === 0 ? "none" : shown(wrong)}`);
  }
}

function requireImage(where: string, image: readonly number[]): void {
  requireArray(where, "image", image);
  const [channels = 0] = image;
  if (image.length === 3 && [1, 3].includes(channels)) {
    for (const extent of image) requireWhole(where, "an extent of image", extent, 1);
    return;
  }
  throw new RangeError(`${where}: image must be [1 or 3 channels, height, width]; got ${shown(image)}`);
}
