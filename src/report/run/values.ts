import { Tensor } from "../../base/tensor.ts";
import { rowSize } from "../../base/rows.ts";
import * as metrics from "../../metrics/index.ts";
import { finiteOrNull } from "./json.ts";
import type { ValueOutcome } from "./outcome.ts";
import type { ValuesRecord } from "./record.ts";

/** Points that are kept, at most. */
const MOST = 1000;
/** Samples of a point that does not tell the value of one, at least. */
const LEAST_HIDDEN = 5;
/** Such points, at most. */
const MOST_HIDDEN = 100;

/** Targets and predictions of numbers, and their errors. Notes that several outputs are shown together. */
export function valuesRecord({ predictions, targets, weights, inUnits }: ValueOutcome, notes: string[]): ValuesRecord {
  const [rows = 0] = predictions.shape;
  const width = rowSize(predictions);
  const [truth, found] = [inUnits(targets), inUnits(predictions)];
  const tensor = (values: Float64Array): Tensor<"float32"> =>
    new Tensor([rows, width], "float32", Float32Array.from(values));
  const [x, y] = [tensor(found), tensor(truth)];
  const options = weights && { sampleWeight: weights };
  if (width > 1) notes.push(`Targets and predictions of all ${width} outputs are shown together.`);
  const count = Math.min(MOST, truth.length);
  const kept = Array.from({ length: count }, (_, i) => Math.floor((i * truth.length) / count));
  return {
    perPoint: 1,
    targets: kept.map((i) => truth[i] ?? NaN),
    predictions: kept.map((i) => found[i] ?? NaN),
    meanAbsoluteError: metrics.meanAbsoluteError(x, y, options),
    rootMeanSquaredError: metrics.rootMeanSquaredError(x, y, options),
    r2: rows > 1 ? finiteOrNull(metrics.r2(x, y, options)) : null,
  };
}

/** The same with means of several samples as points, by true value; what has such points already stays as it is. */
export function withMeans(values: ValuesRecord): ValuesRecord {
  const { targets, predictions } = values;
  if (values.perPoint > 1 || targets.length === 0) return values;
  const perPoint = Math.min(targets.length, Math.max(LEAST_HIDDEN, Math.ceil(targets.length / MOST_HIDDEN)));
  const order = targets.map((_, i) => i).toSorted((a, b) => (targets[a] ?? 0) - (targets[b] ?? 0));
  // The last group has what is left over too.
  const groups = Array.from({ length: Math.floor(order.length / perPoint) }, (_, i) =>
    order.slice(i * perPoint, (i + 2) * perPoint > order.length ? undefined : (i + 1) * perPoint),
  );
  const meansOf = (numbers: readonly number[]): readonly number[] =>
    groups.map((group) => group.reduce((sum, i) => sum + (numbers[i] ?? NaN), 0) / group.length);
  return { ...values, perPoint, targets: meansOf(targets), predictions: meansOf(predictions) };
}
