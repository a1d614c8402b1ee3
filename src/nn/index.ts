/** Modules, losses and initial values, with PyTorch's names and defaults. */
export * from "./activation.ts";
export { Buffer } from "./buffer.ts";
export { Dropout, type DropoutOptions, dropout } from "./dropout.ts";
export * as init from "./init.ts";
export { Linear, type LinearOptions, linear } from "./linear.ts";
export * from "./loss.ts";
export { Module } from "./module.ts";
export { LayerNorm, type LayerNormOptions, RmsNorm, type RmsNormOptions, layerNorm, rmsNorm } from "./normalization.ts";
export { Parameter } from "./parameter.ts";
export { Sequential, sequential } from "./sequential.ts";
export { Flatten, Identity, flatten, identity } from "./shape.ts";
