import { requireKnown, requireOneOf, requireWhole } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import type { Module } from "../../nn/index.ts";
import { AveragedModel, type AveragedModelOptions } from "../../optim/averaged-model.ts";

export interface AveragingOptions extends AveragedModelOptions {
  /** When weights are taken in: after each update or each epoch of `fit`; where left out, `step` with decay, else `epoch`. */
  readonly by?: "step" | "epoch";
  /** Updates or epochs before the first that is taken in. Default: 0. */
  readonly start?: number;
}

/** When a trainer takes weights into their averages. */
export class Averaging {
  readonly averaged: AveragedModel;
  readonly #isBySteps: boolean;
  readonly #start: number;
  /** Updates or epochs so far. */
  #seen = 0;

  constructor(model: Module, options: AveragingOptions) {
    requireKnown("trainer: averaging", options, ["decay", "useBuffers", "by", "start"]);
    const { by, start = 0, ...rest } = options;
    if (by !== undefined) requireOneOf("trainer", "averaging.by", by, ["step", "epoch"]);
    requireWhole("trainer", "averaging.start", start, 0);
    this.averaged = new AveragedModel(model, rest);
    this.#isBySteps = (by ?? (rest.decay === undefined ? "epoch" : "step")) === "step";
    this.#start = start;
  }

  /** What the program of a step does for it. */
  describe(): Operand[] {
    return this.#isBySteps ? this.averaged.describe() : [];
  }

  /** Before an update. */
  prepare(): void {
    this.averaged.prepare(this.#isBySteps && this.#hasBegun);
  }

  /** After an update. */
  afterStep(): void {
    if (!this.#isBySteps) return;
    this.averaged.afterStep(this.#hasBegun);
    this.#seen++;
  }

  /** After an epoch. */
  epochEnded(): void {
    if (this.#isBySteps) return;
    if (this.#hasBegun) this.averaged.update();
    this.#seen++;
  }

  get #hasBegun(): boolean {
    return this.#seen >= this.#start;
  }
}
