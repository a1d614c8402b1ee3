import { requireOneOf, requireWhole } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { StateReader } from "../../base/state-reader.ts";
import type { StateRecord } from "../../base/state-tree.ts";
import type { Operand } from "../../graph/operand.ts";
import type { Module } from "../../nn/index.ts";
import { AVERAGED_MODEL_DEFAULTS, AveragedModel, type AveragedModelOptions } from "../../optim/averaged-model.ts";

export interface AveragingOptions extends AveragedModelOptions {
  /** Whether averages are updated after each update ("step") or each epoch of `fit`. Default: "step" with decay, else "epoch". */
  readonly by?: "step" | "epoch";
  /** Updates or epochs before the first that enters the averages. Default: 0. */
  readonly start?: number;
}

/** Updates averages of weights after steps or epochs of a trainer. */
export class Averaging {
  readonly averaged: AveragedModel;
  readonly #isByStep: boolean;
  readonly #start: number;
  /** Updates or epochs so far. */
  #seen = 0;

  constructor(model: Module, options: AveragingOptions) {
    const filled = withDefaults("trainer: averaging", options, { ...AVERAGED_MODEL_DEFAULTS, by: undefined, start: 0 });
    const { by, start, decay, useBuffers } = filled;
    if (by !== undefined) requireOneOf("trainer", "averaging.by", by, ["step", "epoch"]);
    requireWhole("trainer", "averaging.start", start, 0);
    this.averaged = new AveragedModel(model, { ...(decay !== undefined && { decay }), useBuffers });
    this.#isByStep = (by ?? (decay === undefined ? "epoch" : "step")) === "step";
    this.#start = start;
  }

  /** The operands of a step's program that update the averages. */
  updates(): Operand[] {
    return this.#isByStep ? this.averaged.describe() : [];
  }

  /** Before an update. */
  prepare(): void {
    this.averaged.prepare(this.#isByStep && this.#hasBegun);
  }

  /** After an update. */
  afterStep(): void {
    if (!this.#isByStep) return;
    this.averaged.afterStep(this.#hasBegun);
    this.#seen++;
  }

  /** After an epoch. */
  afterEpoch(): void {
    if (this.#isByStep) return;
    if (this.#hasBegun) this.averaged.update();
    this.#seen++;
  }

  /** The averages, and how many updates or epochs there were. */
  stateDict(): StateRecord {
    return { seen: this.#seen, averages: this.averaged.trainingState() };
  }

  /** Checks a state, with problems for the reader, and returns a function that restores it. */
  prepareLoading(reader: StateReader, state: unknown): () => void {
    const given = reader.record("", state) ?? {};
    const seen = reader.whole("seen", given["seen"]) ?? 0;
    const apply = this.averaged.prepareLoading(reader.at("averages"), given["averages"]);
    return () => {
      this.#seen = seen;
      apply();
    };
  }

  get #hasBegun(): boolean {
    return this.#seen >= this.#start;
  }
}
