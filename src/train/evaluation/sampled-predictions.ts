import { ShapeError } from "../../base/errors.ts";
import { rowSize } from "../../base/rows.ts";
import type { Tensor } from "../../base/tensor.ts";
import { printTensors } from "../../base/tensors.ts";
import { monteCarlo } from "../../nn/dropout/monte-carlo.ts";
import type { Decision, Loss, Module } from "../../nn/index.ts";
import type { BatchTensors } from "../step/batch.ts";
import { isRight } from "./score.ts";
import { type UncertaintyEvaluation, certaintyOf } from "./uncertainty.ts";

/** Predictions of all batches with random masks: errors of their means, and measures of their uncertainty. */
export class SampledPredictions {
  readonly #where: string;
  readonly #model: Module;
  readonly #loss: Loss;
  readonly #samples: number;
  /** 1 for wrong and 0 for right decisions, or absolute errors. */
  readonly #losses: number[] = [];
  readonly #weights: number[] = [];
  readonly #entropy: number[] = [];
  readonly #mutualInformation: number[] = [];
  readonly #deviation: number[] = [];

  /** @param samples predictions of each sample */
  constructor(where: string, model: Module, loss: Loss, samples: number) {
    this.#where = where;
    this.#model = model;
    this.#loss = loss;
    this.#samples = samples;
  }

  /**
   * Adds a batch.
   * @throws TypeError when the model has no random layer
   * @throws ShapeError when samples have several targets, several decisions or, without a decision, another shape than predictions
   */
  add({ tensors, inputs, isWeighted }: BatchTensors): void {
    const [target, ...others] = tensors.slice(inputs, isWeighted ? -1 : undefined);
    if (!target || others.length > 0) {
      const targets = printTensors(target ? [target, ...others] : []);
      throw new ShapeError(`${this.#where}: monteCarlo must be of one target; got ${targets}`);
    }
    const { decision, weigh } = this.#loss.traits;
    const given = tensors.slice(0, inputs);
    if (decision) this.#decide(decision, given, target);
    else this.#measure(given, target);
    const weights = isWeighted ? tensors.at(-1)?.data : undefined;
    for (let row = 0; row < (target.shape[0] ?? 0); row++) {
      const isIgnored = weigh?.(target.data[row] ?? NaN) === 0;
      this.#weights.push(isIgnored ? 0 : (weights?.[row] ?? 1));
    }
  }

  /**
   * How far the uncertainty tells right from wrong predictions.
   * @throws RangeError when all weights are 0, or a prediction is not finite
   */
  result(): UncertaintyEvaluation {
    const where = `${this.#where}: monteCarlo`;
    if (!this.#weights.some((weight) => weight > 0)) {
      throw new RangeError(`${where}: samples must have a weight above 0 in sum; got 0`);
    }
    const classifies = this.#loss.traits.decision !== undefined;
    const by = (uncertainty: readonly number[]) =>
      certaintyOf(where, this.#losses, uncertainty, this.#weights, classifies);
    const predictions = this.#samples;
    if (!classifies) {
      const deviation = by(this.#deviation);
      const none = { accuracy: undefined, entropy: undefined, mutualInformation: undefined };
      return { predictions, ...none, error: deviation.curve.at(1), deviation };
    }
    const [entropy, mutualInformation] = [by(this.#entropy), by(this.#mutualInformation)];
    const accuracy = 1 - entropy.curve.at(1);
    return { predictions, accuracy, error: undefined, entropy, mutualInformation, deviation: undefined };
  }

  #decide(decision: Decision, inputs: readonly Tensor[], target: Tensor): void {
    const areLogits = decision === "highest" || decision.above <= 0;
    const kind = areLogits ? "classification" : "probabilities";
    const { mean, entropy, mutualInformation } = monteCarlo(this.#model, inputs, this.#options(inputs, kind));
    const width = rowSize(mean);
    if (decision !== "highest" && width !== 1) {
      throw new ShapeError(`${this.#where}: monteCarlo must be of one decision per sample; got ${mean}`);
    }
    // Means are probabilities.
    const decide = decision !== "highest" && areLogits ? { above: 0.5 } : decision;
    entropy.data.forEach((nats, row) => {
      this.#losses.push(isRight(decide, mean.data, row * width, target.data, row, width) ? 0 : 1);
      this.#entropy.push(nats);
      this.#mutualInformation.push(mutualInformation.data[row] ?? NaN);
    });
  }

  #measure(inputs: readonly Tensor[], target: Tensor): void {
    const { mean, variance } = monteCarlo(this.#model, inputs, this.#options(inputs, "regression"));
    if (mean.size !== target.size || mean.shape[0] !== target.shape[0]) {
      const must = `must be of a loss that classifies, or of targets with the shape of predictions`;
      throw new ShapeError(`${this.#where}: monteCarlo ${must}; got ${this.#loss.describe()}, ${mean} and ${target}`);
    }
    const width = rowSize(mean);
    for (let start = 0; start < mean.size; start += width) {
      let [error, spread] = [0, 0];
      for (let i = start; i < start + width; i++) {
        error += Math.abs((mean.data[i] ?? NaN) - (target.data[i] ?? NaN)) / width;
        spread += (variance.data[i] ?? NaN) / width;
      }
      this.#losses.push(error);
      this.#deviation.push(Math.sqrt(spread));
    }
  }

  /** One batch at a time, as large as it is. */
  #options<K extends string>(inputs: readonly Tensor[], kind: K) {
    return { samples: this.#samples, batchSize: Math.max(inputs[0]?.shape[0] ?? 1, 1), kind };
  }
}
