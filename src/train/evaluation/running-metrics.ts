import type { StateReader } from "../../base/state-reader.ts";
import type { StateRecord } from "../../base/state-tree.ts";
import type { Loss } from "../../nn/index.ts";
import type { Program } from "../../runtime/program.ts";
import type { BatchTensors } from "../step/batch.ts";
import type { Evaluation } from "./evaluation.ts";
import { type Score, score } from "./score.ts";

/** Loss and accuracy over batches. */
export class RunningMetrics {
  #loss = 0;
  #lossWeight = 0;
  #correctWeight = 0;
  #countedWeight = 0;
  #classifies = true;
  #samples = 0;

  /** Adds a batch. @param isSum whether the loss is a sum over samples, not their mean */
  add(loss: number, batch: Score, isSum: boolean): void {
    // The mean of a batch of weight 0 is NaN: the batch adds nothing.
    if (isSum || batch.lossWeight > 0) this.#loss += isSum ? loss : loss * batch.lossWeight;
    this.#lossWeight += isSum ? batch.sampleWeight : batch.lossWeight;
    this.#samples += batch.samples;
    this.#countedWeight += batch.countedWeight;
    this.#correctWeight += batch.correctWeight ?? 0;
    this.#classifies &&= batch.correctWeight !== undefined;
  }

  /**
   * Adds the last run of `program`, whose loss was `value`.
   * @param samples samples of the run; with `order` the samples from which row r of the run is row order[start + r]
   */
  addRun(
    program: Program,
    { traits }: Loss,
    value: number,
    { tensors, inputs, isWeighted }: BatchTensors,
    order?: Int32Array,
    start?: number,
  ): void {
    const prediction = program.outputs[1];
    const batch = score(traits, {
      scores: prediction && traits.decision ? program.read(prediction) : [],
      rows: program.inputs[0]?.shape[0] ?? 1,
      targets: tensors[inputs]?.data ?? [],
      weights: isWeighted ? tensors.at(-1)?.data : undefined,
      order,
      start,
    });
    this.add(value, batch, traits.reduction === "sum");
  }

  stateDict(): StateRecord {
    return {
      loss: this.#loss,
      lossWeight: this.#lossWeight,
      correctWeight: this.#correctWeight,
      countedWeight: this.#countedWeight,
      classifies: this.#classifies,
      samples: this.#samples,
    };
  }

  /** Metrics of a state, with problems for the reader. */
  static from(reader: StateReader, value: unknown): RunningMetrics {
    const state = reader.record("", value) ?? {};
    const number = (name: string): number => reader.metric(name, state[name]) ?? NaN;
    const metrics = new RunningMetrics();
    metrics.#loss = number("loss");
    metrics.#lossWeight = number("lossWeight");
    metrics.#correctWeight = number("correctWeight");
    metrics.#countedWeight = number("countedWeight");
    metrics.#classifies = state["classifies"] === true;
    metrics.#samples = reader.whole("samples", state["samples"]) ?? 0;
    return metrics;
  }

  /** Samples so far. */
  get samples(): number {
    return this.#samples;
  }

  /** Whether the loss so far is finite; batches of weight 0 do not count. */
  get isFinite(): boolean {
    return Number.isFinite(this.#loss);
  }

  /** Means over all samples so far. */
  result(): Evaluation {
    return {
      loss: this.#loss / this.#lossWeight,
      accuracy: this.#classifies ? this.#correctWeight / this.#countedWeight : undefined,
      metrics: undefined,
      uncertainty: undefined,
    };
  }
}
