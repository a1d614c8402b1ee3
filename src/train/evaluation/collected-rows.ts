import { ShapeError, shown } from "../../base/errors.ts";
import { rowsJoined } from "../../base/rows.ts";
import { Tensor } from "../../base/tensor.ts";
import { printTensors } from "../../base/tensors.ts";
import type { Program } from "../../runtime/program.ts";
import type { BatchTensors } from "../step/batch.ts";
import { type MetricFunctions, valueOf } from "./metric-functions.ts";

/** Predictions, targets and weights of all batches, for metrics that need them at once. */
export class CollectedRows {
  readonly #where: string;
  readonly #predictions: Tensor<"float32">[] = [];
  readonly #targets: Tensor[] = [];
  readonly #weights: Tensor[] = [];
  #isWeighted = false;

  constructor(where: string) {
    this.#where = where;
  }

  /**
   * Adds the last run of `program`.
   * @throws ShapeError when the batch has several targets
   */
  addRun(program: Program, { tensors, inputs, isWeighted }: BatchTensors): void {
    const prediction = program.outputs[1];
    const [target, ...others] = tensors.slice(inputs, isWeighted ? -1 : undefined);
    if (!prediction || !target || others.length > 0) {
      const targets = printTensors(target ? [target, ...others] : []);
      throw new ShapeError(`${this.#where}: metrics must be of one target; got ${targets}`);
    }
    this.#predictions.push(new Tensor(prediction.shape, "float32", Float32Array.from(program.read(prediction))));
    this.#targets.push(target);
    const weights = isWeighted ? tensors.at(-1) : undefined;
    const rows = target.shape[0] ?? 0;
    this.#weights.push(weights ?? new Tensor([rows], "float32", new Float32Array(rows).fill(1)));
    this.#isWeighted ||= isWeighted;
  }

  /**
   * Values of metrics, by name.
   * @throws TypeError or RangeError when one throws or gives no number
   */
  valuesOf(metrics: MetricFunctions): Readonly<Record<string, number>> {
    const where = this.#where;
    const [predictions, targets] = [rowsJoined(where, this.#predictions), rowsJoined(where, this.#targets)];
    const options = this.#isWeighted ? { sampleWeight: rowsJoined(where, this.#weights) } : {};
    return Object.fromEntries(
      Object.entries(metrics).map(([name, metric]) => [
        name,
        valueOf(where, `metric ${shown(name)}`, () => metric(predictions, targets, options)),
      ]),
    );
  }
}
