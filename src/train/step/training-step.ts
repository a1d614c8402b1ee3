import { ShapeError } from "../../base/errors.ts";
import { gradients } from "../../autodiff/gradients.ts";
import { effectsOfTrace, traced } from "../../graph/scope.ts";
import type { Loss, Module } from "../../nn/index.ts";
import { freezeChanges, maskChanges } from "../../nn/module/parameter.ts";
import { ProgramCache } from "../../nn/module/program-cache.ts";
import { outputOf } from "../../nn/module/run.ts";
import { filled } from "../../ops/reduction/reduction.ts";
import type { AveragedModel } from "../../optim/averaged-model.ts";
import type { Optimizer } from "../../optim/index.ts";
import { Program } from "../../runtime/program.ts";
import type { Averaging } from "./averaging.ts";
import { type Given, operandsFor } from "./given.ts";
import { lossOperand, pathsOf } from "./objective.ts";
import { type Penalty, penalized } from "./penalty.ts";
import { lossOf } from "../evaluation/running-metrics.ts";
import { frozenIn, requireOwnParameters, trainedMembers } from "./trained.ts";
import { type UpdateSettings, accumulated, updated } from "./update.ts";

/** What a step follows from, beside the model and the loss. */
export interface StepSettings extends UpdateSettings {
  readonly regularization: Penalty;
  readonly averaging: Averaging | undefined;
}

/** One step of a training: forward, backward and, where it is due, the update, as one program for each kind of batch. */
export class TrainingStep {
  readonly #settings: StepSettings;
  #programs: ProgramCache;
  /** The masks that these programs know. */
  #masksAt = maskChanges();
  #freezesAt = -1;
  /** Names the programs for what is frozen now. */
  #purpose = "";
  #gradientNorm: number | undefined;

  constructor(
    readonly model: Module,
    readonly loss: Loss,
    settings: StepSettings,
  ) {
    this.#programs = new ProgramCache([model, loss]);
    this.#settings = settings;
  }

  get optimizer(): Optimizer {
    return this.#settings.optimizer;
  }

  get averaged(): AveragedModel | undefined {
    return this.#settings.averaging?.averaged;
  }

  /** The norm of all gradients at the last update, before they were clipped, where that is asked for. */
  get gradientNorm(): number | undefined {
    return this.#gradientNorm;
  }

  /** Whether the next step updates: where enough batches have come, or it is the last of an epoch. */
  updates(isLast: boolean): boolean {
    return isLast || this.#settings.accumulation.isDue;
  }

  /** What a step on a batch like this runs, with an update or without; its first outputs are loss and prediction. */
  program(given: Given, updates: boolean): Program {
    if (this.#masksAt !== maskChanges()) {
      this.#programs = new ProgramCache([this.model, this.loss]);
      this.#masksAt = maskChanges();
    }
    if (this.#freezesAt !== freezeChanges()) {
      this.#purpose = `step ${frozenIn(this.model, this.loss)}`;
      this.#freezesAt = freezeChanges();
    }
    const { inputs, isWeighted } = given;
    const whole = inputs === 1 && !isWeighted ? this.#purpose : `${this.#purpose} ${inputs} ${isWeighted}`;
    // A step that only adds up gradients is another program.
    const purpose = updates ? whole : `${whole} partial`;
    return this.#programs.get(purpose, given.tensors, () => this.#trace(given, updates));
  }

  /** Takes a step on a batch, and gives the loss before the update. */
  take(given: Given): number {
    const updates = this.updates(false);
    const program = this.program(given, updates);
    this.prepare(updates);
    program.execute(given.tensors, "step");
    return this.#afterStep(program, updates);
  }

  /** A step of `program`, which `program` gave, on what `write` brings to the addresses of its inputs. */
  takeOn(program: Program, updates: boolean, write: (addresses: readonly number[]) => void): number {
    this.prepare(updates);
    program.executeOn(write);
    return this.#afterStep(program, updates);
  }

  /** Sets the numbers that the next run reads. */
  prepare(updates: boolean): void {
    if (!updates) return;
    const { averaging, accumulation, optimizer } = this.#settings;
    averaging?.prepare();
    accumulation.prepare();
    optimizer.prepare();
  }

  /** Says that an epoch is over, for averages by epoch. */
  epochEnded(): void {
    this.#settings.averaging?.epochEnded();
  }

  /** Forgets gradients that no update has used. */
  dropGradients(): void {
    this.#settings.accumulation.drop();
  }

  #afterStep(program: Program, updates: boolean): number {
    const { averaging, accumulation, optimizer } = this.#settings;
    accumulation.afterStep(updates);
    if (updates) {
      optimizer.afterStep();
      averaging?.afterStep();
      const norm = program.outputs[2];
      if (norm) this.#gradientNorm = program.read(norm)[0];
    }
    return lossOf(program, this.loss);
  }

  #trace(given: Given, updates: boolean): Program {
    const empty = given.tensors.find(({ shape }) => shape[0] === 0);
    if (empty) throw new ShapeError(`step: a batch must have at least one sample; got ${empty}`);
    const { model, loss } = this;
    const { members, regularization, averaging } = this.#settings;
    const { all, inputs, targets, weights } = operandsFor(model, loss, given);
    return traced(pathsOf(model, loss), () => {
      const trained = trainedMembers(model, members);
      const parameters = trained.map(({ parameter }) => parameter);
      const prediction = outputOf(model, inputs);
      const error = lossOperand(model, loss, prediction, targets, weights);
      requireOwnParameters(model, loss, error);
      const total = penalized(error, parameters, regularization);
      const found = gradients(total, filled(total.shape, 1), parameters);
      const gradientOf = new Map(parameters.map((parameter, i) => [parameter, found[i]]));
      const own = members.map(({ parameter }) => gradientOf.get(parameter) ?? null);
      const { effects, norm } = updates ? updated(this.#settings, own, trained) : accumulated(this.#settings, own);
      const averages = updates ? (averaging?.describe() ?? []) : [];
      return new Program(
        all,
        [total, prediction, ...(norm ? [norm] : [])],
        [...effects, ...effectsOfTrace(), ...averages],
      );
    });
  }
}
