import { rowSize } from "../../base/rows.ts";
import { Tensor } from "../../base/tensor.ts";
import { type Samples, namedTensors } from "../../data/dataset.ts";
import { isStreamed } from "../../data/samples.ts";
import { probabilitiesOfLogits } from "../../metrics/scores.ts";
import { type TopLoss, topLosses } from "../../study/top-losses.ts";
import type { Tensors } from "../../base/tensors.ts";
import type { Trainer } from "../../train/trainer.ts";
import { finiteOrNull } from "./json.ts";
import { type Outcome, labelAt } from "./outcome.ts";
import type { FilledEvaluateOptions } from "./evaluate-options.ts";
import type { MistakeRecord } from "./record.ts";
import { sampleRecord } from "./sample.ts";

/** Numbers of a prediction that are printed, at most. */
const MOST_NUMBERS = 8;

/** Digits of a number. */
const DIGITS = 6;

/** The samples with the highest losses, as text, with the samples themselves. */
export async function mistakesOf(
  trainer: Trainer,
  samples: Samples,
  outcome: Outcome | undefined,
  options: FilledEvaluateOptions,
): Promise<readonly MistakeRecord[]> {
  const { mistakes: count, batchSize } = options;
  if (count === 0) return [];
  const found: readonly TopLoss<Tensors, Tensors>[] = await topLosses(trainer, samples, {
    count,
    ...(batchSize !== undefined && { batchSize }),
  });
  const indices = hasRowForEach(options.rows, samples) ? undefined : rowIndicesOf(samples);
  return found.map((each) => {
    const row = indices?.[each.index] ?? each.index;
    return {
      row,
      ...told(each, outcome),
      loss: finiteOrNull(each.loss),
      sample: sampleRecord(each.x, options.rows?.[row], options),
    };
  });
}

/** Rows of the table of which a schema made the samples; undefined for other data sets. */
export function rowIndicesOf(samples: Samples): Int32Array | undefined {
  const indices: unknown = Reflect.get(samples, "rowIndices");
  return indices instanceof Int32Array ? indices : undefined;
}

/** Whether rows are those of the samples, in their order; else they are those of a table, of which some may not fit. */
export function hasRowForEach(rows: readonly unknown[] | undefined, samples: Samples): boolean {
  return !isStreamed(samples) && rows?.length === samples.length;
}

/** Target and prediction of a sample, as text. */
function told(
  { prediction, y }: TopLoss<Tensors, Tensors>,
  outcome: Outcome | undefined,
): Pick<MistakeRecord, "target" | "prediction" | "probability"> {
  const [target] = namedTensors("y", y).map(([, each]) => each);
  if (!target || !outcome || outcome.kind === "other") {
    return { target: target ? numbersIn(target) : "", prediction: numbersIn(prediction), probability: null };
  }
  if (outcome.kind === "values") {
    const inUnits = (x: Tensor): string =>
      numbersIn(new Tensor([1, rowSize(x)], "float32", Float32Array.from(outcome.inUnits(x))));
    return { target: inUnits(target), prediction: inUnits(prediction), probability: null };
  }
  const { decision, areLogits, names } = outcome;
  const numbers = Float64Array.from(prediction.data);
  const probabilities = areLogits ? probabilitiesOfLogits(numbers) : numbers;
  const nameOf = (label: number): string => names[label] ?? String(label);
  const label = labelAt(target, 0);
  if (decision === "highest") {
    const best = numbers.indexOf(Math.max(...numbers));
    return { target: nameOf(label), prediction: nameOf(best), probability: finiteOrNull(probabilities[best]) };
  }
  const isSecond = (numbers[0] ?? NaN) > decision.above;
  const p = probabilities[0] ?? NaN;
  return {
    target: nameOf(label),
    prediction: nameOf(Number(isSecond)),
    probability: finiteOrNull(isSecond ? p : 1 - p),
  };
}

/** `1.25`; `0.5, 1.25, ...` for several. */
function numbersIn({ data }: Tensor): string {
  const numbers = Array.from(data.subarray(0, MOST_NUMBERS), (each) => String(Number(each.toPrecision(DIGITS))));
  return `${numbers.join(", ")}${data.length > MOST_NUMBERS ? `, ... (${data.length} numbers)` : ""}`;
}
