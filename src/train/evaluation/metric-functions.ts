import { requireRecord, shown } from "../../base/errors.ts";
import type { Tensor } from "../../base/tensor.ts";
import type { Tensors } from "../../base/tensors.ts";

/**
 * A metric of all samples: those of `metrics` can be given as they are.
 * @param predictions the outputs of the model, [samples, ...]: of losses of logits they are logits
 * @param options in an evaluation `{ sampleWeight }` if the samples have weights, else `{}`
 */
export type MetricFunction<Y extends Tensors = Tensor> = (
  predictions: Tensor<"float32">,
  targets: Y,
  options: { readonly sampleWeight?: Tensor },
) => number;

/** Metrics by name, which must not be "loss" or "accuracy". */
export type MetricFunctions<Y extends Tensors = Tensor> = Readonly<Record<string, MetricFunction<Y>>>;

/** @throws TypeError unless metrics are functions by name, other than "loss" and "accuracy" */
export function requireMetrics(where: string, metrics: unknown): void {
  requireRecord(where, "metrics", metrics, "functions, as { f1: metrics.f1 }");
  for (const [name, metric] of Object.entries(Object(metrics))) {
    if (["", "loss", "accuracy"].includes(name)) {
      throw new TypeError(`${where}: metrics must have names other than "", "loss" and "accuracy"; got ${shown(name)}`);
    }
    if (typeof metric === "function") continue;
    throw new TypeError(`${where}: metric ${shown(name)} must be a function; got ${shown(metric)}`);
  }
}

/**
 * The value of a metric.
 * @param what it is in errors: `metric "f1"`
 * @throws TypeError when it returns no number; RangeError when it throws
 */
export function valueOf(where: string, what: string, metric: () => unknown): number {
  const must = `${where}: ${what} must give a number`;
  let value: unknown;
  try {
    value = metric();
  } catch (cause) {
    throw new RangeError(`${must}; got ${cause instanceof Error ? String(cause) : shown(cause)}`, { cause });
  }
  if (typeof value === "number") return value;
  throw new TypeError(`${must}; got ${shown(value)}`);
}
