import { ShapeError, requireArray, requireOneOf, requireWhole, shown } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import { Tensor, tensorOf } from "../../base/tensor.ts";
import type { Tensors } from "../../base/tensors.ts";
import type { FittedColumn } from "./table.ts";

/** A predicted class. */
export interface LabelPrediction {
  /** The class of the greatest probability; of equal ones the first. */
  readonly label: string;
  readonly probability: number;
  /** Of each class, by its label. */
  readonly probabilities: Readonly<Record<string, number>>;
}

/** A predicted number, in the units of the rows. */
export interface ValuePrediction {
  readonly value: number;
}

/** What the outputs of a model are: "logits", as `crossEntropyLoss` and `bceWithLogitsLoss` take them, or "probabilities". */
export type Outputs = "logits" | "probabilities";

/** What predicts: any module. */
export interface Predictor {
  predict(inputs: Tensors, options?: { readonly batchSize?: number }): Tensor;
}

export interface PredictOptions {
  /** Rows in a batch, at least 1. Default: 256. */
  readonly batchSize?: number;
  /**
   * What the model's outputs are for a category or boolean: "logits", of which softmax and sigmoid make probabilities, or
   * "probabilities". Default: "logits".
   */
  readonly outputs?: Outputs;
}

/** @throws TypeError or RangeError when an option is wrong, or model has no `predict` */
export function predictOptions(where: string, model: Predictor, options: PredictOptions): Required<PredictOptions> {
  const checked = withDefaults(where, options, { batchSize: 256, outputs: "logits" });
  requireWhole(where, "batchSize", checked.batchSize, 1);
  requireOneOf(where, "outputs", checked.outputs, ["logits", "probabilities"]);
  if (typeof Reflect.get(Object(model), "predict") === "function") return checked;
  throw new TypeError(`${where}: model must be a module; got ${shown(model)}`);
}

/**
 * The prediction of each row of a model's outputs.
 * @throws ShapeError when outputs are not [rows, classes] for a category, or [rows] or [rows, 1] for another target
 * @throws RangeError when one is not finite, or not from 0 to 1 for probabilities
 */
export function predictionsOf(
  { column, name, encoder }: FittedColumn,
  out: Tensor,
  rows: number,
  outputs: Outputs,
  where: string,
): readonly (LabelPrediction | ValuePrediction)[] {
  const { classes = [], inverse } = encoder;
  const width = column.name === "category" ? classes.length : 1;
  if (out.shape[0] !== rows || out.size !== rows * width) {
    const what = column.name === "category" ? "number for each class" : "number";
    throw new ShapeError(
      `${where}: the output of the model must be [${rows}, ${width}], a ${what} of the target ${JSON.stringify(name)}; got ${out}`,
    );
  }
  const wrong = out.data.findIndex(
    (each) => !(outputs === "logits" || inverse ? Number.isFinite(each) : each >= 0 && each <= 1),
  );
  if (wrong >= 0) {
    const must = outputs === "logits" || inverse ? "finite" : "from 0 to 1";
    throw new RangeError(
      `${where}: outputs of the model must be ${must}; got ${out.data[wrong]} in row ${Math.floor(wrong / width)}`,
    );
  }
  if (inverse) return Array.from(out.data, (each) => ({ value: inverse(each) }));
  return Array.from({ length: rows }, (_, row) => {
    const numbers = Array.from(out.data.subarray(row * width, (row + 1) * width));
    return labelled(classes, probabilitiesOf(numbers, outputs));
  });
}

/** Probabilities of all classes; a single number is that of the second one. */
function probabilitiesOf(numbers: readonly number[], outputs: Outputs): readonly number[] {
  const [only = 0] = numbers;
  if (numbers.length === 1) {
    const second = outputs === "logits" ? 1 / (1 + Math.exp(-only)) : only;
    return [outputs === "logits" ? 1 / (1 + Math.exp(only)) : 1 - only, second];
  }
  if (outputs === "probabilities") return numbers;
  const most = Math.max(...numbers);
  const powers = numbers.map((each) => Math.exp(each - most));
  const sum = powers.reduce((all, each) => all + each, 0);
  return powers.map((each) => each / sum);
}

function labelled(classes: readonly string[], probabilities: readonly number[]): LabelPrediction {
  let best = 0;
  probabilities.forEach((each, i) => {
    if (each > (probabilities[best] ?? 0)) best = i;
  });
  return {
    label: classes[best] ?? "",
    probability: probabilities[best] ?? NaN,
    probabilities: Object.fromEntries(classes.map((label, i) => [label, probabilities[i] ?? NaN])),
  };
}

/** The numbers of an array or a tensor. @throws TypeError when it is neither, or one is no number */
export function numbersOf(where: string, name: string, given: unknown): readonly number[] {
  const tensor = tensorOf(given);
  if (tensor instanceof Tensor) return Array.from(tensor.data);
  const listed: unknown = ArrayBuffer.isView(given) ? Array.from(given as Int32Array) : given;
  requireArray(where, name, listed);
  const numbers = listed as readonly unknown[];
  const wrong = numbers.findIndex((each) => typeof each !== "number");
  if (wrong < 0) return numbers as readonly number[];
  throw new TypeError(`${where}: ${name} must be numbers; got ${shown(numbers[wrong])} at index ${wrong}`);
}
