/** The operations that a layer's `forward` is made of. */
export { type AttentionMasks, type AttentionOptions, scaledDotProductAttention } from "./attention.ts";
/** @internal */
export { batchNorm, channelMoments, channelNorm } from "./batch-normalization.ts";
export { type Scalar, constant } from "./constant.ts";
export {
  type ConvolutionOptions,
  type TransposedOptions,
  conv1d,
  conv2d,
  convTranspose2d,
} from "./convolution/convolution.ts";
export {
  type AvgPoolOptions,
  type MaxPoolOptions,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  avgPool1d,
  avgPool2d,
  maxPool1d,
  maxPool2d,
} from "./convolution/pooling.ts";
export { dropBlock2d } from "./dropout/drop-block.ts";
export { dropConnect } from "./dropout/drop-connect.ts";
export { alphaDropout, dropout } from "./dropout/dropout.ts";
export type { MaskLayout } from "./dropout/mask-layout.ts";
export { gaussianDropout, gaussianNoise } from "./dropout/noise.ts";
export * from "./elementwise/activation.ts";
export * from "./elementwise/arithmetic.ts";
export * from "./elementwise/comparison.ts";
export { maximum, minimum } from "./elementwise/larger.ts";
export * from "./elementwise/piecewise.ts";
export { pow } from "./elementwise/power.ts";
export { prelu } from "./elementwise/prelu.ts";
export { cast, ceil, floor, round, sign } from "./elementwise/rounding.ts";
export { standardize, type StandardizeOptions, type Standardizing } from "./elementwise/standardize.ts";
export { where } from "./elementwise/where.ts";
export { embedding } from "./embedding.ts";
export { gather, indexSelect, oneHot } from "./gather.ts";
export { lengthsOf, paddingMask, zeroPadding } from "./lengths.ts";
export * from "./loss/class-loss.ts";
export * from "./loss/likelihood.ts";
export * from "./loss/loss.ts";
export * from "./loss/margin-loss.ts";
export { type ReducedOptions, type Reduction, weightedMean } from "./loss/reduced-loss.ts";
export * from "./matmul/matmul.ts";
export { type Affine, groupNorm, layerNorm, rmsNorm } from "./normalization.ts";
export type { CellName } from "./recurrent/cells.ts";
export type { RecurrentSettings } from "./recurrent/recurrence.ts";
export { type InitialState, type RecurrentResult, type RecurrentWeights, recurrent } from "./recurrent/recurrent.ts";
export * from "./reduction/extremes.ts";
export * from "./reduction/reduction.ts";
export { logSoftmax, softmax } from "./reduction/softmax.ts";
export { lastStep, maskedMax, maskedMean } from "./reduction/valid-steps.ts";
export { split, stack, unbind } from "./shape/parts.ts";
export { permute, transpose } from "./shape/permute.ts";
export { concatenate, slice } from "./shape/slice.ts";
export { reshape } from "./shape/view.ts";
