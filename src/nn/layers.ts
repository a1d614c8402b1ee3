/** The layers: classes, and the factories by whose names saved models refer to them. */
export * from "./activation.ts";
export { MultiheadAttention, type MultiheadAttentionOptions, multiheadAttention } from "./attention.ts";
export { BatchNorm, BatchNorm1d, BatchNorm2d, type BatchNormOptions, batchNorm1d, batchNorm2d } from "./batch-norm.ts";
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
export { Adjustable } from "./dropout/adjustable.ts";
export { AlphaDropout, alphaDropout, featureAlphaDropout } from "./dropout/alpha-dropout.ts";
export { BlockDropout, type BlockDropoutOptions } from "./dropout/block-dropout.ts";
export { ChannelDropout, dropout1d, dropout2d, dropout3d } from "./dropout/channel-dropout.ts";
export { ConcreteDropout, type ConcreteDropoutOptions, concreteDropout } from "./dropout/concrete-dropout.ts";
export { DropBlock2d, dropBlock2d } from "./dropout/drop-block.ts";
export { DropConnect, type DropConnectOptions, dropConnect } from "./dropout/drop-connect.ts";
export { Dropout, type DropoutOptions, dropout } from "./dropout/dropout.ts";
export { EmbeddingDropout, embeddingDropout } from "./dropout/embedding-dropout.ts";
export { GaussianDropout, GaussianNoise, gaussianDropout, gaussianNoise } from "./dropout/gaussian-noise.ts";
export { LockedDropout, type LockedDropoutOptions, lockedDropout } from "./dropout/locked-dropout.ts";
export { RandomLayer } from "./dropout/random-layer.ts";
export { StochasticDepth, type StochasticDepthOptions, stochasticDepth } from "./dropout/stochastic-depth.ts";
export { WeightDrop, weightDrop } from "./dropout/weight-drop.ts";
export { Embedding, type EmbeddingOptions, embedding } from "./embedding.ts";
export { Linear, type LinearOptions, linear } from "./linear.ts";
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
export * from "./piecewise.ts";
export { adaptiveAvgPool1d, adaptiveAvgPool2d, avgPool1d, avgPool2d, maxPool1d, maxPool2d } from "./pooling.ts";
export { PositionalEncoding, type PositionalEncodingOptions, positionalEncoding } from "./positional-encoding.ts";
export { PRelu, prelu } from "./prelu.ts";
export type { LstmZoneoutOptions, RecurrentOptions, VariationalOptions, ZoneoutOptions } from "./recurrent/options.ts";
export { Padded, type PaddedOptions, padded } from "./recurrent/padded.ts";
export * from "./recurrent/recurrent.ts";
export * from "./recurrent/valid-steps.ts";
export { Residual, residual } from "./residual.ts";
export { Sequential, sequential } from "./sequential.ts";
export { Flatten, Identity, Unflatten, flatten, identity, unflatten } from "./shape.ts";
export {
  TransformerEncoderLayer,
  type TransformerEncoderLayerOptions,
  transformerEncoderLayer,
} from "./transformer.ts";
