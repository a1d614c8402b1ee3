import { Tensor } from "../../base/tensor.ts";
import { rowSize } from "../../base/rows.ts";
import * as metrics from "../../metrics/index.ts";
import { finiteOrNull } from "./json.ts";
import type { ValueOutcome } from "./outcome.ts";
import type { ValuesRecord } from "./record.ts";

/** Points that are kept, at most. */
const MOST = 1000;

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
    targets: kept.map((i) => truth[i] ?? NaN),
    predictions: kept.map((i) => found[i] ?? NaN),
    meanAbsoluteError: metrics.meanAbsoluteError(x, y, options),
    rootMeanSquaredError: metrics.rootMeanSquaredError(x, y, options),
    r2: rows > 1 ? finiteOrNull(metrics.r2(x, y, options)) : null,
  };
}
