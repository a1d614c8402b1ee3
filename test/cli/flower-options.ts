import type { DataOptions, LearningOptions } from "../../src/cli/recipe/from-options.ts";

/** Options of a short training on `flowersCsv`, with strict kernels. */
export const FLOWER_OPTIONS: DataOptions & LearningOptions = {
  target: "species",
  validation: 0.2,
  test: 0,
  model: "8-OUT",
  activation: "relu",
  dropout: 0.1,
  norm: "none",
  epochs: 6,
  batch: 16,
  optimizer: "adam",
  lr: 0.01,
  schedule: "none",
  patience: 2,
  seed: 42,
  kernels: "strict",
};
