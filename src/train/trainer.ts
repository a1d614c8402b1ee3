import { requireWhole } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import { finish } from "../base/pausable.ts";
import type { Samples } from "../data/dataset.ts";
import { INSPECT } from "../base/inspect.ts";
import type { Loss, LossFunction, Module } from "../nn/index.ts";
import { requireModule } from "../nn/module/module.ts";
import type { AveragedModel } from "../optim/averaged-model.ts";
import type { Optimizer } from "../optim/index.ts";
import { requireOptimizer } from "../optim/schedule/scheduler.ts";
import { Variable } from "../memory/variable.ts";
import type { Profile } from "../runtime/profile.ts";
import { nextTurn } from "../runtime/turn.ts";
import type { Program } from "../runtime/program.ts";
import type { StateRecord } from "../base/state-tree.ts";
import type { TensorLike } from "../base/tensor.ts";
import type { TensorsLike } from "../base/tensors.ts";
import { Accumulation } from "./step/accumulation.ts";
import { Averaging, type AveragingOptions } from "./step/averaging.ts";
import { type Clip, requireClip } from "./step/clip.ts";
import type { Evaluation } from "./evaluation/evaluation.ts";
import { type EvaluateOptions, EVALUATE_DEFAULTS, Evaluator } from "./evaluation/evaluator.ts";
import type { TrainingEvent } from "./fit/event.ts";
import { events, fit } from "./fit/fit.ts";
import type { FitOptions, ValidatedFitOptions } from "./fit/options.ts";
import { type BatchTensors, batchTensors } from "./step/batch.ts";
import type { History } from "./fit/history.ts";
import { type LossWeights, asObjective } from "./step/objective.ts";
import { type Penalty, requirePenalty } from "./step/penalty.ts";
import { requireTrainable } from "./step/trainable.ts";
import { type TrainerState, loadTrainerState, trainerState } from "./state/trainer-state.ts";
import { TrainingStep } from "./step/training-step.ts";

export interface TrainerOptions {
  /**
   * The loss to minimize: one of `nn`, as `nn.mseLoss()`, or a function of operands that returns a scalar,
   * `(prediction, target) => ops.mean(ops.square(ops.subtract(prediction, target)))`. Its arguments are the prediction,
   * the targets in order and, for a data set with weights, the weights [batch].
   * Modules of the loss follow the model's training and evaluation mode. Parameters of the loss are trained if they are
   * the model's too, and must be frozen otherwise.
   *
   * For a model whose `forward` returns operands by name, an object with a loss for each: `{ price: nn.mseLoss(), kind:
   * nn.crossEntropyLoss() }`. Their weighted sum is minimized; targets have these names, and sample weights count in each.
   */
  readonly loss: Loss | LossFunction | Readonly<Record<string, Loss | LossFunction>>;
  /** Factors of losses by name in their sum, at least 0. Default: 1 each. */
  readonly lossWeights?: LossWeights;
  /** One of `optim`, as `optim.adam()`. */
  readonly optimizer: Optimizer;
  /**
   * `{ l1, l2 }`: adds l1 Σ|w| + l2 Σ w² over all weights that are not frozen, biases excluded, to the loss. Default: 0.
   */
  readonly regularization?: Penalty;
  /** A bound on gradients, those of penalties included, before the optimizer's update. Default: none. */
  readonly clip?: Clip;
  /**
   * Batches per update, which uses the mean of their gradients. The last update of an epoch of `fit` uses the remaining
   * batches. Default: 1.
   */
  readonly accumulate?: number;
  /** Averages of the weights over the training: see `averaged`. Default: none. */
  readonly averaging?: AveragingOptions;
}

/** Options of a step on one batch. */
export interface StepOptions {
  /** Weight of each sample, float32 [batch], finite and at least 0. Default: 1 each. */
  readonly weights?: TensorLike;
}

/**
 * Trains a model: forward, backward and update in one program.
 *
 * `new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.adam({ lr: 1e-3 }) })`, then `fit` for epochs of a data
 * set, which trains in training mode, or `step` batch by batch in the current modes of model and loss.
 *
 * Several inputs or targets are arrays of tensors, in order, or objects, by the names in `inputNames`. Parameters with
 * `requiresGrad` false do not change. Several trainers may share parameters, as those of a GAN do.
 *
 * @throws TypeError when the model has no parameters or all are frozen, loss or optimizer is missing, the optimizer has
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
    const own: TrainerOptions = options;
    const filled = withDefaults("trainer", own, {
      loss: undefined,
      lossWeights: undefined,
      optimizer: undefined,
      regularization: {},
      clip: undefined,
      accumulate: 1,
      averaging: undefined,
    });
    const { optimizer, clip, accumulate, averaging: averagingOptions, regularization } = filled;
    const loss = asObjective("trainer", filled.loss, filled.lossWeights);
    requireOptimizer("trainer", optimizer);
    requirePenalty(regularization);
    if (clip !== undefined) requireClip(clip);
    const parameters = model.namedParameters();
    if (parameters.length === 0) {
      throw new TypeError(
        "trainer: the model must have parameters; got none (keep layers in properties, or in arrays there)",
      );
    }
    requireTrainable(parameters.map(([, parameter]) => parameter));
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
    const description = {
      // As they are now: rates change in a training.
      model: String(model),
      optimizer: String(optimizer),
      accumulate,
      clip: printed(clip),
      regularization: printed(regularization),
      averaging: printed(averagingOptions),
    };
    const settings = { members, optimizer, accumulation, clip, regularization, averaging, description };
    this.#step = new TrainingStep(model, loss, settings);
  }

  /** The averages of the weights, `averaged.use(() => trainer.evaluate(set))`; undefined without the option `averaging`. */
  get averaged(): Options extends { readonly averaging: AveragingOptions } ? AveragedModel : AveragedModel | undefined {
    return this.#step.averaged as AveragedModel;
  }

  /** The norm of all gradients at the last update, before clipping; undefined without `clip.norm`. */
  get gradientNorm(): number | undefined {
    return this.#step.gradientNorm;
  }

  /**
   * Runs one step on one batch in the current modes of model and loss: forward, backward and, if it is due, the update.
   * Returns the loss before the update. A loss that is NaN or infinite is returned too, and the update is made.
   * @throws ShapeError, TypeError or RangeError when the batch does not fit; nothing changes then
   * @throws RangeError when the loss is NaN and predictions are outside its domain, as bceLoss for predictions above 1
   */
  step(x: TensorsLike, y: TensorsLike, options?: StepOptions): number {
    return this.#step.execute(this.#batch("step", x, y, options));
  }

  /**
   * Loss, accuracy and other metrics on a data set, in evaluation mode; the current modes stay.
   * @throws ShapeError, TypeError or RangeError when samples or an option do not fit, predictions are outside the loss's domain, or
   * samples give promises, for which `evaluateAsync` waits
   */
  evaluate(samples: Samples, options: EvaluateOptions = {}): Evaluation {
    return this.#evaluator.evaluate(samples, withDefaults("evaluate", options, EVALUATE_DEFAULTS));
  }

  /**
   * Like `evaluate`, of samples of any kind, with a turn of the event loop every 50 ms. The promise is rejected with the errors
   * of `evaluate` and of the samples, and with a TypeError when parameters or buffers change meanwhile, as by a step.
   */
  async evaluateAsync(samples: Samples, options: EvaluateOptions = {}): Promise<Evaluation> {
    const where = "evaluateAsync";
    const filled = withDefaults(where, options, EVALUATE_DEFAULTS);
    return finish(this.#evaluator.evaluation(samples, { ...filled, where, turn: nextTurn }));
  }

  /**
   * Trains for some epochs, in training mode, and restores the modes of model and loss.
   * Shows a progress bar if standard output is a terminal.
   *
   * The promise is rejected with a TypeError while another `fit` of this trainer runs, with a ShapeError, TypeError or
   * RangeError when the data set or an option does not fit, with a NonFiniteError at the first loss that is NaN or
   * infinite (see `nonFinite`), or with the error of a callback.
   */
  fit(samples: Samples, options: ValidatedFitOptions): Promise<History<Evaluation>>;
  fit(samples: Samples, options?: FitOptions): Promise<History>;
  fit(samples: Samples, options: FitOptions | ValidatedFitOptions = {}): Promise<History> {
    // With a validation set every epoch has an evaluation, as `ValidatedFitOptions` says.
    return fit(this.#step, this.#evaluator, samples, options as FitOptions);
  }

  /**
   * Trains like `fit`, one event after another: `for await (const event of trainer.events(set, { epochs: 3 })) ...`. The next
   * step runs when the next event is asked for; `break` ends the training as its signal does. `fit` consumes the same events
   * through its callbacks, which are called here too, before the event is given; `progress` is off unless it is asked for.
   */
  events(samples: Samples, options: FitOptions = {}): AsyncGenerator<TrainingEvent, History, void> {
    return events(this.#step, this.#evaluator, samples, { progress: false, ...options });
  }

  /**
   * Copies of all state of the training: weights and buffers, optimizer, gradients of batches that no update has used,
   * averages, random numbers (the global ones too), rates of dropout, pruning masks and which parameters are frozen. It
   * survives `structuredClone` and JSON. Schedules have a `stateDict` of their own; training and evaluation mode, and the
   * options of trainer and layers, are those of the code.
   */
  stateDict(): TrainerState {
    return trainerState(this.#step);
  }

  /**
   * Restores a state from `stateDict`, of a trainer of the same options on a model of the same layers: the next steps then
   * give the same bits as without saving. The global seed is restored too. In a callback of `fit`, as after a loss that rose,
   * the position in the data stays that of the `fit`.
   * @throws StateDictError when the state is not one of this trainer, with all that differs; then nothing changes
   */
  loadStateDict(state: StateRecord): void {
    loadTrainerState(this.#step, state);
  }

  /**
   * Times every kernel call of a step on one thread; print the result. Parameters and optimizer state are restored.
   * @param options.runs at least 1. Default: 50.
   */
  profile(x: TensorsLike, y: TensorsLike, options: StepOptions & { readonly runs?: number } = {}): Profile {
    const { runs, weights } = withDefaults("profile", options, { runs: 50, weights: undefined });
    requireWhole("profile", "runs", runs, 1);
    const batch = batchTensors("profile", this.#step.model, this.#step.loss, { x, y, weights });
    const program = this.#step.program(batch, true);
    this.#step.prepare(true);
    return program.profile(batch.tensors, runs);
  }

  /** The program of a step with an update on a batch of these shapes; its first outputs are loss and prediction. */
  stepProgram(x: TensorsLike, y: TensorsLike, options?: StepOptions): Program {
    return this.#step.program(this.#batch("stepProgram", x, y, options), true);
  }

  /** `trainer of sequential of 3: crossEntropyLoss, adam lr 0.2` */
  toString(): string {
    const { model, loss } = this.#step;
    return `trainer of ${model.describe()}: ${loss.describe()}, ${String(this.options.optimizer)}`;
  }

  /** The text that `console.log` prints: the line of `toString`. */
  [INSPECT](): string {
    return String(this);
  }

  #batch(where: string, x: TensorsLike, y: TensorsLike, options: StepOptions | undefined): BatchTensors {
    const { model, loss } = this.#step;
    if (options === undefined) return batchTensors(where, model, loss, { x, y });
    const { weights } = withDefaults(where, options, { weights: undefined });
    return batchTensors(where, model, loss, { x, y, weights });
  }
}

/** `norm 1`; "none" without options. */
function printed(options: object = {}): string {
  const set = Object.entries(options).filter(([, value]) => value !== undefined);
  return set.map(([name, value]) => `${name} ${value}`).join(", ") || "none";
}
