import { planBatches, walk } from "../../data/batches.ts";
import type { Pausable } from "../../base/pausable.ts";
import { type AnyDataset, type Samples, requireSamples } from "../../data/dataset.ts";
import { traced } from "../../graph/scope.ts";
import type { Loss, Module } from "../../nn/index.ts";
import { ProgramCache } from "../../nn/module/program-cache.ts";
import { outputOf } from "../../nn/module/run.ts";
import { Program } from "../../runtime/program.ts";
import { type BatchTensors, batchOperands, batchTensors } from "../step/batch.ts";
import { lossOf, lossOperand, pathsOf } from "../step/objective.ts";
import type { Evaluation } from "./evaluation.ts";
import { RunningMetrics } from "./running-metrics.ts";

const BATCH = 256; // samples

/** Evaluates a model by a loss, both in evaluation mode. */
export class Evaluator {
  readonly #programs: ProgramCache;

  constructor(
    readonly model: Module,
    readonly loss: Loss,
  ) {
    this.#programs = new ProgramCache([model, loss]);
  }

  /**
   * Loss and accuracy over a data set.
   * @param batchSize samples per run. Default: 256.
   * @throws ShapeError, TypeError or RangeError when the data set does not fit
   */
  evaluate(dataset: AnyDataset, batchSize: number = BATCH): Evaluation {
    const metrics = new RunningMetrics();
    this.#forEachBatch("evaluate", dataset, batchSize, (batch, program) => {
      program.execute(batch.tensors, "evaluate");
      metrics.addRun(program, this.loss, lossOf(program, this.loss), batch);
    });
    return metrics.result();
  }

  /** The same as work that may pause. */
  *evaluation(dataset: Samples): Pausable<Evaluation> {
    return this.evaluate(dataset as AnyDataset);
  }

  /**
   * Checks all batches of a data set without running them.
   * @throws ShapeError, TypeError or RangeError when the data set does not fit
   */
  check(where: string, dataset: Samples): void {
    this.#forEachBatch(where, dataset as AnyDataset, BATCH, ({ tensors }, program) =>
      program.inputBinding.check(where, tensors),
    );
  }

  #forEachBatch(
    where: string,
    dataset: AnyDataset,
    batchSize: number,
    visit: (batch: BatchTensors, program: Program) => void,
  ): void {
    const samples = requireSamples(where, dataset);
    const plan = planBatches(where, samples.length, { batchSize });
    for (const part of walk(samples, plan)) {
      const batch = batchTensors(where, this.model, this.loss, part);
      visit(batch, this.#program(batch));
    }
  }

  #program(batch: BatchTensors): Program {
    const { model, loss } = this;
    const purpose = `evaluate ${batch.inputs} ${batch.isWeighted}`;
    return this.#programs.inEvaluation(purpose, batch.tensors, () => {
      const { all, inputs, targets, weights } = batchOperands(model, loss, batch);
      return traced(pathsOf(model, loss), () => {
        const prediction = outputOf(model, inputs);
        return new Program(all, [lossOperand(model, loss, prediction, targets, weights), prediction]);
      });
    });
  }
}
