import { nn, tensor } from "../../src/index.ts";
import { MAKE } from "../nn/recurrent/recurrent-cases.ts";
import { randomTensor } from "../support.ts";
import { type Family, amidElements, chain, whole } from "./family.ts";

const x = randomTensor([13, 21], 1);
const sequences = randomTensor([7, 5, 12], 2);
const lengths = tensor([3, 5, 1, 0, 4, 5, 2], [7], "int32");
const signal = randomTensor([5, 6, 37], 3);
const pictures = randomTensor([5, 6, 11, 10], 4);

const ACTIVATIONS: readonly nn.Module[] = [
  nn.sigmoid(),
  nn.tanh(),
  nn.relu(),
  nn.leakyRelu(0.2),
  nn.elu(0.7),
  nn.selu(),
  nn.gelu(),
  nn.gelu({ approximate: "tanh" }),
  nn.silu(),
  nn.softplus({ beta: 2 }),
  nn.mish(),
  nn.tanhshrink(),
  nn.celu(0.7),
  nn.logSigmoid(),
  nn.softmax(),
  nn.logSoftmax(),
  nn.hardtanh(-0.3, 0.4),
  nn.relu6(),
  nn.hardsigmoid(),
  nn.hardswish(),
  nn.hardshrink(0.2),
  nn.softshrink(0.2),
  nn.softsign(),
];

const activations: readonly Family[] = ACTIVATIONS.map((activation) => ({
  name: activation.describe(),
  model: () => chain(nn.linear(21, 19), amidElements(activation), nn.linear(19, 17, { bias: false })),
  inputs: [x],
}));

/** Recurrent layers of every kind, on sequences of one length and of several. */
const recurrent: readonly Family[] = [
  ...Object.values(MAKE).flatMap((make): Family[] => {
    const options = { numLayers: 2, bidirectional: true, batchFirst: true, dropout: 0.3 };
    return [
      { name: `${make.name}, two layers both ways`, model: () => make(12, 17, options), inputs: [sequences] },
      {
        name: `${make.name} of sequences of several lengths`,
        model: () =>
          nn.padded(
            chain(make(12, 17, { ...options, numLayers: 1, dropout: 0 }), nn.lastStep({ bidirectional: true })),
          ),
        inputs: [sequences, lengths],
      },
    ];
  }),
  { name: "rnn by relu, steps first", model: () => nn.rnn(12, 19, { nonlinearity: "relu" }), inputs: [sequences] },
];

const attention: readonly Family[] = [
  {
    name: "multiheadAttention, causal",
    model: () => nn.multiheadAttention(12, 3, { causal: true, dropout: 0.2, batchFirst: true }),
    inputs: [sequences],
  },
  {
    name: "multiheadAttention of sequences of several lengths",
    model: () => nn.padded(nn.multiheadAttention(12, 3, { batchFirst: true })),
    inputs: [sequences, tensor([3, 5, 1, 2, 4, 5, 2], [7], "int32")],
  },
  {
    name: "transformerEncoderLayer",
    model: () => nn.transformerEncoderLayer(12, 2, { dimFeedforward: 29, batchFirst: true, activation: "gelu" }),
    inputs: [sequences],
  },
  {
    name: "transformerEncoderLayer, norm first",
    model: () => nn.transformerEncoderLayer(12, 2, { dimFeedforward: 29, batchFirst: true, normFirst: true }),
    inputs: [sequences],
  },
  {
    name: "positionalEncoding",
    model: () => chain(nn.linear(12, 12), amidElements(nn.positionalEncoding(12, { dropout: 0.2, batchFirst: true }))),
    inputs: [sequences],
  },
];

const pooling: readonly Family[] = [
  ...[nn.maxPool1d(3, { stride: 2 }), nn.maxPool1d(2), nn.avgPool1d(3), nn.avgPool1d(2), nn.adaptiveAvgPool1d(5)].map(
    (pool): Family => ({ name: pool.describe(), model: () => chain(nn.conv1d(6, 7, 3), pool), inputs: [signal] }),
  ),
  ...[
    nn.maxPool2d(3, { padding: 1 }),
    nn.maxPool2d(2),
    nn.avgPool2d(3, { stride: 2, padding: 1 }),
    nn.avgPool2d(2),
    nn.adaptiveAvgPool2d([3, 4]),
  ].map((pool): Family => ({
    name: pool.describe(),
    model: () => chain(nn.conv2d(6, 7, 3), pool),
    inputs: [pictures],
  })),
];

export const LAYERS: readonly Family[] = [
  ...activations,
  { name: "softmax over rows", model: () => chain(nn.linear(21, 19), amidElements(nn.softmax(0))), inputs: [x] },
  { name: "prelu of one slope", model: () => chain(nn.linear(21, 19), amidElements(nn.prelu())), inputs: [x] },
  { name: "prelu of a slope each", model: () => chain(nn.linear(21, 19), amidElements(nn.prelu(19))), inputs: [x] },
  { name: "linear on sequences", model: () => amidElements(nn.linear(12, 23)), inputs: [sequences] },
  {
    name: "linear, few rows",
    model: () => chain(nn.linear(21, 70), nn.linear(70, 33)),
    inputs: [randomTensor([2, 21], 5)],
  },
  { name: "linear, long sums", model: () => nn.linear(1500, 9), inputs: [randomTensor([3, 1500], 6)] },
  {
    name: "linear layers in a row",
    model: () => chain(nn.linear(21, 70), nn.relu(), nn.linear(70, 70), nn.relu(), nn.linear(70, 9)),
    inputs: [x],
  },
  {
    name: "conv1d",
    model: () => nn.conv1d(6, 9, 5, { stride: 2, padding: 3, dilation: 2 }),
    inputs: [signal],
  },
  { name: "conv2d", model: () => nn.conv2d(6, 9, [3, 2], { padding: "same" }), inputs: [pictures] },
  { name: "conv2d in groups", model: () => nn.conv2d(6, 9, 3, { groups: 3, stride: [2, 1] }), inputs: [pictures] },
  {
    name: "conv2d by channels",
    model: () => amidElements(nn.conv2d(6, 6, 3, { groups: 6, padding: 1 })),
    inputs: [pictures],
  },
  { name: "conv2d of one channel", model: () => nn.conv2d(1, 18, 3), inputs: [randomTensor([7, 1, 13, 11], 7)] },
  {
    name: "convTranspose2d",
    model: () => nn.convTranspose2d(6, 7, 3, { stride: 2, padding: 1, outputPadding: 1 }),
    inputs: [pictures],
  },
  ...pooling,
  { name: "batchNorm1d", model: () => chain(nn.linear(21, 37), amidElements(nn.batchNorm1d(37))), inputs: [x] },
  {
    name: "batchNorm1d of channels",
    model: () => chain(nn.conv1d(6, 7, 3), amidElements(nn.batchNorm1d(7))),
    inputs: [signal],
  },
  {
    name: "batchNorm2d, cumulative, no weights",
    model: () => chain(nn.conv2d(6, 7, 3), amidElements(nn.batchNorm2d(7, { momentum: null, affine: false }))),
    inputs: [pictures],
  },
  { name: "layerNorm", model: () => chain(nn.linear(21, 37), amidElements(nn.layerNorm(37))), inputs: [x] },
  {
    name: "layerNorm over two axes",
    model: () => chain(nn.linear(12, 9), amidElements(nn.layerNorm([5, 9]))),
    inputs: [sequences],
  },
  { name: "rmsNorm", model: () => chain(nn.linear(21, 37), amidElements(nn.rmsNorm(37))), inputs: [x] },
  { name: "groupNorm", model: () => chain(nn.conv2d(6, 8, 3), amidElements(nn.groupNorm(4, 8))), inputs: [pictures] },
  {
    name: "embedding",
    model: () => chain(nn.embedding(23, 19, { paddingIdx: 0 }), nn.linear(19, 7)),
    inputs: [whole(63, 23, [9, 7])],
  },
  ...recurrent,
  ...attention,
  ...[nn.maskedMean(), nn.maskedMax(), nn.lastStep()].map((over): Family => ({
    name: over.describe(),
    model: () => nn.padded(chain(nn.linear(12, 37), over)),
    inputs: [sequences, lengths],
  })),
  {
    name: "residual and parallel",
    model: () =>
      chain(
        nn.residual(chain(nn.linear(21, 21), nn.tanh())),
        nn.parallel([nn.linear(21, 11), nn.linear(21, 9)]),
        nn.parallel([nn.linear(20, 10), nn.linear(20, 10)], { combine: "sum" }),
      ),
    inputs: [x],
  },
  {
    name: "flatten and unflatten",
    model: () => chain(nn.conv2d(6, 4, 3), nn.flatten(), nn.linear(288, 30), nn.unflatten(1, [5, 6]), nn.linear(6, 5)),
    inputs: [pictures],
  },
];
