import { shown } from "../../base/errors.ts";
import { Tensor } from "../../base/tensor.ts";
import type { LabelPrediction, ValuePrediction } from "./predictions.ts";
import type { FittedColumn } from "./table.ts";

/** A metric of predictions and targets in the units of the rows, as `metrics.meanAbsoluteError`. */
export type ScoreFunction = (predictions: Tensor, targets: Tensor) => number;

/** @throws TypeError unless metrics are functions by name, at least one */
export function requireScoreFunctions(where: string, metrics: unknown): void {
  if (typeof metrics !== "object" || metrics === null || Array.isArray(metrics) || Object.keys(metrics).length === 0) {
    throw new TypeError(
      `${where}: metrics must be an object of functions, as { error: metrics.meanAbsoluteError }; got ${shown(metrics)}`,
    );
  }
  for (const [name, metric] of Object.entries(metrics)) {
    if (typeof metric === "function") continue;
    throw new TypeError(`${where}: metric ${JSON.stringify(name)} must be a function; got ${shown(metric)}`);
  }
}

/** The value of each metric of predicted and true values, float32 [rows], or numbers of classes, int32 [rows]. */
export function scoresOf<Name extends string>(
  where: string,
  metrics: Readonly<Record<Name, ScoreFunction>>,
  predicted: readonly (LabelPrediction | ValuePrediction)[],
  y: ArrayLike<number>,
  { encoder: { classes = [], inverse } }: FittedColumn,
): Readonly<Record<Name, number>> {
  const rows = [predicted.length];
  const numberOf = new Map(classes.map((label, i) => [label, i]));
  const predictions = inverse
    ? new Tensor(
        rows,
        "float32",
        Float32Array.from(predicted, (each) => ("value" in each ? each.value : NaN)),
      )
    : new Tensor(
        rows,
        "int32",
        Int32Array.from(predicted, (each) => ("label" in each ? (numberOf.get(each.label) ?? -1) : -1)),
      );
  const targets = inverse
    ? new Tensor(rows, "float32", Float32Array.from(y, inverse))
    : new Tensor(rows, "int32", Int32Array.from(y));
  const scores = Object.entries<ScoreFunction>(metrics).map(([name, metric]) => {
    const score: unknown = metric(predictions, targets);
    if (typeof score === "number") return [name, score];
    throw new TypeError(`${where}: metric ${JSON.stringify(name)} must give a number; got ${shown(score)}`);
  });
  return Object.fromEntries(scores) as Readonly<Record<Name, number>>;
}
