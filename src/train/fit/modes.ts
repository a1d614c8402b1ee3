import { modeChanges } from "../../nn/module/mode.ts";
import type { Module } from "../../nn/module/module.ts";

/** Puts all modules of a model and its loss in a mode for a while, and each back in the one that it had. */
export class Modes {
  readonly #roots: readonly Module[];
  readonly #former: readonly (readonly [Module, boolean])[];
  #training: boolean | undefined;
  #changes = 0;

  constructor(roots: readonly Module[]) {
    this.#roots = roots;
    this.#former = roots.flatMap((root) => root.modules().map((module) => [module, module.training] as const));
  }

  /** Training mode, or evaluation mode; costs nothing while no mode has changed since the last time. */
  set(training: boolean): void {
    if (this.#training === training && this.#changes === modeChanges()) return;
    for (const root of this.#roots) root.train(training);
    this.#training = training;
    this.#changes = modeChanges();
  }

  restore(): void {
    for (const [module, was] of this.#former) module.training = was;
  }
}
