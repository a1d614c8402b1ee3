import { requireArray, requireOneOf, requireWhole, requireWithin, shown } from "../base/errors.ts";
import { inOrder } from "../base/numbers.ts";
import { type Defaults, withDefaults } from "../base/options.ts";
import type { Tensor } from "../base/tensor.ts";
import type { Tensors } from "../base/tensors.ts";
import { type Dataset, requireSamples } from "../data/dataset.ts";
import type { FitOptions } from "../train/fit/options.ts";
import { type MetricFunctions, requireMetrics } from "../train/evaluation/metric-functions.ts";
import type { Trainer } from "../train/trainer.ts";
import { DropoutChoice } from "./dropout-choice.ts";
import { requireLevel } from "./estimate.ts";
import { measure } from "./measure.ts";
import { Seeding } from "./seeding.ts";
import { type Trial, fitTrial, makeTrial, requireFactory, requireSharedOptions } from "./trial.ts";

export interface ChooseDropoutOptions<Y extends Tensors = Tensor> {
  /** Values of p to try, each in [0, 1], at least two. Default: [0, 0.1, 0.2, 0.3, 0.4, 0.5]. */
  readonly rates?: readonly number[];
  /** Seeds with each of which every rate is trained, or their count, at least 2. Default: 5, the seeds 0 to 4. */
  readonly seeds?: number | readonly number[];
  /** Options of `fit` for all trainings; what has state, as callbacks and schedules, comes from the factory. Default: those of `fit`. */
  readonly fit?: FitOptions;
  /** Measures of the predictions, besides loss and accuracy, by name. Default: none. */
  readonly metrics?: MetricFunctions<Y>;
  /** What decides: "loss", "accuracy" or one of `metrics`, on validation data. Default: "loss". */
  readonly by?: string;
  /** Which values of it are better. Default: "lower" for the loss, else "higher". */
  readonly better?: "higher" | "lower";
  /** Confidence level of the intervals, above 0 and below 1. Default: 0.95. */
  readonly level?: number;
}

const DEFAULTS = {
  rates: [0, 0.1, 0.2, 0.3, 0.4, 0.5],
  seeds: 5,
  fit: {},
  metrics: {},
  by: "loss",
  better: undefined,
  level: 0.95,
} as const satisfies Defaults<ChooseDropoutOptions>;

/**
 * Chooses a dropout rate on validation data: trains a model for each rate and seed, and compares rates over the same seeds.
 *
 * `console.log(await chooseDropout((p) => new Trainer(network(p), { loss, optimizer: optim.adam() }), parts, { fit: { epochs: 20 } }))`
 *
 * The result has mean and interval of each rate, and whether the best one is better than the next and than none by more than
 * chance: differences are paired by seed, so that what a seed has in common for all rates cancels. Intervals are Student's over
 * seeds. They measure the chance of training, not that of the validation data; the best of several rates also seems slightly
 * better than it is, so report the result on test data.
 *
 * Random numbers of each training are those after `manualSeed(seed)`. Random numbers of the program go on as if there had been no
 * experiment, except those that a callback draws. Models are released when their training ends.
 *
 * @param factory makes a new model with this rate and its trainer, or `{ trainer, fit, transform }` as for `crossValidate`
 * @param data training and validation data, as `data.split` gives them
 * @throws TypeError, ShapeError or RangeError, by rejection, when an argument is of the wrong kind or out of its range; or with what
 * `fit` throws
 */
export async function chooseDropout<X extends Tensors, Y extends Tensors>(
  factory: (p: number) => Trainer | Trial<X, Y>,
  data: { readonly training: Dataset<X, Y>; readonly validation: Dataset<X, Y> },
  options: ChooseDropoutOptions<Y> = {},
): Promise<DropoutChoice> {
  const where = "chooseDropout";
  requireFactory(where, factory);
  const filled = withDefaults<ChooseDropoutOptions<Y>, typeof DEFAULTS>(where, options, DEFAULTS);
  const { fit, metrics, by, level } = filled;
  const rates = requireRates(where, filled.rates);
  const seeds = seedsOf(where, filled.seeds);
  requireSharedOptions(where, fit);
  requireMetrics(where, metrics);
  requireOneOf(where, "by", by, ["loss", "accuracy", ...Object.keys(metrics)]);
  const better = filled.better ?? (by === "loss" ? "lower" : "higher");
  requireOneOf(where, "better", better, ["higher", "lower"]);
  requireLevel(where, level);
  if (typeof data !== "object" || data === null) {
    throw new TypeError(`${where}: data must be { training, validation }, as data.split gives it; got ${shown(data)}`);
  }
  const training = requireSamples(`${where}: training`, data.training);
  const validation = requireSamples(`${where}: validation`, data.validation);
  const values: number[][] = rates.map(() => []);
  for (const seed of seeds) {
    for (const [i, p] of rates.entries()) {
      const seeding = new Seeding(seed);
      const trial = makeTrial(where, seeding, () => factory(p));
      await fitTrial(trial, seeding, trial.transform(training), fit);
      const { scores } = measure(`${where}: p ${p}`, trial.trainer, trial.transform(validation), metrics);
      const score = scores[by];
      if (score === undefined) throw new TypeError(`${where}: by must be a metric that the loss has; got ${by}`);
      values[i]?.push(score);
    }
  }
  return new DropoutChoice(
    rates.map((p, i) => ({ p, values: values[i] ?? [] })),
    { by, better, level },
  );
}

function requireRates(where: string, rates: readonly number[]): readonly number[] {
  requireArray(where, "rates", rates);
  rates.forEach((p, i) => requireWithin(where, `rates[${i}]`, p, 0, 1));
  if (rates.length >= 2 && new Set(rates).size === rates.length) return [...rates];
  throw new RangeError(`${where}: rates must be at least two different ones; got ${shown(rates)}`);
}

function seedsOf(where: string, seeds: number | readonly number[]): readonly number[] {
  if (typeof seeds === "number") {
    requireWhole(where, "seeds", seeds, 2);
    return [...inOrder(seeds)];
  }
  requireArray(where, "seeds", seeds);
  seeds.forEach((seed, i) => requireWhole(where, `seeds[${i}]`, seed, 0, Number.MAX_SAFE_INTEGER));
  if (seeds.length >= 2 && new Set(seeds).size === seeds.length) return [...seeds];
  throw new RangeError(`${where}: seeds must be at least two different ones; got ${shown(seeds)}`);
}
