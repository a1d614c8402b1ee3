/** The operations that a layer's `forward` is made of. */
export * from "./activation.ts";
export * from "./arithmetic.ts";
export { dropBlock2d } from "./drop-block.ts";
export { dropConnect } from "./drop-connect.ts";
export { alphaDropout, dropout } from "./dropout.ts";
export { type ConvolutionOptions, type TransposedOptions, conv1d, conv2d, convTranspose2d } from "./convolution.ts";
export * from "./class-loss.ts";
export * from "./comparison.ts";
export { type Scalar, constant } from "./constant.ts";
export { lengthsOf, paddingMask, zeroPadding } from "./lengths.ts";
export * from "./extremes.ts";
export { gather, indexSelect, oneHot } from "./gather.ts";
export { maximum, minimum } from "./larger.ts";
export * from "./likelihood.ts";
export { type AttentionMasks, type AttentionOptions, scaledDotProductAttention } from "./attention.ts";
/** @internal */
export { batchNorm, channelMoments, channelNorm } from "./batch-normalization.ts";
export { embedding } from "./embedding.ts";
export * from "./loss.ts";
export * from "./margin-loss.ts";
export * from "./matmul.ts";
export { type Affine, groupNorm, layerNorm, rmsNorm } from "./normalization.ts";
export { split, stack, unbind } from "./parts.ts";
export { permute, transpose } from "./permute.ts";
export * from "./noise.ts";
export {
  type AvgPoolOptions,
  type MaxPoolOptions,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  avgPool1d,
  avgPool2d,
  maxPool1d,
  maxPool2d,
} from "./pooling.ts";
export { type InitialState, type RecurrentResult, type RecurrentWeights, recurrent } from "./recurrent.ts";
export type { RecurrentSettings } from "./recurrence.ts";
export type { CellName } from "./recurrent-cells.ts";
export * from "./piecewise.ts";
export { pow } from "./power.ts";
export { prelu } from "./prelu.ts";
export { type ReducedOptions, type Reduction, weightedMean } from "./reduced-loss.ts";
export * from "./reduction.ts";
export { cast, ceil, floor, round, sign } from "./rounding.ts";
export { concatenate, reshape, slice } from "./shape.ts";
export type { Sharing } from "./sharing.ts";
export { logSoftmax, softmax } from "./softmax.ts";
export { lastStep, maskedMax, maskedMean } from "./valid-steps.ts";
export { where } from "./where.ts";
