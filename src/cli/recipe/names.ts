/** Names that options of a training take, apart from what they make, so that help needs no kernels. */

export const OPTIMIZER_NAMES = [
  "adam",
  "adamW",
  "sgd",
  "nAdam",
  "rAdam",
  "adamax",
  "rmsprop",
  "adagrad",
  "adadelta",
  "lion",
] as const;
export const ACTIVATION_NAMES = [
  "relu",
  "gelu",
  "silu",
  "tanh",
  "sigmoid",
  "elu",
  "selu",
  "leakyRelu",
  "mish",
  "softplus",
  "hardswish",
] as const;
export const NORMS = ["none", "batch", "layer"] as const;
export const SCHEDULES = ["none", "cosine", "one-cycle", "plateau"] as const;
export const KERNELS = ["strict", "relaxed"] as const;
export const TASKS = ["classification", "regression"] as const;
