/** Modules, losses and initial values, with PyTorch's names and defaults. */
export { alsoLose } from "../graph/scope.ts";
export * from "./activation.ts";
export { Adjustable } from "./adjustable.ts";
export { AlphaDropout, alphaDropout, featureAlphaDropout } from "./alpha-dropout.ts";
export { BlockDropout, type BlockDropoutOptions } from "./block-dropout.ts";
export { MultiheadAttention, type MultiheadAttentionOptions, multiheadAttention } from "./attention.ts";
export { BatchNorm, BatchNorm1d, BatchNorm2d, type BatchNormOptions, batchNorm1d, batchNorm2d } from "./batch-norm.ts";
export { Buffer } from "./buffer.ts";
export { ChannelDropout, dropout1d, dropout2d, dropout3d } from "./channel-dropout.ts";
export { ConcreteDropout, type ConcreteDropoutOptions, concreteDropout } from "./concrete-dropout.ts";
export { DropBlock2d, dropBlock2d } from "./drop-block.ts";
export * from "./class-loss.ts";
export { DropConnect, type DropConnectOptions, dropConnect } from "./drop-connect.ts";
export { Dropout, type DropoutOptions, dropout } from "./dropout.ts";
export { EmbeddingDropout, embeddingDropout } from "./embedding-dropout.ts";
export { GaussianDropout, GaussianNoise, gaussianDropout, gaussianNoise } from "./gaussian-noise.ts";
export { Embedding, type EmbeddingOptions, embedding } from "./embedding.ts";
export * as init from "./init-index.ts";
export {
  Conv1d,
  Conv2d,
  ConvTranspose2d,
  type ConvTransposeOptions,
  type ConvolutionOptions,
  conv1d,
  conv2d,
  convTranspose2d,
} from "./convolution.ts";
export { Linear, type LinearOptions, linear } from "./linear.ts";
export * from "./likelihood.ts";
export * from "./distance-loss.ts";
export { type Decision, Loss, type LossFunction, type LossOptions, type LossTraits } from "./loss.ts";
export * from "./margin-loss.ts";
export { LockedDropout, type LockedDropoutOptions, lockedDropout } from "./locked-dropout.ts";
export { Module } from "./module.ts";
export { adaptiveAvgPool1d, adaptiveAvgPool2d, avgPool1d, avgPool2d, maxPool1d, maxPool2d } from "./pooling.ts";
export {
  GroupNorm,
  type GroupNormOptions,
  LayerNorm,
  type LayerNormOptions,
  RmsNorm,
  type RmsNormOptions,
  groupNorm,
  layerNorm,
  rmsNorm,
} from "./normalization.ts";
export { Parallel, type ParallelOptions, parallel } from "./parallel.ts";
export { Padded, type PaddedOptions, padded } from "./padded.ts";
export { Parameter } from "./parameter.ts";
export { type LayerSparsity, type PruneOptions, Sparsity, prune, removePruning, sparsity } from "./prune.ts";
export * from "./piecewise.ts";
export { PRelu, prelu } from "./prelu.ts";
export { RandomLayer } from "./random-layer.ts";
export { PositionalEncoding, type PositionalEncodingOptions, positionalEncoding } from "./positional-encoding.ts";
export * from "./recurrent.ts";
export type { LstmZoneoutOptions, RecurrentOptions, VariationalOptions, ZoneoutOptions } from "./recurrent-options.ts";
export type { Selection } from "./selection.ts";
export { Residual, residual } from "./residual.ts";
export { Sequential, sequential } from "./sequential.ts";
export { Flatten, Identity, Unflatten, flatten, identity, unflatten } from "./shape.ts";
export { StochasticDepth, type StochasticDepthOptions, stochasticDepth } from "./stochastic-depth.ts";
export { WeightDrop, weightDrop } from "./weight-drop.ts";
export {
  TransformerEncoderLayer,
  type TransformerEncoderLayerOptions,
  transformerEncoderLayer,
} from "./transformer.ts";
export * from "./valid-steps.ts";
