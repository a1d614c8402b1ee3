import { nn, optim } from "lanegrad";
import type { ACTIVATION_NAMES, OPTIMIZER_NAMES } from "./names.ts";

/** What options of a training may be, by the names that a recipe holds. */

interface OptimizerChoice {
  readonly make: (options: { readonly lr: number; readonly weightDecay: number }) => optim.Optimizer;
  /** Learning rate unless one is given. */
  readonly lr: number;
  readonly weightDecay: number;
}

/** Optimizers with the options of `optim`, but for the momentum of sgd, which is 0.9. */
export const OPTIMIZERS: Readonly<Record<(typeof OPTIMIZER_NAMES)[number], OptimizerChoice>> = {
  adam: { make: optim.adam, lr: 1e-3, weightDecay: 0 },
  adamW: { make: optim.adamW, lr: 1e-3, weightDecay: 1e-2 },
  sgd: { make: (options) => optim.sgd({ ...options, momentum: 0.9 }), lr: 1e-2, weightDecay: 0 },
  nAdam: { make: optim.nAdam, lr: 2e-3, weightDecay: 0 },
  rAdam: { make: optim.rAdam, lr: 1e-3, weightDecay: 0 },
  adamax: { make: optim.adamax, lr: 2e-3, weightDecay: 0 },
  rmsprop: { make: optim.rmsprop, lr: 1e-3, weightDecay: 0 },
  adagrad: { make: optim.adagrad, lr: 1e-2, weightDecay: 0 },
  adadelta: { make: optim.adadelta, lr: 1, weightDecay: 0 },
  lion: { make: optim.lion, lr: 1e-4, weightDecay: 0 },
};

/** Activations between layers, by the names of `nn`. */
export const ACTIVATIONS: Readonly<Record<(typeof ACTIVATION_NAMES)[number], () => nn.Module>> = {
  relu: nn.relu,
  gelu: () => nn.gelu(),
  silu: nn.silu,
  tanh: nn.tanh,
  sigmoid: nn.sigmoid,
  elu: () => nn.elu(),
  selu: nn.selu,
  leakyRelu: () => nn.leakyRelu(),
  mish: nn.mish,
  softplus: () => nn.softplus(),
  hardswish: nn.hardswish,
};

/** The entry of a name in a table; undefined for other names. */
export function chosen<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
