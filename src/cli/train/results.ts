import { Tensor } from "lanegrad";
import type { SchemaDataset } from "lanegrad/data";
import { QUANTILE, intervalOf } from "../interval.ts";
import type { Trained } from "../recipe/train-recipe.ts";

/** How good a model is on a set, beside what is known without one. */
export type Result = ClassResult | NumberResult;

export interface ClassResult {
  readonly rows: number;
  readonly accuracy: number;
  /** The 95 % interval of the accuracy. */
  readonly interval: readonly [number, number];
  /** The most frequent class of the training rows, and the accuracy of who always says it. */
  readonly baseline: { readonly class: string; readonly accuracy: number };
}

export interface NumberResult {
  readonly rows: number;
  /** In the units of the table, as its interval and that of the baseline. */
  readonly meanAbsoluteError: number;
  readonly interval: readonly [number, number];
  /** The mean of the training rows, and the error of who always says it. */
  readonly baseline: { readonly value: number; readonly meanAbsoluteError: number };
}

/** How good the trained model is on its validation and test sets. */
export function resultsOf(trained: Trained): Readonly<Record<string, Result>> {
  const sets = { validation: trained.sets.validation, test: trained.sets.test };
  return Object.fromEntries(
    Object.entries(sets).flatMap(([name, set]) => (set ? [[name, resultOf(trained, set)]] : [])),
  );
}

function resultOf(trained: Trained, set: SchemaDataset): Result {
  return trained.target.kind === "number" ? numbersOn(trained, set) : classesOn(trained, set);
}

function classesOn({ trainer, target, sets }: Trained, set: SchemaDataset): ClassResult {
  const { length } = set;
  const accuracy = trainer.evaluate(set).accuracy ?? NaN;
  const counts = labelsOf(sets.training).reduce(
    (all, label) => all.set(label, (all.get(label) ?? 0) + 1),
    new Map<number, number>(),
  );
  const [most = 0] = [...counts].toSorted(([a, m], [b, n]) => n - m || a - b)[0] ?? [];
  const right = labelsOf(set).filter((label) => label === most).length;
  return {
    rows: length,
    accuracy,
    interval: intervalOf(accuracy, length),
    baseline: { class: target.classes[most] ?? "", accuracy: right / length },
  };
}

function numbersOn({ fitted, model, sets }: Trained, set: SchemaDataset): NumberResult {
  const predicted = fitted.values(one(model.predict(set.x)));
  const actual = fitted.values(one(set.y));
  const errors = actual.map((each, i) => Math.abs(each - (predicted[i] ?? NaN)));
  const mean = meanOf(errors);
  const deviation = Math.sqrt(meanOf(errors.map((each) => (each - mean) * (each - mean))));
  const half = (QUANTILE * deviation) / Math.sqrt(set.length);
  const value = meanOf(fitted.values(one(sets.training.y)));
  return {
    rows: set.length,
    meanAbsoluteError: mean,
    interval: [Math.max(0, mean - half), mean + half],
    baseline: { value, meanAbsoluteError: meanOf(actual.map((each) => Math.abs(each - value))) },
  };
}

/** The numbers of classes of a set. */
function labelsOf({ y }: SchemaDataset): readonly number[] {
  return Array.from(one(y).data);
}

/** The only tensor of a target or prediction. */
function one(tensors: unknown): Tensor {
  if (tensors instanceof Tensor) return tensors;
  throw new TypeError("results: a model must give one tensor; got several by name");
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}
