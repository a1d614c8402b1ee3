import { nn, ops, tensor, type Tensor } from "../../src/index.ts";
import { Lambda, randomTensor } from "../support.ts";
import { type Family, chain, whole } from "./family.ts";

const x = randomTensor([33, 11], 1);
const numbers = randomTensor([33, 7], 2);
const mapped = ({ data, shape }: Tensor, map: (value: number) => number): Tensor<"float32"> =>
  tensor(Float32Array.from(data, map), shape);
const signs = mapped(numbers, (value) => (value < 0 ? -1 : 1));
const bits = mapped(numbers, (value) => (value < 0 ? 0 : 1));
const chances = new Lambda((each) => ops.softmax(each)).run(numbers);
const logChances = new Lambda((each) => ops.logSoftmax(each)).run(numbers);
const labels = whole(33, 7);
const weights = mapped(randomTensor([33], 3), Math.abs);
const weight = [0.5, 1, 2, 0.25, 1.5, 1, 3];

interface Row {
  /** Default: as the loss prints. */
  readonly name?: string;
  readonly loss: (options: nn.LossOptions) => nn.Loss;
  readonly target: Tensor;
  /** What makes predictions that the loss takes. */
  readonly last?: () => nn.Module;
}

/** Predictions [33, 2, 7], of which the loss takes pairs. */
const pairs = (): nn.Module => chain(nn.linear(7, 14), nn.unflatten(1, [2, 7]));

const ROWS: readonly Row[] = [
  { loss: nn.mseLoss, target: numbers },
  { loss: nn.l1Loss, target: numbers },
  { loss: (options) => nn.huberLoss({ ...options, delta: 0.3 }), target: numbers },
  { loss: (options) => nn.smoothL1Loss({ ...options, beta: 0.3 }), target: numbers },
  { loss: nn.bceLoss, target: bits, last: nn.sigmoid },
  { loss: nn.bceWithLogitsLoss, target: bits },
  {
    name: "bceWithLogitsLoss, posWeight",
    loss: (options) => nn.bceWithLogitsLoss({ ...options, posWeight: weight }),
    target: bits,
  },
  { loss: (options) => nn.focalLoss({ ...options, gamma: 1.5, alpha: 0.3 }), target: bits },
  { loss: nn.klDivLoss, target: chances, last: nn.logSoftmax },
  {
    name: "klDivLoss, logTarget",
    loss: (options) => nn.klDivLoss({ ...options, logTarget: true }),
    target: logChances,
    last: nn.logSoftmax,
  },
  { loss: nn.hingeLoss, target: signs },
  { loss: (options) => nn.hingeEmbeddingLoss({ ...options, margin: 0.5 }), target: signs },
  {
    loss: (options) => nn.cosineEmbeddingLoss({ ...options, margin: 0.1 }),
    target: tensor(signs.data.slice(0, 33)),
    last: pairs,
  },
  { loss: nn.crossEntropyLoss, target: labels },
  {
    name: "crossEntropyLoss, options",
    loss: (options) => nn.crossEntropyLoss({ ...options, weight, ignoreIndex: 3, labelSmoothing: 0.1 }),
    target: labels,
  },
  { loss: (options) => nn.nllLoss({ ...options, weight }), target: labels, last: nn.logSoftmax },
  { loss: (options) => nn.multiMarginLoss({ ...options, p: 2, margin: 0.7, weight }), target: labels },
];

export const LOSSES: readonly Family[] = ROWS.flatMap(
  ({ loss, name = loss({}).describe(), target, last = nn.identity }) => {
    const shared = { model: () => chain(nn.linear(11, 7), last()), inputs: [x], targets: [target] };
    return [
      { ...shared, name: `${name}, mean`, loss: () => loss({}) },
      { ...shared, name: `${name}, sum`, loss: () => loss({ reduction: "sum" }) },
      { ...shared, name: `${name}, weights of samples`, loss: () => loss({}), weights },
    ];
  },
);
