import { NonFiniteError, requireWhole, shown } from "../base/errors.ts";
import { type Defaults, withDefaults } from "../base/options.ts";
import { philoxWords } from "../base/philox.ts";
import { Tensor } from "../base/tensor.ts";
import type { Tensors } from "../base/tensors.ts";
import { type Dataset, gather, requireSamples } from "../data/dataset.ts";
import { nonFiniteSample } from "../data/non-finite.ts";
import { split } from "../data/split/split.ts";
import type { FoldIndices } from "../data/split/splitter.ts";
import { Loss } from "../nn/index.ts";
import type { FitOptions } from "../train/fit/options.ts";
import { type MetricFunctions, requireMetrics } from "../train/evaluation/metric-functions.ts";
import type { Trainer } from "../train/trainer.ts";
import { CrossValidation, type FoldResult, outOfFold } from "./cross-validation.ts";
import { requireLevel } from "./estimate.ts";
import { type Folds, foldsOf } from "./folds.ts";
import { measure } from "./measure.ts";
import { Seeding } from "./seeding.ts";
import { type Trial, fitTrial, makeTrial, requireFactory, requireSharedOptions } from "./trial.ts";

/** What the factory of a cross-validation gets. */
export interface FoldTask<X extends Tensors = Tensor, Y extends Tensors = Tensor> {
  /** Counted from 0. */
  readonly fold: number;
  /** The samples that are trained on, without those set aside by `validation`. */
  readonly training: Dataset<X, Y>;
}

export interface CrossValidateOptions<Y extends Tensors = Tensor> {
  /**
   * A count of random folds, those of `data.kFold(set, 5, { stratify: true })`, or `{ training, validation }` with indices of
   * samples for each. Default: 5.
   */
  readonly folds?: number | Folds;
  /** Options of `fit` for all folds; what has state, as callbacks and schedules, comes from the factory. Default: those of `fit`. */
  readonly fit?: FitOptions;
  /**
   * What `fit` evaluates after each epoch, for early stopping: a share of the fold's training samples, above 0 and below 1, which is
   * set aside at random and not trained on; or "held out", the samples that the score is computed on, so that the score is too good
   * if a training stops by them. Default: nothing.
   */
  readonly validation?: number | "held out";
  /** Measures of the predictions, besides loss and accuracy, by name. Default: none. */
  readonly metrics?: MetricFunctions<Y>;
  /** Seed of all random numbers of the experiment, a whole number from 0 to 2^53 - 1. Default: 0. */
  readonly seed?: number;
  /** Confidence level of the intervals, above 0 and below 1. Default: 0.95. */
  readonly level?: number;
}

const DEFAULTS = {
  folds: 5,
  fit: {},
  validation: undefined,
  metrics: {},
  seed: 0,
  level: 0.95,
} as const satisfies Defaults<CrossValidateOptions>;

/** Streams above those that a training takes, for the samples set aside. */
const ASIDE = 2 ** 30;

/**
 * Trains a new model on each fold and measures it on the samples that the fold holds out:
 *
 * `await crossValidate(() => new Trainer(network(), { loss, optimizer: optim.adam() }), set, { fit: { epochs: 50 } })`
 *
 * The result has the scores of each fold, mean and interval of each metric, and the predictions of all samples that were held out.
 *
 * - The factory returns a trainer, or `{ trainer, fit, transform }`: `fit` for callbacks and schedules, which have state;
 *   `transform` for what is fitted on the fold's training samples, as `data.standardize(training)`.
 * - Random numbers of a fold are a function of `seed` and the fold: `manualSeed(result.folds[i].seed)` before making and training a
 *   model gives that of fold i. Random numbers of the program go on as if there had been no experiment, except those that a callback
 *   draws.
 * - Models are released when their fold ends.
 * - The interval is Student's, with the variance of the mean increased because folds share training samples: s² (1 / folds + held out /
 *   training). It is approximate, because no unbiased estimate of this variance exists (Bengio and Grandvalet 2004).
 *
 * Source: Nadeau and Bengio 2003, https://doi.org/10.1023/A:1024068626366;
 * Bengio and Grandvalet 2004, https://www.jmlr.org/papers/v5/grandvalet04a.html
 *
 * @param factory makes a new model and its trainer, at once and not as a promise
 * @throws TypeError, ShapeError or RangeError, by rejection, when an argument is of the wrong kind or out of its range, a fold is empty
 * or trains on what it holds out, a classifier would be trained on one class only, or a metric is no number; or with what
 * `fit` throws
 */
export async function crossValidate<X extends Tensors, Y extends Tensors>(
  factory: (task: FoldTask<X, Y>) => Trainer | Trial<X, Y>,
  samples: Dataset<X, Y>,
  options: CrossValidateOptions<Y> = {},
): Promise<CrossValidation<Y>> {
  const where = "crossValidate";
  requireFactory(where, factory);
  const filled = withDefaults<CrossValidateOptions<Y>, typeof DEFAULTS>(where, options, DEFAULTS);
  const { folds, fit, validation, metrics, seed, level } = filled;
  requireSharedOptions(where, fit);
  requireValidation(where, validation);
  requireMetrics(where, metrics);
  requireWhole(where, "seed", seed, 0, Number.MAX_SAFE_INTEGER);
  requireLevel(where, level);
  const dataset = requireSamples(where, samples);
  const cuts = foldsOf(where, dataset, folds, seed);
  const results: FoldResult[] = [];
  const predictions: Tensor<"float32">[] = [];
  for (const [fold, indices] of cuts.entries()) {
    const settings = { where, fit, validation, metrics, seed: seedOf(seed, fold) };
    const { result, predicted } = await foldResult(factory, dataset, indices, fold, settings);
    results.push(result);
    predictions.push(predicted);
  }
  return new CrossValidation(results, outOfFold(where, dataset.y, cuts, predictions), level);
}

interface FoldSettings<Y extends Tensors> {
  readonly where: string;
  readonly fit: FitOptions;
  readonly validation: number | "held out" | undefined;
  readonly metrics: MetricFunctions<Y>;
  readonly seed: number;
}

/** Trains and measures one fold. */
async function foldResult<X extends Tensors, Y extends Tensors>(
  factory: (task: FoldTask<X, Y>) => Trainer | Trial<X, Y>,
  dataset: Dataset<X, Y>,
  indices: FoldIndices,
  fold: number,
  { where, fit, validation, metrics, seed }: FoldSettings<Y>,
): Promise<{ readonly result: FoldResult; readonly predicted: Tensor<"float32"> }> {
  const seeding = new Seeding(seed);
  const heldOut = gather(dataset, indices.validation);
  const all = gather(dataset, indices.training);
  const aside =
    typeof validation === "number"
      ? new Seeding(seed, ASIDE).run(() => split(all, { validation }))
      : { training: all, validation: validation === "held out" ? heldOut : undefined };
  const trial = makeTrial(where, seeding, () => factory({ fold, training: aside.training }));
  const training = trial.transform(aside.training);
  requireClasses(where, fold, trial.trainer, training.y);
  const watched = aside.validation && { validation: trial.transform(aside.validation) };
  const counts = { training: training.length, validation: heldOut.length };
  try {
    const history = await fitTrial(trial, seeding, training, { ...fit, ...watched });
    const { scores, predictions } = measure(`${where}: fold ${fold}`, trial.trainer, trial.transform(heldOut), metrics);
    return { result: { fold, seed, ...counts, scores, history }, predicted: predictions };
  } catch (error) {
    // Samples of a fold are counted anew: the user knows those of the data set.
    const found = error instanceof NonFiniteError ? nonFiniteSample(dataset) : undefined;
    if (found && error instanceof Error) error.message += `; of all samples of ${where}, ${found}`;
    throw error;
  }
}

/** A seed for each fold, whatever the order in which they run. */
function seedOf(seed: number, fold: number): number {
  const [high = 0, low = 0] = philoxWords(2, seed, ASIDE, fold);
  return (high >>> 11) * 2 ** 32 + low;
}

/** @throws RangeError when a classifier would be trained on one class only */
function requireClasses(where: string, fold: number, { options: { loss } }: Trainer, y: Tensors): void {
  if (!(loss instanceof Loss) || loss.traits.decision === undefined) return;
  if (!(y instanceof Tensor) || y.size !== y.shape[0] || y.size === 0) return;
  const [first] = y.data;
  if (y.data.some((label) => label !== first)) return;
  throw new RangeError(
    `${where}: training samples of fold ${fold} must have at least two classes (kFold with stratify keeps all in each fold); got ${first} only`,
  );
}

function requireValidation(where: string, validation: unknown): void {
  if (validation === undefined || validation === "held out") return;
  if (typeof validation === "number" && validation > 0 && validation < 1) return;
  throw new RangeError(
    `${where}: validation must be a share above 0 and below 1, or "held out"; got ${shown(validation)}`,
  );
}
