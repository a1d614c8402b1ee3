import { requireKnown, requireWhole } from "../base/errors.ts";
import type { AnyDataset } from "../data/dataset.ts";
import { INSPECT } from "../base/inspect.ts";
import type { Loss, LossFunction, Module } from "../nn/index.ts";
import { requireModule } from "../nn/module/module.ts";
import type { AveragedModel } from "../optim/averaged-model.ts";
import type { Optimizer } from "../optim/index.ts";
import { requireOptimizer } from "../optim/schedule/scheduler.ts";
import { Variable } from "../memory/variable.ts";
import type { Profile } from "../runtime/profile.ts";
import type { Program } from "../runtime/program.ts";
import type { Tensor } from "../base/tensor.ts";
import type { Tensors } from "../base/tensors.ts";
import { Accumulation } from "./step/accumulation.ts";
import { Averaging, type AveragingOptions } from "./step/averaging.ts";
import { type Clip, requireClip } from "./step/clip.ts";
import type { Evaluation } from "./evaluation/evaluation.ts";
import { Evaluator } from "./evaluation/evaluator.ts";
import { fit } from "./fit/fit.ts";
import type { FitOptions, ValidatedFitOptions } from "./fit/options.ts";
import { type Given, givenTo } from "./step/given.ts";
import type { History } from "./fit/history.ts";
import { asLoss } from "./step/objective.ts";
import { type Penalty, requirePenalty } from "./step/penalty.ts";
import { requireLearnable } from "./step/trained.ts";
import { TrainingStep } from "./step/training-step.ts";

export interface TrainerOptions {
  /**
   * What is to become small: one of `nn`, as `nn.mseLoss()`, or a function of operands that gives one number,
   * `(prediction, target) => ops.mean(ops.square(ops.subtract(prediction, target)))`. It is given the prediction, the
   * targets in order and, for a data set with weights, those, [batch].
   * A loss that holds modules is in training and evaluation mode with the model. Parameters that it uses are learned
   * where the model holds them too; others must be frozen.
   */
  readonly loss: Loss | LossFunction;
  /** How parameters change; one of `optim`, as `optim.adam()`. */
  readonly optimizer: Optimizer;
  /**
   * `{ l1, l2 }`: l1 Σ|w| + l2 Σ w² over all weights that are not frozen, biases left out, is added to the loss.
   * Default: 0.
   */
  readonly regularization?: Penalty;
  /** A bound on gradients, penalties included, before the optimizer sees them. Default: none. */
  readonly clip?: Clip;
  /**
   * Batches for one update, by the mean of their gradients. The last update of an epoch of `fit` takes the batches that
   * are left. Default: 1.
   */
  readonly accumulate?: number;
  /** Averages of the weights, kept beside them: see `averaged`. Default: none. */
  readonly averaging?: AveragingOptions;
}

/** Options of a step on one batch. */
export interface StepOptions {
  /** How much each sample counts, float32 [batch], finite and at least 0. Default: all count alike. */
  readonly weights?: Tensor<"float32">;
}

const OPTIONS = ["loss", "optimizer", "regularization", "clip", "accumulate", "averaging"];

/**
 * Teaches a model: forward, backward and update in one program.
 *
 * `new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.adam({ lr: 1e-3 }) })`, then `fit` for epochs of a data
 * set, which trains in training mode, or `step` batch by batch in the current modes of model and loss.
 *
 * Models of several inputs and losses of several targets are given them as arrays of tensors, in order, or as objects,
 * by the names in `inputNames`. Parameters with `requiresGrad` false are left alone; several trainers may share
 * parameters, as those of a GAN do.
 *
 * @throws TypeError when the model has no parameters or all are frozen, loss or optimizer is none, the optimizer serves
 * another trainer, or an option is unknown
 * @throws RangeError when an option is out of its range
 */
export class Trainer<Options extends TrainerOptions = TrainerOptions> {
  readonly #step: TrainingStep;
  readonly #evaluator: Evaluator;

  constructor(
    readonly model: Module,
    readonly options: Options,
  ) {
    requireModule("trainer", "the model", model);
    requireKnown("trainer", options, OPTIONS);
    const { optimizer, clip, accumulate = 1, averaging: averagingOptions, regularization = {} } = options;
    const loss = asLoss("trainer", options.loss);
    requireOptimizer("trainer", optimizer);
    requirePenalty(regularization);
    if (clip !== undefined) requireClip(clip);
    const parameters = model.namedParameters();
    if (parameters.length === 0) {
      throw new TypeError(
        "trainer: the model must have parameters; got none (keep layers in properties, or in arrays there)",
      );
    }
    requireLearnable(parameters.map(([, parameter]) => parameter));
    const size = parameters.reduce((sum, [, parameter]) => sum + parameter.size, 0);
    const accumulation = new Accumulation(accumulate, size);
    const averaging = averagingOptions === undefined ? undefined : new Averaging(model, averagingOptions);
    const members = optimizer.attach(parameters);
    try {
      Variable.gather(members.map(({ parameter }) => parameter));
    } catch (error) {
      optimizer.detach();
      throw error;
    }
    this.#evaluator = new Evaluator(model, loss);
    const settings = { members, optimizer, accumulation, clip, regularization, averaging };
    this.#step = new TrainingStep(model, loss, settings);
  }

  /** The averages of the weights, where the options ask for them: `averaged.use(() => trainer.evaluate(set))`. */
  get averaged(): Options extends { readonly averaging: AveragingOptions } ? AveragedModel : AveragedModel | undefined {
    return this.#step.averaged as AveragedModel;
  }

  /** The norm of all gradients at the last update, before they were clipped; undefined unless `clip.norm` is given. */
  get gradientNorm(): number | undefined {
    return this.#step.gradientNorm;
  }

  /**
   * One step on one batch in the current modes of model and loss: forward, backward and, where it is due, the update.
   * Gives the loss before the update.
   * @throws ShapeError, TypeError or RangeError when the batch does not fit; nothing is changed then
   * @throws RangeError when the loss is NaN for predictions that it does not take, as bceLoss of what is no probability
   */
  step(x: Tensors, y: Tensors, options?: StepOptions): number {
    return this.#step.take(this.#given("step", x, y, options));
  }

  /**
   * The loss and the share decided right, in evaluation mode whatever the current ones.
   * @param options.batchSize samples that are computed at a time, at least 1. Default: 256.
   * @throws ShapeError, TypeError or RangeError when the data set does not fit, or the loss does not take predictions
   */
  evaluate(dataset: AnyDataset, options: { readonly batchSize?: number } = {}): Evaluation {
    requireKnown("evaluate", options, ["batchSize"]);
    return this.#evaluator.evaluate(dataset, options.batchSize);
  }

  /**
   * Trains for some epochs, in training mode, and leaves the modes of model and loss as they were.
   * Shows a progress bar while standard output is a terminal.
   *
   * The promise is rejected with a TypeError while another `fit` of this trainer has not ended, with a ShapeError,
   * TypeError or RangeError when the data set or an option does not fit, with
   * a NonFiniteError at the first loss that is NaN or infinite (see `nonFinite`), or with what a callback throws.
   */
  fit(dataset: AnyDataset, options: ValidatedFitOptions): Promise<History<Evaluation>>;
  fit(dataset: AnyDataset, options?: FitOptions): Promise<History>;
  fit(dataset: AnyDataset, options: FitOptions | ValidatedFitOptions = {}): Promise<History> {
    // Where there is a validation set, every epoch that the callback is told of has its evaluation.
    return fit(this.#step, this.#evaluator, dataset, options as FitOptions);
  }

  /**
   * Times every kernel call of a step on one thread; print what it gives. Parameters and what the optimizer remembers
   * are afterwards as they were.
   * @param options.runs at least 1. Default: 50.
   */
  profile(x: Tensors, y: Tensors, options: StepOptions & { readonly runs?: number } = {}): Profile {
    requireKnown("profile", options, ["runs", "weights"]);
    const { runs = 50, ...rest } = options;
    requireWhole("profile", "runs", runs, 1);
    const given = this.#given("profile", x, y, rest);
    const program = this.#step.program(given, true);
    this.#step.prepare(true);
    return program.profile(given.tensors, runs);
  }

  /** What a step with an update runs on batches like these; its first outputs are loss and prediction. */
  stepProgram(x: Tensors, y: Tensors, options?: StepOptions): Program {
    return this.#step.program(this.#given("stepProgram", x, y, options), true);
  }

  /** `trainer of sequential of 3: crossEntropyLoss, adam lr 0.2` */
  toString(): string {
    const { model, loss } = this.#step;
    return `trainer of ${model.describe()}: ${loss.describe()}, ${String(this.options.optimizer)}`;
  }

  /** What `console.log` prints: the line of `toString`. */
  [INSPECT](): string {
    return String(this);
  }

  #given(where: string, x: Tensors, y: Tensors, options: StepOptions | undefined): Given {
    const { model, loss } = this.#step;
    if (options === undefined) return givenTo(where, model, loss, { x, y });
    requireKnown(where, options, ["weights"]);
    return givenTo(where, model, loss, { x, y, weights: options.weights });
  }
}
