/** The operations that a layer's `forward` is made of. */
export * from "./activation.ts";
export * from "./arithmetic.ts";
export { dropBlock2d } from "./drop-block.ts";
export { alphaDropout, dropout } from "./dropout.ts";
export { type ConvolutionOptions, type TransposedOptions, conv1d, conv2d, convTranspose2d } from "./convolution.ts";
export * from "./class-loss.ts";
export type { Reduction } from "./element-loss.ts";
export * from "./likelihood.ts";
export * from "./loss.ts";
export * from "./margin-loss.ts";
export * from "./matmul.ts";
export * from "./normalization.ts";
export { permute, transpose } from "./permute.ts";
export * from "./noise.ts";
export * from "./reduction.ts";
export { concatenate, reshape, slice } from "./shape.ts";
export * from "./softmax.ts";
export type { Sharing } from "./sharing.ts";
