import { ShapeError, requireInstance, requireKnown } from "../errors.ts";
import { gradients } from "../graph/gradient.ts";
import { Input } from "../graph/operand.ts";
import { effectsOfTrace } from "../graph/scope.ts";
import type { Dataset } from "../data/index.ts";
import { Loss, type Module } from "../nn/index.ts";
import { requireModule } from "../nn/module.ts";
import { ProgramCache } from "../nn/program-cache.ts";
import { outputOf } from "../nn/run.ts";
import { filled } from "../ops/reduction.ts";
import { maskChanges } from "../nn/parameter.ts";
import type { AveragedModel } from "../optim/averaged-model.ts";
import { Optimizer } from "../optim/index.ts";
import { Lasting } from "../runtime/lasting.ts";
import type { Profile } from "../runtime/profile.ts";
import { Program } from "../runtime/program.ts";
import { Tensor, asTensor } from "../tensor.ts";
import { Accumulation } from "./accumulation.ts";
import { Averaging, type AveragingOptions } from "./averaging.ts";
import { type Clip, requireClip } from "./clip.ts";
import { type Penalty, penalized, requirePenalty } from "./penalty.ts";
import { type Evaluation, Evaluator, lossNumber } from "./evaluator.ts";
import { lossOf } from "./tally.ts";
import { type FitOptions, type History, fit } from "./fit.ts";
import { type UpdateSettings, accumulated, updated } from "./update.ts";

export interface TrainerOptions {
  /** What is to become small; one of `nn`, as `nn.mseLoss()`. */
  readonly loss: Loss;
  /** How parameters change; one of `optim`, as `optim.adam()`. */
  readonly optimizer: Optimizer;
  /** `{ l1, l2 }`: l1 Σ|w| + l2 Σ w² over all weights, biases left out, is added to the loss; 0 where left out. */
  readonly regularization?: Penalty;
  /** A bound on gradients, penalties included, before the optimizer sees them. */
  readonly clip?: Clip;
  /**
   * Batches for one update, by the mean of their gradients; 1 where left out. The last update of an epoch of `fit` takes
   * the batches that are left.
   */
  readonly accumulate?: number;
  /** Averages of the weights, kept beside them: see `averaged`. None where left out. */
  readonly averaging?: AveragingOptions;
}

const OPTIONS = ["loss", "optimizer", "regularization", "clip", "accumulate", "averaging"];

/**
 * Teaches a model: forward, backward and update in one program.
 *
 * `new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.adam({ lr: 1e-3 }) })`, then `fit` for epochs of a data
 * set, which trains in training mode, or `step` batch by batch in the model's current mode.
 *
 * @throws TypeError when the model has no parameters, the optimizer serves another trainer, or an option is unknown
 * @throws RangeError when an option is out of its range
 */
export class Trainer {
  #steps = new ProgramCache();
  /** Steps that only add up gradients. */
  #partialSteps = new ProgramCache();
  /** The masks that these programs know. */
  #masksAt = maskChanges();
  /** What judges the model, for whoever trains it batch by batch. @internal */
  readonly evaluator: Evaluator;
  readonly #settings: UpdateSettings;
  readonly #averaging: Averaging | undefined;
  #gradientNorm: number | undefined;

  constructor(
    readonly model: Module,
    readonly options: TrainerOptions,
  ) {
    requireModule("trainer", "the model", model);
    requireKnown("trainer", options, OPTIONS);
    requireInstance("trainer", "loss", options.loss, Loss, "a loss");
    requireInstance("trainer", "optimizer", options.optimizer, Optimizer, "an optimizer");
    const { optimizer, clip, accumulate = 1, averaging, regularization = {} } = options;
    requirePenalty(regularization);
    if (clip !== undefined) requireClip(clip);
    const parameters = model.namedParameters();
    if (parameters.length === 0) throw new TypeError("trainer: the model must have parameters; got none");
    const accumulation = new Accumulation(
      accumulate,
      parameters.reduce((size, [, parameter]) => size + parameter.size, 0),
    );
    this.evaluator = new Evaluator(model, options.loss);
    this.#averaging = averaging && new Averaging(model, averaging);
    const members = optimizer.attach(parameters);
    Lasting.gather(members.map(({ parameter }) => parameter));
    this.#settings = { members, optimizer, accumulation, clip };
  }

  /** The averages of the weights, where the options ask for them: `averaged.use(() => trainer.evaluate(set))`. */
  get averaged(): AveragedModel | undefined {
    return this.#averaging?.averaged;
  }

  /** The norm of all gradients at the last update, before they were clipped; undefined unless `clip.norm` is given. */
  get gradientNorm(): number | undefined {
    return this.#gradientNorm;
  }

  /**
   * One step on one batch in the model's current mode: forward, backward and, where it is due, the update. Gives the loss
   * before the update.
   * @throws ShapeError, TypeError or RangeError when the batch does not fit; nothing is changed then
   */
  step(x: Tensor, y: Tensor): number {
    const input = x instanceof Tensor ? x : asTensor("step", "x", x);
    const target = y instanceof Tensor ? y : asTensor("step", "y", y);
    const updates = this.updates(false);
    const program = this.stepProgram(input, target, updates);
    this.#prepare(updates);
    program.execute([input, target], "step");
    return this.#took(program, updates);
  }

  /** A step of `program`, which `stepProgram` gave, on what `write` brings to the addresses of its inputs. @internal */
  stepOn(program: Program, updates: boolean, write: (addresses: readonly number[]) => void): number {
    this.#prepare(updates);
    program.executeOn(write);
    return this.#took(program, updates);
  }

  /** Whether the next step updates: where enough batches have come, or it is the last of an epoch. @internal */
  updates(isLast: boolean): boolean {
    return isLast || this.#settings.accumulation.isDue;
  }

  /** Says that an epoch is over, for averages by epoch. @internal */
  epochEnded(): void {
    this.#averaging?.epochEnded();
  }

  /** Forgets gradients that no update has used. @internal */
  dropGradients(): void {
    this.#settings.accumulation.drop();
  }

  #prepare(updates: boolean): void {
    if (!updates) return;
    this.#averaging?.prepare();
    this.#settings.accumulation.prepare();
    this.options.optimizer.prepare();
  }

  #took(program: Program, updates: boolean): number {
    this.#settings.accumulation.took(updates);
    if (updates) {
      this.options.optimizer.taken();
      this.#averaging?.took();
      const [, , norm] = program.outputs;
      if (norm) this.#gradientNorm = program.read(norm)[0];
    }
    return lossOf(program);
  }

  /** The loss and the share decided right, in evaluation mode whatever the current one, `batchSize` samples at a time. */
  evaluate(dataset: Dataset, options: { readonly batchSize?: number } = {}): Evaluation {
    return this.evaluator.evaluate(dataset, options);
  }

  /**
   * Trains for some epochs, in training mode, and leaves the model's mode as it was.
   * Shows a progress bar while standard output is a terminal.
   */
  fit(dataset: Dataset, options: FitOptions = {}): Promise<History> {
    return fit(this, dataset, options);
  }

  /**
   * Times every kernel call of a step on one thread; print what it gives. Parameters and what the optimizer remembers
   * are afterwards as they were.
   */
  profile(x: Tensor, y: Tensor, options: { readonly runs?: number } = {}): Profile {
    const program = this.stepProgram(x, y);
    this.#prepare(true);
    return program.profile([x, y], options.runs);
  }

  /** What one step on batches like these runs, with an update or without; its first outputs are loss and prediction. */
  stepProgram(x: Tensor, y: Tensor, updates = true): Program {
    if (this.#masksAt !== maskChanges()) {
      [this.#steps, this.#partialSteps] = [new ProgramCache(), new ProgramCache()];
      this.#masksAt = maskChanges();
    }
    const programs = updates ? this.#steps : this.#partialSteps;
    return programs.get("step", [this.model], [x, y], () => this.#traceStep(x, y, updates));
  }

  #traceStep(x: Tensor, y: Tensor, updates: boolean): Program {
    if (x.shape[0] === 0) throw new ShapeError(`step: a batch must have at least one sample; got ${x}`);
    const inputs = [new Input(x.shape, x.dtype, "x"), new Input(y.shape, y.dtype, "y")] as const;
    return this.model.trace(() => {
      const prediction = outputOf(this.model, [inputs[0]]);
      const { loss, regularization = {} } = this.options;
      const parameters = this.#settings.members.map(({ parameter }) => parameter);
      const error = penalized(lossNumber(loss, prediction, inputs[1]), parameters, regularization);
      const found = gradients(error, filled(error.shape, 1), parameters);
      const { effects, norm } = (updates ? updated : accumulated)(this.#settings, found);
      const outputs = [error, prediction, ...(norm ? [norm] : [])];
      const averages = updates ? this.#averaging : undefined;
      return new Program(inputs, outputs, [...effects, ...effectsOfTrace(), ...(averages?.describe() ?? [])]);
    });
  }
}
