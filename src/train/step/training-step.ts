import { gradients } from "../../autodiff/gradients.ts";
import { ShapeError } from "../../base/errors.ts";
import type { StateRecord } from "../../base/state-tree.ts";
import { effectsOfTrace, traced } from "../../graph/scope.ts";
import type { Module } from "../../nn/index.ts";
import { trainableEpoch } from "../../nn/module/parameter.ts";
import { ProgramCache } from "../../nn/module/program-cache.ts";
import { outputsOf } from "../../nn/module/run.ts";
import { Variable } from "../../memory/variable.ts";
import { filled } from "../../ops/reduction/reduction.ts";
import type { AveragedModel } from "../../optim/averaged-model.ts";
import type { Optimizer } from "../../optim/index.ts";
import type { NonFinite } from "../../runtime/find-non-finite.ts";
import { Program } from "../../runtime/program.ts";
import type { Averaging } from "./averaging.ts";
import { type BatchTensors, batchOperands } from "./batch.ts";
import { type Objective, lossOutputs } from "./losses.ts";
import { describeLoss, lossOf, pathsOf, requirePredictions, uncheckedLossOf } from "./objective.ts";
import { type Penalty, penalized } from "./penalty.ts";
import { frozenKey, masksKey, requireModelParameters, trainedMembers } from "./trainable.ts";
import { type UpdateSettings, accumulateGradients, updateParameters } from "./update.ts";

/** Writes a batch to the addresses of a program's inputs. */
export type Write = (addresses: readonly number[]) => void;

/** The properties of a step, besides model and loss. */
export interface StepSettings extends UpdateSettings {
  readonly regularization: Penalty;
  readonly averaging: Averaging | undefined;
  readonly description: Description;
}

/** What a trainer was made with, by name: a training is continued by a trainer of the same. */
export type Description = Readonly<Record<string, string | number>>;

/** Where `fit` is in its data. */
export interface Position {
  /** Whether it is that of a `fit` of this trainer, not one that was loaded. */
  readonly isOfFit?: boolean;
  stateDict(): StateRecord;
}

/** One training step: forward, backward and, when it is due, the update. Each kind of batch has one program. */
export class TrainingStep {
  readonly #settings: StepSettings;
  readonly #programs: ProgramCache;
  /** The index of the norm of all gradients among the outputs of a program. */
  readonly #normAt: number;
  /** The count of changes of masks and `requiresGrad` at which the keys below were computed. */
  #trainableAt = -1;
  #masks = "";
  #updateKey = "";
  #accumulateKey = "";
  /** 1 where steps skip what they would change if their loss is not finite, else 0. */
  readonly #guard = new Variable("guard", [1], "int32");
  #isArmed = false;
  /** The norm of all gradients at the last update, before clipping; undefined without a bound on it. */
  gradientNorm: number | undefined;
  /** Where `fit` is in its data, as it was saved or is at present. */
  position: Position | undefined;
  /** Whether a `fit` has begun and not ended. */
  isInFit = false;

  constructor(
    readonly model: Module,
    readonly loss: Objective,
    settings: StepSettings,
  ) {
    this.#programs = new ProgramCache([model, loss]);
    this.#normAt = lossOutputs(loss);
    this.#settings = settings;
  }

  /** What besides model and loss has state. */
  get stateful(): Pick<StepSettings, "optimizer" | "accumulation" | "averaging"> {
    return this.#settings;
  }

  /** What the trainer was made with. */
  get description(): Description {
    return this.#settings.description;
  }

  get optimizer(): Optimizer {
    return this.#settings.optimizer;
  }

  get averaged(): AveragedModel | undefined {
    return this.#settings.averaging?.averaged;
  }

  /** Whether the next step updates: enough batches were accumulated, or it is the last step of an epoch. */
  isUpdateDue(isLast: boolean): boolean {
    return isLast || this.#settings.accumulation.isDue;
  }

  /**
   * The program of a step on a batch of these shapes.
   * Its first outputs are loss and prediction, or predictions and the losses of each; the next, if there is one, is the norm
   * of all gradients.
   */
  program(batch: BatchTensors, updates: boolean): Program {
    if (this.#trainableAt !== trainableEpoch()) this.#refreshKeys();
    const { inputs, isWeighted } = batch;
    const key = updates ? this.#updateKey : this.#accumulateKey;
    const purpose = inputs === 1 && !isWeighted ? key : `${key} ${inputs} ${isWeighted}`;
    return this.#programs.get(purpose, batch.tensors, () => this.#trace(batch, updates));
  }

  /** Runs a step on a batch and returns the loss before the update. */
  execute(batch: BatchTensors): number {
    this.endSuspension(false);
    const updates = this.isUpdateDue(false);
    const program = this.program(batch, updates);
    this.#arm(false);
    this.prepare(updates);
    program.execute(batch.tensors, "step");
    this.#countStep(program, updates);
    return lossOf(program, this.loss);
  }

  /**
   * Runs a step of `program`, which `program()` gave, and returns the loss before the update.
   * @param write writes the batch to the addresses of the program's inputs
   * @param isGuarded whether a step whose loss is not finite changes nothing
   */
  executeOn(program: Program, updates: boolean, write: Write, isGuarded = false): number {
    this.#arm(isGuarded);
    this.prepare(updates);
    program.executeOn(write);
    const loss = uncheckedLossOf(program);
    if (isGuarded && !Number.isFinite(loss)) program.retreat();
    else this.#countStep(program, updates);
    if (Number.isNaN(loss)) requirePredictions(program, this.loss);
    return loss;
  }

  /** Where the numbers that make the loss of a step NaN or infinite first appeared. Arguments as for `executeOn`. */
  findNonFinite(program: Program, write: Write): NonFinite | undefined {
    const [total] = program.outputs;
    return total && program.findNonFinite(total, write);
  }

  /** Writes the numbers that depend on the count of steps, before a run. */
  prepare(updates: boolean): void {
    if (!updates) return;
    const { averaging, accumulation, optimizer } = this.#settings;
    averaging?.prepare();
    accumulation.prepare();
    optimizer.prepare();
  }

  /** Updates averages that are updated after each epoch. */
  afterEpoch(): void {
    this.#settings.averaging?.afterEpoch();
  }

  /** Keeps gradients that no update has used for a `fit` that goes on from here: see `endSuspension`. */
  suspend(): void {
    this.#settings.accumulation.suspend();
  }

  /** Goes on with the gradients that a stopped `fit` left, or forgets them. */
  endSuspension(isContinued: boolean): void {
    this.#settings.accumulation.endSuspension(isContinued);
  }

  /** Programs hold the masks that they apply, so programs for other masks are dropped; those for other frozen parameters stay. */
  #refreshKeys(): void {
    const masks = masksKey(this.#settings.members);
    if (masks !== this.#masks) this.#programs.clear();
    const frozen = frozenKey(this.model, this.loss);
    this.#masks = masks;
    this.#updateKey = `update ${frozen}`;
    this.#accumulateKey = `accumulate ${frozen}`;
    this.#trainableAt = trainableEpoch();
  }

  #arm(isGuarded: boolean): void {
    if (this.#isArmed === isGuarded) return;
    this.#guard.write()[0] = isGuarded ? 1 : 0;
    this.#isArmed = isGuarded;
  }

  #countStep(program: Program, updates: boolean): void {
    const { averaging, accumulation, optimizer } = this.#settings;
    accumulation.afterStep(updates);
    if (updates) {
      optimizer.afterStep();
      averaging?.afterStep();
      const norm = program.outputs[this.#normAt];
      if (norm) this.gradientNorm = program.read(norm)[0];
    }
  }

  #trace(batch: BatchTensors, updates: boolean): Program {
    const empty = batch.tensors.find(({ shape }) => shape[0] === 0);
    if (empty) throw new ShapeError(`step: a batch must have at least one sample; got ${empty}`);
    const { model, loss } = this;
    const { members, regularization, averaging } = this.#settings;
    const { all, inputs, targets, weights } = batchOperands(model, loss, batch);
    return traced(pathsOf(model, loss), () => {
      const trained = trainedMembers(model, members);
      const parameters = trained.map(({ parameter }) => parameter);
      const outputs = outputsOf(model, inputs);
      const described = describeLoss(model, loss, outputs, targets, weights);
      requireModelParameters(model, loss, described.total);
      const total = penalized(described.total, parameters, regularization);
      const dParameters = gradients(total, filled(total.shape, 1), parameters);
      const gradientOf = new Map(parameters.map((parameter, i) => [parameter, dParameters[i]]));
      const dMembers = members.map(({ parameter }) => gradientOf.get(parameter) ?? null);
      const { effects, norm } = updates
        ? updateParameters(this.#settings, dMembers, trained)
        : accumulateGradients(this.#settings, dMembers);
      const averages = updates ? (averaging?.updates() ?? []) : [];
      return new Program(
        all,
        [total, ...described.results, ...(norm ? [norm] : [])],
        [...effects, ...effectsOfTrace(), ...averages],
        undefined,
        { armed: this.#guard, value: total },
      );
    });
  }
}
