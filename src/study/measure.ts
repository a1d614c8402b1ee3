import { NonFiniteError } from "../base/errors.ts";
import { shown } from "../base/shown.ts";
import type { Tensor } from "../base/tensor.ts";
import type { Tensors } from "../base/tensors.ts";
import type { Dataset } from "../data/dataset.ts";
import { nonFiniteSample } from "../data/non-finite.ts";
import type { Trainer } from "../train/trainer.ts";

/** A measure of predictions, as `metrics.f1`. */
export type Metric<Y extends Tensors = Tensor> = (predictions: Tensor<"float32">, targets: Y) => number;

/** Metrics by name. */
export type Metrics<Y extends Tensors = Tensor> = Readonly<Record<string, Metric<Y>>>;

/** Values of metrics by name, loss and accuracy included. */
export type Scores = Readonly<Record<string, number>>;

/** Loss and, for a loss that classifies, accuracy of a trained model, then the given metrics of its predictions. */
export function measure<Y extends Tensors>(
  where: string,
  trainer: Trainer,
  samples: Dataset<Tensors, Y>,
  metrics: Metrics<Y>,
): { readonly scores: Scores; readonly predictions: Tensor<"float32"> } {
  const { loss, accuracy } = trainer.evaluate(samples);
  if (Number.isNaN(loss)) {
    const found = nonFiniteSample(samples);
    throw new NonFiniteError(`${where}: the loss must be a number; got NaN${found ? `: ${found}` : ""}`);
  }
  const predictions = trainer.model.predict(samples.x);
  const own = Object.entries(metrics).map(([name, metric]) => [
    name,
    valueOf(where, name, () => metric(predictions, samples.y)),
  ]);
  return { scores: { loss, ...(accuracy !== undefined && { accuracy }), ...Object.fromEntries(own) }, predictions };
}

/**
 * The value of a metric.
 * @throws RangeError when it throws or is NaN
 * @throws TypeError when it is no number
 */
export function valueOf(where: string, name: string, metric: () => unknown): number {
  let value: unknown;
  try {
    value = metric();
  } catch (cause) {
    const got = cause instanceof Error ? String(cause) : shown(cause);
    throw new RangeError(`${where}: ${name} must be a number; got ${got}`, { cause });
  }
  if (typeof value !== "number") throw new TypeError(`${where}: ${name} must be a number; got ${shown(value)}`);
  if (Number.isNaN(value)) throw new RangeError(`${where}: ${name} must be a number; got NaN`);
  return value;
}

/** @throws TypeError unless metrics are an object of functions with names that loss and accuracy do not have */
export function requireMetrics(where: string, metrics: unknown): void {
  if (typeof metrics !== "object" || metrics === null || Array.isArray(metrics)) {
    throw new TypeError(`${where}: metrics must be an object of functions; got ${shown(metrics)}`);
  }
  for (const [name, metric] of Object.entries(metrics)) {
    if (typeof metric !== "function") {
      throw new TypeError(`${where}: metrics.${name} must be a function; got ${shown(metric)}`);
    }
    if (name === "loss" || name === "accuracy") {
      throw new TypeError(`${where}: metrics must have names other than loss and accuracy; got ${name}`);
    }
  }
}
