/** Models of every factory of nn, with inputs for them. */
import { type Tensor, nn, tensor } from "../../src/index.ts";
import { randomTensor } from "../random-tensor.ts";

/** A model, and inputs for it. */
export type Case = readonly [model: () => nn.Module, ...inputs: readonly Tensor[]];

const rows = randomTensor([6, 8], 1);
const steps = randomTensor([5, 3, 8], 2);
const signal = randomTensor([2, 4, 12], 3);
const images = randomTensor([2, 4, 8, 8], 4);
const volumes = randomTensor([2, 4, 3, 3, 3], 5);
const ids = tensor(Int32Array.of(1, 2, 3, 0, 4, 5, 0, 0), [2, 4]);

function withRate<M extends { p: number }>(layer: M, p: number): M {
  layer.p = p;
  return layer;
}

function noisier(std: number): nn.Module {
  const layer = nn.gaussianNoise(0.1);
  layer.std = std;
  return layer;
}

function transformerOf(p: number): nn.Module {
  const layer = nn.transformerEncoderLayer(8, 2, { dimFeedforward: 16, dropout: 0.1 });
  for (const module of layer.modules()) if (module instanceof nn.Dropout) module.p = p;
  return layer;
}

const RECURRENT = {
  numLayers: 2,
  bias: false,
  batchFirst: true,
  dropout: 0.25,
  bidirectional: true,
  variational: { input: 0.1, recurrent: 0.2, output: 0.3 },
} as const;

/** For each factory of the table of layers, arguments that are not the defaults, and values that were set later. */
export const CASES: Readonly<Record<string, readonly Case[]>> = {
  sigmoid: [[() => nn.sigmoid(), rows]],
  tanh: [[() => nn.tanh(), rows]],
  relu: [[() => nn.relu(), rows]],
  leakyRelu: [
    [() => nn.leakyRelu(0.3), rows],
    [() => nn.leakyRelu(-0), rows],
  ],
  elu: [[() => nn.elu(0.7), rows]],
  selu: [[() => nn.selu(), rows]],
  gelu: [
    [() => nn.gelu(), rows],
    [() => nn.gelu({ approximate: "tanh" }), rows],
  ],
  silu: [[() => nn.silu(), rows]],
  softplus: [[() => nn.softplus({ beta: 3, threshold: 0.5 }), rows]],
  mish: [[() => nn.mish(), rows]],
  tanhshrink: [[() => nn.tanhshrink(), rows]],
  celu: [[() => nn.celu(0.4), rows]],
  logSigmoid: [[() => nn.logSigmoid(), rows]],
  step: [[() => nn.step(), rows]],
  softmax: [[() => nn.softmax(0), rows]],
  logSoftmax: [[() => nn.logSoftmax(0), rows]],
  hardtanh: [[() => nn.hardtanh(-0.2, 0.1), rows]],
  relu6: [[() => nn.relu6(), rows]],
  hardsigmoid: [[() => nn.hardsigmoid(), rows]],
  hardswish: [[() => nn.hardswish(), rows]],
  hardshrink: [[() => nn.hardshrink(0.3), rows]],
  softshrink: [[() => nn.softshrink(0.3), rows]],
  softsign: [[() => nn.softsign(), rows]],
  prelu: [[() => nn.prelu(8, 0.4), rows]],
  multiheadAttention: [
    [() => nn.multiheadAttention(8, 2), steps],
    [
      () =>
        nn.multiheadAttention(8, 4, { dropout: 0.3, bias: false, batchFirst: true, causal: true, kdim: 4, vdim: 6 }),
      randomTensor([2, 3, 8], 6),
      randomTensor([2, 5, 4], 7),
      randomTensor([2, 5, 6], 8),
    ],
  ],
  batchNorm1d: [
    [() => nn.batchNorm1d(8, { eps: 0.1, momentum: null }), rows],
    [() => nn.batchNorm1d(8, { momentum: 0.3, affine: false, trackRunningStats: false }), rows],
  ],
  batchNorm2d: [[() => nn.batchNorm2d(4, { eps: 0.1, affine: false }), images]],
  conv1d: [
    [() => nn.conv1d(4, 6, 3, { stride: 2, padding: 1, dilation: 2, groups: 2, bias: false }), signal],
    [() => nn.conv1d(4, 6, 3, { padding: "same" }), signal],
  ],
  conv2d: [
    [() => nn.conv2d(4, 6, [3, 2], { stride: [2, 1], padding: [1, 0], dilation: [1, 2], groups: 2 }), images],
    [() => nn.conv2d(4, 6, 3, { padding: "same", bias: false }), images],
  ],
  convTranspose2d: [
    [() => nn.convTranspose2d(4, 6, [3, 2], { stride: [3, 2], padding: [1, 0], outputPadding: [2, 1] }), images],
    [() => nn.convTranspose2d(4, 6, 3, { dilation: 2, groups: 2, bias: false }), images],
  ],
  alphaDropout: [[() => withRate(nn.alphaDropout(), 0.3), rows]],
  featureAlphaDropout: [[() => withRate(nn.featureAlphaDropout(), 0.3), images]],
  dropout1d: [[() => withRate(nn.dropout1d(), 0.4), signal]],
  dropout2d: [[() => withRate(nn.dropout2d(), 0.4), images]],
  dropout3d: [[() => withRate(nn.dropout3d(), 0.4), volumes]],
  concreteDropout: [
    [
      () =>
        nn.concreteDropout(nn.conv2d(4, 2, 3), {
          p: 0.3,
          weightRegularizer: 1e-3,
          dropoutRegularizer: 1e-2,
          temperature: 0.7,
          axes: [2, 3],
        }),
      images,
    ],
  ],
  dropBlock2d: [[() => withRate(nn.dropBlock2d(0.1, 3), 0.3), images]],
  dropConnect: [
    [() => withRate(nn.dropConnect(8, 3, { bias: false, masks: "sample" }), 0.3), rows],
    [() => nn.dropConnect(8, 3, { p: 0.4, evaluation: "moments", activation: nn.elu(0.4), points: 17 }), rows],
  ],
  dropout: [
    [() => withRate(nn.dropout(), 0.3), rows],
    [() => nn.dropout(0.3, { scaling: "classic", axes: [1] }), steps],
    [() => nn.dropout(0.3, { group: "batch" }), rows],
    [() => nn.dropout(0.3, { group: 2 }), rows],
    [() => withRate(nn.dropout(0.5, { block: 2, group: 3, scaling: "classic" }), 0.25), rows],
    [() => nn.dropout(0.5, { block: 2, group: "batch" }), rows],
  ],
  embeddingDropout: [[() => withRate(nn.embeddingDropout(nn.embedding(6, 3)), 0.4), ids]],
  gaussianDropout: [[() => withRate(nn.gaussianDropout(), 0.3), rows]],
  gaussianNoise: [[() => noisier(0.7), rows]],
  lockedDropout: [
    [() => withRate(nn.lockedDropout(0.5), 0.3), steps],
    [() => nn.lockedDropout(0.3, { batchFirst: true }), steps],
  ],
  stochasticDepth: [
    [() => withRate(nn.stochasticDepth(nn.dropout(0.2), 0.5), 0.4), rows],
    [() => nn.stochasticDepth(nn.linear(8, 8), 0.4, { mode: "row" }), rows],
  ],
  weightDrop: [
    [() => withRate(nn.weightDrop(nn.lstm(8, 4), ["weight_hh_l0"]), 0.3), steps],
    [() => nn.weightDrop(nn.linear(8, 4), ["weight", "bias"], 0.3), rows],
  ],
  embedding: [
    [() => nn.embedding(6, 3), ids],
    [() => nn.embedding(6, 3, { paddingIdx: -1 }), ids],
  ],
  linear: [
    [() => nn.linear(8, 3), rows],
    [() => nn.linear(8, 3, { bias: false }), rows],
  ],
  groupNorm: [[() => nn.groupNorm(2, 4, { eps: 0.1, affine: false }), images]],
  layerNorm: [
    [() => nn.layerNorm(8, { eps: 0.1, bias: false }), rows],
    [() => nn.layerNorm([3, 8], { elementwiseAffine: false }), steps],
  ],
  rmsNorm: [
    [() => nn.rmsNorm(8, { eps: 0.1 }), rows],
    [() => nn.rmsNorm([3, 8], { elementwiseAffine: false }), steps],
  ],
  parallel: [
    [() => nn.parallel([nn.linear(8, 2), nn.dropout(0.3)], { dim: -1 }), rows],
    [() => nn.parallel([nn.linear(8, 8), nn.dropout(0.3)], { combine: "sum" }), rows],
  ],
  maxPool1d: [[() => nn.maxPool1d(3, { stride: 2, padding: 1, dilation: 2, ceilMode: true }), signal]],
  maxPool2d: [
    [() => nn.maxPool2d(2), images],
    [() => nn.maxPool2d([3, 2], { stride: [2, 1], padding: [1, 0], ceilMode: true }), images],
  ],
  avgPool1d: [[() => nn.avgPool1d(3, { stride: 2, padding: 1, countIncludePad: false }), signal]],
  avgPool2d: [[() => nn.avgPool2d([3, 2], { padding: [1, 0] }), images]],
  adaptiveAvgPool1d: [[() => nn.adaptiveAvgPool1d(5), signal]],
  adaptiveAvgPool2d: [[() => nn.adaptiveAvgPool2d([3, 5]), images]],
  positionalEncoding: [[() => nn.positionalEncoding(8, { maxLen: 7, dropout: 0.3, batchFirst: true }), steps]],
  padded: [
    [() => nn.padded(nn.sequential(nn.embedding(6, 3), nn.lstm(3, 2, { batchFirst: true })), { paddingIdx: 0 }), ids],
    [() => nn.padded(nn.gru(8, 2, { batchFirst: true })), steps, tensor(Int32Array.of(3, 1, 2, 0, 3), [5])],
  ],
  rnn: [
    [() => nn.rnn(8, 3, { nonlinearity: "relu" }), steps],
    [() => nn.rnn(8, 3, { ...RECURRENT, zoneout: { hidden: 0.2 } }), steps],
  ],
  gru: [
    [() => nn.gru(8, 3), steps],
    [() => nn.gru(8, 3, { ...RECURRENT, zoneout: { hidden: 0.2 } }), steps],
  ],
  lstm: [
    [() => nn.lstm(8, 3), steps],
    [() => nn.lstm(8, 3, { ...RECURRENT, zoneout: { hidden: 0.2, cell: 0.3 } }), steps],
  ],
  lastStep: [
    [() => nn.lastStep(), steps],
    [() => nn.lastStep({ bidirectional: true }), steps],
  ],
  maskedMean: [[() => nn.maskedMean(), steps]],
  maskedMax: [[() => nn.maskedMax(), steps]],
  residual: [
    [() => nn.residual(nn.linear(8, 8)), rows],
    [() => nn.residual(nn.linear(8, 3), nn.linear(8, 3, { bias: false })), rows],
  ],
  sequential: [
    [() => nn.sequential(), rows],
    [() => nn.sequential(nn.linear(8, 4), nn.sequential(nn.dropout(0.3), nn.relu())), rows],
  ],
  flatten: [
    [() => nn.flatten(), images],
    [() => nn.flatten(0, 1), images],
  ],
  unflatten: [[() => nn.unflatten(1, [2, -1]), rows]],
  identity: [[() => nn.identity(), rows]],
  transformerEncoderLayer: [
    [() => transformerOf(0.3), steps],
    [
      () =>
        nn.transformerEncoderLayer(8, 4, {
          dimFeedforward: 5,
          dropout: 0,
          activation: "gelu",
          layerNormEps: 0.1,
          batchFirst: true,
          normFirst: true,
          bias: false,
          causal: true,
        }),
      steps,
    ],
  ],
};
