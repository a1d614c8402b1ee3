import { NonFiniteError, requireWhole } from "../../base/errors.ts";
import type { Defaults } from "../../base/options.ts";
import { type Pausable, finishNow } from "../../base/pausable.ts";
import { planBatches, walk } from "../../data/batches.ts";
import type { Samples } from "../../data/dataset.ts";
import { nonFiniteSample } from "../../data/non-finite.ts";
import { checkedSamples, isInMemory, requireNoBatchOptions } from "../../data/samples.ts";
import { traced } from "../../graph/scope.ts";
import type { Loss, Module } from "../../nn/index.ts";
import { ProgramCache } from "../../nn/module/program-cache.ts";
import { outputsOf } from "../../nn/module/run.ts";
import { undisturbed } from "../../nn/module/undisturbed.ts";
import { Program } from "../../runtime/program.ts";
import { type BatchTensors, batchOperands, batchTensors } from "../step/batch.ts";
import { Losses, type Objective } from "../step/losses.ts";
import { describeLoss, lossOf, pathsOf } from "../step/objective.ts";
import { forEachBatch } from "./batches.ts";
import { CollectedRows } from "./collected-rows.ts";
import type { Evaluation } from "./evaluation.ts";
import { type MetricFunctions, requireMetrics } from "./metric-functions.ts";
import { RunningMetrics } from "./running-metrics.ts";
import { SampledPredictions } from "./sampled-predictions.ts";

const BATCH = 256; // samples

/** What an evaluation measures, and how. */
export interface EvaluateOptions {
  /** Samples per run, at least 1; a stream has batches of its own. Default: 256. */
  readonly batchSize?: number | undefined;
  /**
   * Metrics by name, as `{ f1: metrics.f1, error: (p, y) => metrics.meanAbsoluteError(p, y) }`; see `Evaluation.metrics`. Each is
   * called once on the predictions and targets of all samples, which are kept in memory until then. Default: none.
   */
  readonly metrics?: MetricFunctions | undefined;
  /**
   * Predictions of each sample with random masks, at least 1: measures how far the model's uncertainty tells right from wrong
   * predictions; see `Evaluation.uncertainty`. Draws the next masks, as `monteCarlo` does. Default: none.
   */
  readonly monteCarlo?: number | undefined;
}

export const EVALUATE_DEFAULTS = {
  batchSize: undefined,
  metrics: undefined,
  monteCarlo: undefined,
} as const satisfies Defaults<EvaluateOptions>;

/** Options of an evaluation within other work. */
export interface EvaluationOptions extends EvaluateOptions {
  /** The name of the caller in errors. Default: "evaluate". */
  readonly where?: string | undefined;
  /** Gives the event loop a turn, taken every 50 ms. Default: only promises of the samples are awaited. */
  readonly turn?: (() => PromiseLike<unknown>) | undefined;
}

/** Evaluates a model by its loss or losses, all in evaluation mode. */
export class Evaluator {
  readonly #programs: ProgramCache;

  constructor(
    readonly model: Module,
    readonly loss: Objective,
  ) {
    this.#programs = new ProgramCache([model, loss]);
  }

  /**
   * Loss, accuracy and other metrics of samples, without a pause.
   * @throws ShapeError, TypeError or RangeError when the samples do not fit, or their batches must be awaited
   */
  evaluate(samples: Samples, options: EvaluationOptions = {}): Evaluation {
    const { where = "evaluate" } = options;
    return finishNow(
      this.evaluation(samples, options),
      () =>
        new TypeError(`${where}: batches must be given without a promise, which evaluateAsync takes; got a promise`),
    );
  }

  /**
   * Loss, accuracy and other metrics of samples. Yields promises of batches, and turns of the event loop; other code may then
   * run, but not change parameters and buffers.
   * @throws ShapeError, TypeError or RangeError when the samples do not fit
   * @throws TypeError when parameters or buffers changed during a pause
   */
  *evaluation(samples: Samples, options: EvaluationOptions = {}): Pausable<Evaluation> {
    const { where = "evaluate", batchSize = BATCH, metrics, monteCarlo, turn } = options;
    const { model, loss } = this;
    requireNoBatchOptions(where, samples, { batchSize: options.batchSize });
    if (metrics !== undefined) requireMetrics(where, metrics);
    if (monteCarlo !== undefined) requireWhole(where, "monteCarlo", monteCarlo, 1);
    const running = new RunningMetrics();
    const collected = metrics && new CollectedRows(where);
    const sampled =
      monteCarlo === undefined ? undefined : new SampledPredictions(where, model, oneLoss(where, loss), monteCarlo);
    const pause = (promise: PromiseLike<unknown>): Pausable<void> => undisturbed(where, [model, loss], promise);
    yield* forEachBatch(where, samples, { batchSize, turn, pause }, (part) => {
      const batch = batchTensors(where, model, loss, part);
      const program = this.#program(batch);
      program.execute(batch.tensors, where);
      running.addRun(program, loss, lossOf(program, loss), batch);
      collected?.addRun(program, batch);
      sampled?.add(batch);
    });
    return {
      ...running.result(),
      metrics: metrics && collected?.valuesOf(metrics),
      uncertainty: sampled?.result(),
    };
  }

  /**
   * Checks all batches of a data set without running them; of samples that are made when they are asked for, their number.
   * @throws ShapeError, TypeError or RangeError when the data set does not fit
   */
  check(where: string, samples: Samples): void {
    const dataset = checkedSamples(where, samples);
    if (!isInMemory(dataset)) return;
    for (const part of walk(dataset, planBatches(where, dataset.length, { batchSize: BATCH }))) {
      const batch = batchTensors(where, this.model, this.loss, part);
      this.#program(batch).inputBinding.check(where, batch.tensors);
    }
  }

  /** @throws NonFiniteError when a loss is NaN or infinite and samples in memory have such a number, which it names */
  requireFiniteSamples(where: string, samples: Samples, loss: number, epoch?: number): void {
    if (Number.isFinite(loss) || !isInMemory(samples)) return;
    const found = nonFiniteSample(samples);
    if (found === undefined) return;
    const after = epoch === undefined ? "" : ` after epoch ${epoch}`;
    throw new NonFiniteError(`${where}: the loss must be finite; got ${loss}${after}: ${found}`);
  }

  #program(batch: BatchTensors): Program {
    const { model, loss } = this;
    const purpose = `evaluate ${batch.inputs} ${batch.isWeighted}`;
    return this.#programs.inEvaluation(purpose, batch.tensors, () => {
      const { all, inputs, targets, weights } = batchOperands(model, loss, batch);
      return traced(pathsOf(model, loss), () => {
        const { total, results } = describeLoss(model, loss, outputsOf(model, inputs), targets, weights);
        return new Program(all, [total, ...results]);
      });
    });
  }
}

/** @throws TypeError when there are losses by name: which of them would say what is right? */
function oneLoss(where: string, objective: Objective): Loss {
  if (!(objective instanceof Losses)) return objective;
  throw new TypeError(`${where}: monteCarlo must be of one loss; got ${objective.describe()}`);
}
