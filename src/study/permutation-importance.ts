import { square } from "../base/power.ts";
import { requireArray, requireOneOf, requireRecord, requireWhole, shown } from "../base/errors.ts";
import { INSPECT } from "../base/inspect.ts";
import { type Defaults, withDefaults } from "../base/options.ts";
import { printNumber, printTable } from "../base/print.ts";
import type { Tensor } from "../base/tensor.ts";
import type { Tensors } from "../base/tensors.ts";
import { type Dataset, requireSamples } from "../data/dataset.ts";
import type { Module } from "../nn/index.ts";
import { requireModule } from "../nn/module/module.ts";
import { permutation } from "../runtime/random.ts";
import { nextTurn } from "../runtime/turn.ts";
import type { MetricFunction } from "../train/evaluation/metric-functions.ts";
import { Trainer } from "../train/trainer.ts";
import { Columns } from "./columns.ts";
import { meanOf } from "./estimate.ts";
import { scoreOf } from "./measure.ts";

/** How much a model depends on a feature. */
export interface FeatureImportance {
  readonly feature: string;
  /** The columns that were shuffled together. */
  readonly columns: readonly number[];
  /** Mean over repeats of how much worse the metric became. */
  readonly mean: number;
  /** Standard deviation over repeats, with divisor `repeats`. */
  readonly deviation: number;
  /** How much worse the metric became in each repeat. */
  readonly drops: readonly number[];
}

export interface PermutationImportanceOptions<Y extends Tensors = Tensor> {
  /** Measures predictions, as `metrics.accuracy`. */
  readonly metric: MetricFunction<Y>;
  /** Which values of the metric are better. Default: "higher". */
  readonly better?: "higher" | "lower";
  /** How often each feature is shuffled, at least 1. Default: 10. */
  readonly repeats?: number;
  /** Seed of the permutations, a whole number from 0 to 2^53 - 1. Default: 0. */
  readonly seed?: number;
  /** A name for each column. Default: its number or, with several tensors, its tensor and number. */
  readonly features?: readonly string[];
  /** Columns to shuffle together, by name: `{ city: [3, 4, 5] }` for a one-hot category. Others are shuffled alone. Default: none. */
  readonly groups?: Readonly<Record<string, readonly number[]>>;
}

/** Importances of features; prints as a table, the most important first. */
export class Importances {
  /** The metric of the samples as they are. */
  readonly baseline: number;
  /** In the order of groups, then of columns. */
  readonly features: readonly FeatureImportance[];

  /** @internal */
  constructor(baseline: number, features: readonly FeatureImportance[]) {
    this.baseline = baseline;
    this.features = features;
  }

  toString(): string {
    const rows = this.features
      .toSorted((a, b) => b.mean - a.mean)
      .map(({ feature, mean, deviation }) => [feature, printNumber(mean), printNumber(deviation)]);
    return `${printTable(["feature", "importance", "deviation"], rows)}\nmetric of all features: ${printNumber(this.baseline)}`;
  }

  /** What `console.log` prints: the table. */
  [INSPECT](): string {
    return String(this);
  }
}

/**
 * How much worse a metric becomes if a feature is shuffled among the samples: mean and deviation over repeats. The model is not
 * trained again.
 *
 * On samples that the model was not trained on it says what helps to predict; on training samples also what was only memorized.
 * Of two features that carry the same information each may seem unimportant: give them as a group.
 *
 * Columns are counted through the tensors of x in order, each row flattened: x [samples, 4] has columns 0 to 3.
 * Source: Breiman 2001, https://doi.org/10.1023/A:1010933404324; permutation_importance of scikit-learn
 *
 * @param model a model, or its trainer
 * @param dataset at least two samples
 * @throws TypeError, ShapeError or RangeError, by rejection, when an argument is of the wrong kind or out of its range, samples do
 * not fit the model, or the metric is no number
 */
export async function permutationImportance<X extends Tensors, Y extends Tensors>(
  model: Module | Trainer,
  dataset: Dataset<X, Y>,
  options: PermutationImportanceOptions<Y>,
): Promise<Importances> {
  const where = "permutationImportance";
  const defaults = {
    metric: undefined,
    better: "higher",
    repeats: 10,
    seed: 0,
    features: undefined,
    groups: {},
  } as const satisfies Defaults<PermutationImportanceOptions>;
  const { seed, ...filled } = withDefaults(where, options, defaults);
  requireWhole(where, "seed", seed, 0, Number.MAX_SAFE_INTEGER);
  return importances(model, dataset, filled, (feature, repeat, length) =>
    permutation(length, { seed, stream: feature }, repeat),
  );
}

/** Options without the seed, whose permutations are given. */
interface Settings<Y extends Tensors> {
  readonly metric: MetricFunction<Y>;
  readonly better: "higher" | "lower";
  readonly repeats: number;
  readonly features: readonly string[] | undefined;
  readonly groups: Readonly<Record<string, readonly number[]>>;
}

/** `permutationImportance` by given permutations of the samples. @internal */
export async function importances<X extends Tensors, Y extends Tensors>(
  given: Module | Trainer,
  samples: Dataset<X, Y>,
  { metric, better, repeats, features, groups }: Settings<Y>,
  orderOf: (feature: number, repeat: number, length: number) => Int32Array,
): Promise<Importances> {
  const where = "permutationImportance";
  const model = given instanceof Trainer ? given.model : given;
  requireModule(where, "the model", model);
  if (typeof metric !== "function") throw new TypeError(`${where}: metric must be a function; got ${shown(metric)}`);
  requireOneOf(where, "better", better, ["higher", "lower"]);
  requireWhole(where, "repeats", repeats, 1);
  const dataset = requireSamples(where, samples);
  requireWhole(where, "the number of samples", dataset.length, 2);
  const columns = new Columns(dataset.x);
  const units = unitsOf(where, groups, namesOf(where, features, columns.names));
  const score = (): number => scoreOf(where, "metric", () => metric(model.predict(columns.x), dataset.y, {}));
  const baseline = score();
  const found: FeatureImportance[] = [];
  for (const [feature, unit] of units.entries()) {
    const drops: number[] = [];
    for (let repeat = 0; repeat < repeats; repeat++) {
      columns.arrange(unit.columns, orderOf(feature, repeat, dataset.length));
      const change = score() - baseline;
      drops.push(better === "higher" ? -change : change);
      await nextTurn();
    }
    columns.arrange(unit.columns);
    const mean = meanOf(drops);
    found.push({ ...unit, mean, deviation: Math.sqrt(meanOf(drops.map((drop) => square(drop - mean)))), drops });
  }
  return new Importances(baseline, found);
}

function namesOf(where: string, given: unknown, numbered: readonly string[]): readonly string[] {
  if (given === undefined) return numbered;
  requireArray(where, "features", given);
  const names: readonly unknown[] = Array.isArray(given) ? given : [];
  const texts = names.filter((name) => typeof name === "string");
  if (texts.length === numbered.length && names.length === texts.length) return texts;
  throw new TypeError(`${where}: features must be a name for each of ${numbered.length} columns; got ${shown(given)}`);
}

/** What is shuffled together: groups, then the columns that no group has. */
function unitsOf(
  where: string,
  groups: unknown,
  names: readonly string[],
): { readonly feature: string; readonly columns: readonly number[] }[] {
  requireRecord(where, "groups", groups, "arrays of columns");
  const grouped = Object.entries(Object(groups)).map(([feature, columns]: [string, unknown]) => ({
    feature,
    columns: columnsOf(where, feature, columns, names.length),
  }));
  const taken = new Set(grouped.flatMap(({ columns }) => columns));
  const single = names.map((feature, column) => ({ feature, columns: [column] }));
  return [...grouped, ...single.filter((_, column) => !taken.has(column))];
}

function columnsOf(where: string, group: string, given: unknown, count: number): number[] {
  requireArray(where, `groups.${group}`, given);
  const columns: readonly unknown[] = Array.isArray(given) ? given : [];
  const numbers = columns.filter((each) => typeof each === "number");
  if (columns.length === 0) throw new RangeError(`${where}: groups.${group} must have at least one column; got none`);
  const wrong = columns.find(
    (each) => typeof each !== "number" || !Number.isInteger(each) || each < 0 || each >= count,
  );
  if (wrong === undefined && numbers.length === columns.length) return numbers;
  throw new RangeError(`${where}: groups.${group} must be columns from 0 to ${count - 1}; got ${shown(wrong)}`);
}
