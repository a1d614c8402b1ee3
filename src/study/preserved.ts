import { Module } from "../nn/index.ts";
import { globalRandomState, setGlobalRandomState } from "../runtime/random.ts";
import type { Trainer } from "../train/trainer.ts";

/**
 * Runs `work` and puts back all that it changed of a trainer, whether it fails or not: weights, buffers, optimizer, gradients
 * of batches, averages, generators, rates, learning rates, the modes of all modules and the global seed.
 */
export async function preserved<T>(trainer: Trainer, work: () => Promise<T>): Promise<T> {
  const { model, options } = trainer;
  const roots = [model, options.loss].filter((each) => each instanceof Module);
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

/** Sets training or evaluation mode of the model and, if it is a module, the loss. */
export function setMode({ model, options }: Trainer, training: boolean): void {
  model.train(training);
  if (options.loss instanceof Module) options.loss.train(training);
}
