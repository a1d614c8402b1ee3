import { Module } from "../nn/index.ts";
import { globalRandomState, setGlobalRandomState } from "../runtime/random.ts";
import type { Trainer } from "../train/trainer.ts";

/**
 * Runs `work` and puts back all that it changed of a trainer, whether it fails or not: weights, buffers, optimizer, gradients
 * of batches, averages, generators, rates, learning rates, the modes of all modules and the global seed.
 */
export async function preserved<T>(trainer: Trainer, work: () => Promise<T>): Promise<T> {
  const { model } = trainer;
  const roots = [model, ...lossesOf(trainer)];
  const modes = roots.flatMap((root) => root.modules().map((module) => [module, module.training] as const));
  const state = trainer.stateDict();
  try {
    return await work();
  } finally {
    trainer.loadStateDict(state);
    for (const [module, mode] of modes) module.training = mode;
  }
}

/** Runs `work` and puts back the global seed and its count of streams. */
export async function withRandomState<T>(work: () => Promise<T>): Promise<T> {
  const state = globalRandomState();
  try {
    return await work();
  } finally {
    setGlobalRandomState(state);
  }
}

/** Sets training or evaluation mode of the model and of losses that are modules. */
export function setMode(trainer: Trainer, training: boolean): void {
  for (const root of [trainer.model, ...lossesOf(trainer)]) root.train(training);
}

/** Losses of a trainer that are modules. */
function lossesOf({ options: { loss } }: Trainer): Module[] {
  const given: readonly unknown[] = loss instanceof Module ? [loss] : Object.values(loss);
  return given.filter((each) => each instanceof Module);
}
