import { writeFileSync } from "node:fs";
import { SPECIES, loadIris } from "../../examples/data/iris.ts";
import type { DataOptions, LearningOptions } from "../../src/cli/recipe/from-options.ts";

/** Writes the irises as CSV. */
export function writeFlowers(path: string): void {
  const { x, y } = loadIris();
  const lines = Array.from(y.data, (species, i) => {
    return [...x.data.slice(4 * i, 4 * i + 4), SPECIES[species]].join(",");
  });
  writeFileSync(path, `length,width,petal,breadth,species\n${lines.join("\n")}\n`);
}

/** Options of a short training on them, with strict kernels. */
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
