import { type nn, optim } from "lanegrad";
import { nn as layers } from "lanegrad";

/** What options of a training may be, by the names that a recipe holds. */

interface OptimizerChoice {
  readonly make: (options: { readonly lr: number; readonly weightDecay: number }) => optim.Optimizer;
  /** Learning rate unless one is given. */
  readonly lr: number;
  readonly weightDecay: number;
}

/** Optimizers with the options of `optim`, but for the momentum of sgd, which is 0.9. */
export const OPTIMIZERS: Readonly<Record<string, OptimizerChoice>> = {
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
export const ACTIVATIONS: Readonly<Record<string, () => nn.Module>> = {
  relu: layers.relu,
  gelu: () => layers.gelu(),
  silu: layers.silu,
  tanh: layers.tanh,
  sigmoid: layers.sigmoid,
  elu: () => layers.elu(),
  selu: layers.selu,
  leakyRelu: () => layers.leakyRelu(),
  mish: layers.mish,
  softplus: () => layers.softplus(),
  hardswish: layers.hardswish,
};

export const NORMS = ["none", "batch", "layer"] as const;
export const SCHEDULES = ["none", "cosine", "one-cycle", "plateau"] as const;
export const KERNELS = ["strict", "relaxed"] as const;
