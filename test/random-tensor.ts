import { Tensor } from "../src/base/tensor.ts";
import { randomFloats } from "./kernels/harness.ts";

/** Seeded uniform numbers in [-scale, scale). */
export function randomTensor(shape: readonly number[], seed: number, scale = 1): Tensor<"float32"> {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return new Tensor(shape, "float32", randomFloats(size, seed, scale));
}
