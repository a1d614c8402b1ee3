import { type Operand, nn, ops } from "../../src/index.ts";

/** Options whose types the fixtures promise. */
export type Options = Record<string, never>;
const numberIn = (options: Options, name: string): number => Number(options[name]);

/** A function of PyTorch that is an operation here. */
class Applied extends nn.Module {
  constructor(readonly apply: (...inputs: [Operand, Operand, Operand]) => Operand) {
    super();
  }

  override forward(...inputs: readonly Operand[]): Operand {
    return this.apply(...(inputs as [Operand, Operand, Operand]));
  }
}

/** What the fixtures made attention a part of. */
class AroundAttention extends nn.Module {
  constructor(readonly mha: nn.MultiheadAttention) {
    super();
  }

  override forward(...inputs: [query: Operand]): Operand {
    return this.mha.call(...inputs);
  }
}

function attention({ embedDim, numHeads, ...options }: Options): nn.Module {
  return new AroundAttention(nn.multiheadAttention(Number(embedDim), Number(numHeads), options));
}

function encoderLayer({ dModel, nhead, ...options }: Options): nn.Module {
  return nn.transformerEncoderLayer(Number(dModel), Number(nhead), options);
}

/** A recurrent layer from its two sizes and the options that stand beside them. */
const recurrent =
  (make: (inputSize: number, hiddenSize: number, options: nn.RecurrentOptions) => nn.Module) =>
  ({ inputSize, hiddenSize, ...options }: Options): nn.Module =>
    make(Number(inputSize), Number(hiddenSize), options);

/** How a PyTorch class is made here from its own arguments. */
export const MODULES: Readonly<Record<string, (options: Options) => nn.Module>> = {
  Linear: (options) =>
    nn.linear(numberIn(options, "inFeatures"), numberIn(options, "outFeatures"), { bias: options["bias"] !== false }),
  BatchNorm1d: ({ numFeatures, ...options }) => nn.batchNorm1d(Number(numFeatures), options),
  BatchNorm2d: ({ numFeatures, ...options }) => nn.batchNorm2d(Number(numFeatures), options),
  Embedding: ({ numEmbeddings, embeddingDim, ...options }) =>
    nn.embedding(Number(numEmbeddings), Number(embeddingDim), options),
  GroupNorm: ({ numGroups, numChannels, ...options }) => nn.groupNorm(Number(numGroups), Number(numChannels), options),
  LayerNorm: ({ normalizedShape = [], ...options }) => nn.layerNorm(normalizedShape, options),
  Conv1d: ({ inChannels, outChannels, kernelSize, ...options }) =>
    nn.conv1d(Number(inChannels), Number(outChannels), kernelSize ?? 0, options),
  Conv2d: ({ inChannels, outChannels, kernelSize, ...options }) =>
    nn.conv2d(Number(inChannels), Number(outChannels), kernelSize ?? 0, options),
  ConvTranspose2d: ({ inChannels, outChannels, kernelSize, ...options }) =>
    nn.convTranspose2d(Number(inChannels), Number(outChannels), kernelSize ?? 0, options),
  MaxPool1d: ({ kernelSize, ...options }) => nn.maxPool1d(kernelSize ?? 0, options),
  MaxPool2d: ({ kernelSize, ...options }) => nn.maxPool2d(kernelSize ?? 0, options),
  AvgPool1d: ({ kernelSize, ...options }) => nn.avgPool1d(kernelSize ?? 0, options),
  AvgPool2d: ({ kernelSize, ...options }) => nn.avgPool2d(kernelSize ?? 0, options),
  AdaptiveAvgPool1d: ({ outputSize }) => nn.adaptiveAvgPool1d(outputSize ?? 0),
  AdaptiveAvgPool2d: ({ outputSize }) => nn.adaptiveAvgPool2d(outputSize ?? 0),
  Sigmoid: nn.sigmoid,
  Tanh: nn.tanh,
  ReLU: nn.relu,
  LeakyReLU: (options) => nn.leakyRelu(numberIn(options, "negativeSlope")),
  ELU: (options) => nn.elu(numberIn(options, "alpha")),
  SELU: nn.selu,
  GELU: nn.gelu,
  SiLU: nn.silu,
  Softplus: nn.softplus,
  Mish: nn.mish,
  Softsign: nn.softsign,
  Hardtanh: ({ minVal, maxVal }) => nn.hardtanh(minVal, maxVal),
  Hardsigmoid: nn.hardsigmoid,
  Hardswish: nn.hardswish,
  ReLU6: nn.relu6,
  Tanhshrink: nn.tanhshrink,
  Hardshrink: ({ lambd }) => nn.hardshrink(lambd),
  Softshrink: ({ lambd }) => nn.softshrink(lambd),
  CELU: (options) => nn.celu(numberIn(options, "alpha")),
  LogSigmoid: nn.logSigmoid,
  PReLU: ({ numParameters }) => nn.prelu(numParameters),
  Softmax: (options) => nn.softmax(numberIn(options, "dim")),
  LogSoftmax: (options) => nn.logSoftmax(numberIn(options, "dim")),
  MultiheadAttention: attention,
  CrossAttention: attention,
  PaddedAttention: attention,
  TransformerEncoderLayer: encoderLayer,
  PaddedEncoderLayer: encoderLayer,
  PackedRNN: recurrent(nn.rnn),
  PackedLSTM: recurrent(nn.lstm),
  PackedGRU: recurrent(nn.gru),
  RNN: recurrent(nn.rnn),
  LSTM: recurrent(nn.lstm),
  GRU: recurrent(nn.gru),
  maximum: () => new Applied(ops.maximum),
  minimum: () => new Applied(ops.minimum),
  pow: () => new Applied(ops.pow),
  powNumber: ({ y }) => new Applied((x) => ops.pow(x, Number(y))),
  where: () => new Applied((c, a, b) => ops.where(ops.greater(c, 0), a, b)),
  amax: ({ dim, keepdim }) => new Applied((x) => ops.max(x, dim, { keepDims: Boolean(keepdim) })),
  amin: ({ dim, keepdim }) => new Applied((x) => ops.min(x, dim, { keepDims: Boolean(keepdim) })),
  gather: ({ dim }) => new Applied((x, indices) => ops.gather(x, indices, dim)),
  indexSelect: ({ dim }) => new Applied((x, indices) => ops.indexSelect(x, indices, dim)),
  clamp: ({ low, high }) => new Applied((x) => ops.clamp(x, Number(low), Number(high))),
  stack: ({ dim }) => new Applied((...xs) => ops.stack(xs, dim)),
  MSELoss: nn.mseLoss,
  L1Loss: nn.l1Loss,
  BCELoss: nn.bceLoss,
  BCEWithLogitsLoss: nn.bceWithLogitsLoss,
  WeightedBCEWithLogitsLoss: nn.bceWithLogitsLoss,
  CrossEntropyLoss: nn.crossEntropyLoss,
  NLLLoss: nn.nllLoss,
  SmoothL1Loss: nn.smoothL1Loss,
  HuberLoss: nn.huberLoss,
  KLDivLoss: nn.klDivLoss,
  HingeEmbeddingLoss: nn.hingeEmbeddingLoss,
  MultiMarginLoss: nn.multiMarginLoss,
  CosineEmbeddingLoss: nn.cosineEmbeddingLoss,
};
