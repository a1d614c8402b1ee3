import { NonFiniteError, shown } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import type { Tensors } from "../base/tensors.ts";
import type { Dataset } from "../data/dataset.ts";
import { nonFiniteSample } from "../data/non-finite.ts";
import { type MetricFunctions, valueOf } from "../train/evaluation/metric-functions.ts";
import type { Trainer } from "../train/trainer.ts";

/** Values of metrics by name, loss and accuracy included. */
export type Scores = Readonly<Record<string, number>>;

/** Loss and, for a loss that classifies, accuracy of a trained model, then the given metrics of its predictions. */
export function measure<Y extends Tensors>(
  where: string,
  trainer: Trainer,
  samples: Dataset<Tensors, Y>,
  metrics: MetricFunctions<Y>,
): { readonly scores: Scores; readonly predictions: Tensor<"float32"> } {
  const { loss, accuracy } = trainer.evaluate(samples);
  if (Number.isNaN(loss)) {
    const found = nonFiniteSample(samples);
    throw new NonFiniteError(`${where}: the loss must be a number; got NaN${found ? `: ${found}` : ""}`);
  }
  const predictions = trainer.model.predict(samples.x);
  const own = Object.entries(metrics).map(([name, metric]) => [
    name,
    scoreOf(where, `metric ${shown(name)}`, () => metric(predictions, samples.y, {})),
  ]);
  return { scores: { loss, ...(accuracy !== undefined && { accuracy }), ...Object.fromEntries(own) }, predictions };
}

/** Like `valueOf`. @throws RangeError when the value is NaN, which has no place in means */
export function scoreOf(where: string, what: string, metric: () => unknown): number {
  const value = valueOf(where, what, metric);
  if (!Number.isNaN(value)) return value;
  throw new RangeError(`${where}: ${what} must give a number; got NaN`);
}
