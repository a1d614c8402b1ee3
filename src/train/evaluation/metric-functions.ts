import { shown } from "../../base/errors.ts";
import type { Tensor } from "../../base/tensor.ts";

/**
 * A metric of all samples: those of `metrics` can be given as they are. It is called once, after the last batch.
 * @param predictions the outputs of the model, [samples, ...]: of losses of logits they are logits
 * @param options `{ sampleWeight }` if the samples have weights, else `{}`
 */
export type MetricFunction = (
  predictions: Tensor<"float32">,
  targets: Tensor,
  options: { readonly sampleWeight?: Tensor },
) => number;

/** Metrics by name, which must not be "loss" or "accuracy". */
export type MetricFunctions = Readonly<Record<string, MetricFunction>>;

/** @throws TypeError unless metrics are functions by name, other than "loss" and "accuracy" */
export function requireMetrics(where: string, metrics: MetricFunctions): void {
  if (typeof metrics !== "object" || metrics === null || Array.isArray(metrics)) {
    throw new TypeError(
      `${where}: metrics must be an object of functions, as { f1: metrics.f1 }; got ${shown(metrics)}`,
    );
  }
  for (const [name, metric] of Object.entries(metrics)) {
    if (["", "loss", "accuracy"].includes(name)) {
      throw new TypeError(
        `${where}: metrics must have names other than "", "loss" and "accuracy"; got ${JSON.stringify(name)}`,
      );
    }
    if (typeof metric === "function") continue;
    throw new TypeError(`${where}: metric ${JSON.stringify(name)} must be a function; got ${shown(metric)}`);
  }
}

/**
 * The value of a metric.
 * @throws TypeError when it returns no number; RangeError when it throws
 */
export function valueOf(where: string, name: string, metric: () => unknown): number {
  const must = `${where}: metric ${JSON.stringify(name)} must give a number`;
  let value: unknown;
  try {
    value = metric();
  } catch (cause) {
    throw new RangeError(`${must}; got ${cause instanceof Error ? String(cause) : shown(cause)}`, { cause });
  }
  if (typeof value === "number") return value;
  throw new TypeError(`${must}; got ${shown(value)}`);
}
