/** The operations that a layer's `forward` is made of. */
export * from "./activation.ts";
export * from "./arithmetic.ts";
export * from "./dropout.ts";
export * from "./loss.ts";
export * from "./matmul.ts";
export * from "./normalization.ts";
export { permute, transpose } from "./permute.ts";
export * from "./reduction.ts";
export { concatenate, reshape, slice } from "./shape.ts";
export * from "./softmax.ts";
