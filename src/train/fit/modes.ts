import { modeChanges } from "../../nn/module/mode.ts";
import type { Module } from "../../nn/module/module.ts";

/** Sets the mode of all modules of a model and its loss, and restores the former mode of each. */
export class Modes {
  readonly #roots: readonly Module[];
  readonly #former: readonly (readonly [Module, boolean])[];
  #training: boolean | undefined;
  #changes = 0;

  constructor(roots: readonly Module[]) {
    this.#roots = roots;
    this.#former = roots.flatMap((root) => root.modules().map((module) => [module, module.training] as const));
  }

  /** Sets training or evaluation mode; costs nothing if no mode changed since the last call. */
  set(training: boolean): void {
    if (this.#training === training && this.#changes === modeChanges()) return;
    for (const root of this.#roots) root.train(training);
    this.#training = training;
    this.#changes = modeChanges();
  }

  /** Restores the modes at construction. */
  restore(): void {
    for (const [module, training] of this.#former) module.training = training;
  }
}
