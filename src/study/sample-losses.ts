import { Input } from "../graph/operand.ts";
import { traced } from "../graph/scope.ts";
import type { Tensor } from "../base/tensor.ts";
import { rowsBetween } from "../base/rows.ts";
import { printShape } from "../base/tensor.ts";
import { ShapeError } from "../base/errors.ts";
import { tensor } from "../base/tensor.ts";
import type { Batch } from "../data/dataset.ts";
import { ProgramCache } from "../nn/module/program-cache.ts";
import type { Loss, Module } from "../nn/index.ts";
import { Program } from "../runtime/program.ts";
import { batchTensors } from "../train/step/batch.ts";
import { asObjective, describeLoss, lossOf } from "../train/step/objective.ts";
import { Losses } from "../train/step/losses.ts";
import type { Trainer } from "../train/trainer.ts";
import type { Tensors } from "../base/tensors.ts";

const ONE = tensor([1]);

/** The loss of each sample of a batch, and the predictions. */
export interface SampleLosses {
  readonly losses: Float64Array;
  readonly predictions: Tensor<"float32">;
}

/**
 * The loss of each sample, in evaluation mode and without the weights of samples: what reduction "none" gives, averaged over the
 * elements of a sample, or summed if the trainer's loss is a sum. It is the loss of a batch of this sample alone, which any
 * loss has; a mean is multiplied by the weight of the label, by which it was divided.
 */
export class SampleLoss {
  readonly #model: Module;
  readonly #loss: Loss;
  readonly #programs: ProgramCache;

  constructor(where: string, { model, options }: Trainer) {
    this.#model = model;
    this.#loss = oneLoss(where, options.loss);
    this.#programs = new ProgramCache([model, this.#loss]);
  }

  /** @throws ShapeError when predictions are not one row for each sample */
  ofBatch(where: string, batch: Batch<Tensors, Tensors>): SampleLosses {
    const { tensors, inputs, isWeighted } = batchTensors(where, this.#model, this.#loss, batch);
    const predictions = this.#model.predict(batch.x, { batchSize: Number.MAX_SAFE_INTEGER });
    const rows = tensors[0]?.shape[0] ?? 0;
    if (predictions.shape[0] !== rows) {
      throw new ShapeError(
        `${where}: predictions must have one row for each of ${rows} samples; got ${printShape(predictions.shape)}`,
      );
    }
    const targets = tensors.slice(inputs, isWeighted ? -1 : undefined);
    const labels = targets[0]?.data ?? [];
    const { weigh, reduction } = this.#loss.traits;
    const losses = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      const weight = weigh && reduction !== "sum" ? weigh(labels[row] ?? NaN) : 1;
      // The mean over samples of weight 0 is NaN.
      if (weight === 0) continue;
      const own = [predictions, ...targets].map((each) => rowsBetween(each, row, row + 1));
      losses[row] = weight * this.#ofOne(where, isWeighted ? [...own, ONE] : own, isWeighted);
    }
    return { losses, predictions };
  }

  #ofOne(where: string, tensors: readonly Tensor[], isWeighted: boolean): number {
    const program = this.#programs.inEvaluation(`loss of one ${isWeighted}`, tensors, () => {
      const [prediction, ...others] = tensors.map(({ shape, dtype }, i) => new Input(shape, dtype, nameOf(i)));
      if (!prediction) throw new ShapeError(`${where}: there must be a prediction; got none`);
      const targets = isWeighted ? others.slice(0, -1) : others;
      const weights = isWeighted ? others.at(-1) : undefined;
      return traced(this.#loss.paths(), () => {
        const { total } = describeLoss(this.#model, this.#loss, prediction, targets, weights);
        return new Program([prediction, ...others], [total, prediction]);
      });
    });
    program.execute(tensors, where);
    return lossOf(program, this.#loss);
  }
}

/** @throws TypeError when a trainer has several losses, which have no order */
function oneLoss(where: string, loss: unknown): Loss {
  const objective = asObjective(where, loss);
  if (!(objective instanceof Losses)) return objective;
  throw new TypeError(`${where}: the trainer must have one loss; got ${objective.describe()}`);
}

function nameOf(input: number): string {
  return input === 0 ? "prediction" : `y[${input - 1}]`;
}
