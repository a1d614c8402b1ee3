import { planBatches, walk } from "../../data/batches.ts";
import { type AnyDataset, requireSamples } from "../../data/dataset.ts";
import { traced } from "../../graph/scope.ts";
import type { Loss, Module } from "../../nn/index.ts";
import { ProgramCache } from "../../nn/module/program-cache.ts";
import { outputOf } from "../../nn/module/run.ts";
import { Program } from "../../runtime/program.ts";
import type { Evaluation } from "./evaluation.ts";
import { type Given, givenTo, operandsFor } from "../step/given.ts";
import { lossOperand, pathsOf } from "../step/objective.ts";
import { RunningMetrics, score, lossOf } from "./running-metrics.ts";

const BATCH = 256; // samples

/** Says how a model does by a loss, both in evaluation mode. */
export class Evaluator {
  readonly #programs: ProgramCache;

  constructor(
    readonly model: Module,
    readonly loss: Loss,
  ) {
    this.#programs = new ProgramCache([model, loss]);
  }

  /** @throws ShapeError, TypeError or RangeError when the data set cannot be evaluated */
  evaluate(dataset: AnyDataset, batchSize: number = BATCH): Evaluation {
    const metrics = new RunningMetrics();
    this.#eachBatch("evaluate", dataset, batchSize, (given, program) => {
      program.execute(given.tensors, "evaluate");
      recordRun(metrics, this.loss, lossOf(program, this.loss), program, given);
    });
    return metrics.result();
  }

  /** @throws ShapeError, TypeError or RangeError when a data set could not be evaluated; nothing is computed */
  check(where: string, dataset: AnyDataset): void {
    this.#eachBatch(where, dataset, BATCH, (given, program) => program.inputBinding.check(where, given.tensors));
  }

  #eachBatch(
    where: string,
    dataset: AnyDataset,
    batchSize: number,
    visit: (given: Given, program: Program) => void,
  ): void {
    const whole = requireSamples(where, dataset);
    const plan = planBatches(where, whole.length, { batchSize });
    for (const batch of walk(whole, plan)) {
      const given = givenTo(where, this.model, this.loss, batch);
      visit(given, this.#program(given));
    }
  }

  #program(given: Given): Program {
    const { model, loss } = this;
    const purpose = `evaluate ${given.inputs} ${given.isWeighted}`;
    return this.#programs.inEvaluation(purpose, given.tensors, () => {
      const { all, inputs, targets, weights } = operandsFor(model, loss, given);
      return traced(pathsOf(model, loss), () => {
        const prediction = outputOf(model, inputs);
        return new Program(all, [lossOperand(model, loss, prediction, targets, weights), prediction]);
      });
    });
  }
}

/** Adds the last run of `program`, which gave `loss`, to a metrics; row r belongs to row order[start + r] of what is given. */
export function recordRun(
  metrics: RunningMetrics,
  { traits }: Loss,
  loss: number,
  program: Program,
  { tensors, inputs, isWeighted }: Given,
  order?: Int32Array,
  start?: number,
): void {
  const prediction = program.outputs[1];
  const verdict = score(traits, {
    scores: prediction && traits.decision ? program.read(prediction) : [],
    rows: program.inputs[0]?.shape[0] ?? 1,
    targets: tensors[inputs]?.data ?? [],
    weights: isWeighted ? tensors.at(-1)?.data : undefined,
    order,
    start,
  });
  metrics.add(loss, verdict, traits.reduction === "sum");
}
