import { monteCarlo, nn } from "../../src/index.ts";
import { randomTensor } from "../support.ts";
import { type Family, amidElements, chain, whole } from "./family.ts";

const x = randomTensor([13, 21], 1);
const sequences = randomTensor([7, 5, 12], 2);
const pictures = randomTensor([5, 6, 11, 10], 4);

/** Forms that stand between two layers. */
const FORMS: readonly (() => nn.Module & { p?: number })[] = [
  () => nn.dropout(0.4),
  () => nn.dropout(0.4, { scaling: "classic" }),
  () => nn.dropout(0.4, { axes: [1] }),
  () => nn.dropout(0.4, { group: 4 }),
  () => nn.dropout(0.4, { group: "batch" }),
  () => nn.alphaDropout(0.3),
  () => nn.featureAlphaDropout(0.3),
  () => nn.gaussianDropout(0.3),
  () => nn.gaussianNoise(0.2),
  () => nn.dropout(0.5, { block: 4, group: 3 }),
  () => nn.dropout(0.5, { block: 16, group: 4 }),
  () => nn.dropout(0.5, { block: 16, group: 4, scaling: "classic" }),
];

/** Forms on pictures. */
const CHANNELS: readonly (() => nn.Module)[] = [
  () => nn.dropout2d(0.4),
  () => nn.dropBlock2d(0.3, 3),
  () => nn.dropout(0.5, { block: 2, group: 2 }),
];

const lstm = (options: nn.LstmOptions): nn.Module => nn.lstm(12, 17, { batchFirst: true, ...options });

export const DROPOUT: readonly Family[] = [
  ...FORMS.map((form): Family => ({
    name: form().describe(),
    model: () =>
      chain(
        nn.linear(21, 64),
        nn.relu(),
        amidElements(form()),
        nn.linear(64, 32),
        nn.relu(),
        form(),
        nn.tanh(),
        nn.linear(32, 7),
      ),
    inputs: [x],
  })),
  ...CHANNELS.map((form): Family => ({
    name: `${form().describe()}, pictures`,
    model: () => chain(nn.conv2d(6, 8, 3), amidElements(form()), nn.flatten(), nn.linear(576, 5)),
    inputs: [pictures],
  })),
  {
    name: "dropout1d",
    model: () => chain(nn.conv1d(5, 7, 1), amidElements(nn.dropout1d(0.4))),
    inputs: [sequences],
  },
  {
    name: "dropout3d",
    model: () => chain(nn.linear(9, 11), amidElements(nn.dropout3d(0.4))),
    inputs: [randomTensor([3, 5, 2, 3, 9], 5)],
  },
  {
    name: "lockedDropout",
    model: () => chain(nn.lockedDropout(0.4, { batchFirst: true }), nn.linear(12, 17), nn.lockedDropout(0.3)),
    inputs: [sequences],
  },
  {
    name: "dropConnect, a mask for a batch",
    model: () => nn.dropConnect(21, 37, { activation: nn.relu(), evaluation: "moments", points: 9 }),
    inputs: [x],
  },
  { name: "dropConnect, a mask for a sample", model: () => nn.dropConnect(21, 37, { masks: "sample" }), inputs: [x] },
  { name: "weightDrop", model: () => nn.weightDrop(lstm({}), ["weight_hh_l0"], 0.5), inputs: [sequences] },
  {
    name: "embeddingDropout",
    model: () => chain(nn.embeddingDropout(nn.embedding(23, 19), 0.3), nn.linear(19, 7)),
    inputs: [whole(63, 23, [9, 7])],
  },
  {
    name: "concreteDropout",
    model: () =>
      chain(
        nn.concreteDropout(nn.linear(21, 37), { p: 0.3, weightRegularizer: 0.01, dropoutRegularizer: 0.1 }),
        nn.relu(),
        nn.concreteDropout(nn.linear(37, 9)),
      ),
    inputs: [x],
  },
  {
    name: "variational dropout, two layers",
    model: () => lstm({ numLayers: 2, variational: { input: 0.3, recurrent: 0.3, output: 0.3 } }),
    inputs: [sequences],
  },
  { name: "zoneout, lstm", model: () => lstm({ zoneout: { hidden: 0.2, cell: 0.3 } }), inputs: [sequences] },
  {
    name: "zoneout, gru",
    model: () => nn.gru(12, 17, { zoneout: { hidden: 0.2 }, variational: { recurrent: 0.3 } }),
    inputs: [sequences],
  },
  ...(["batch", "row"] as const).map((mode): Family => ({
    name: `stochasticDepth by ${mode}`,
    model: () => {
      const body = (): nn.Module => chain(nn.linear(21, 33), nn.batchNorm1d(33), nn.relu(), nn.linear(33, 21));
      const branch = (p: number): nn.Module => nn.stochasticDepth(body(), p, { mode });
      return chain(
        branch(0.3),
        branch(0.5),
        nn.stochasticDepth(chain(branch(0.5), nn.tanh()), 0.5, { mode }),
        branch(0.7),
      );
    },
    inputs: [x],
  })),
  {
    name: "monteCarlo",
    model: () => chain(nn.linear(21, 37), nn.relu(), nn.dropout(0.5), nn.linear(37, 9)),
    inputs: [x],
    also: ({ model }) => {
      const { mean, variance, entropy, mutualInformation } = monteCarlo(model, x, {
        samples: 5,
        kind: "classification",
      });
      return { mean, variance, entropy, mutualInformation };
    },
  },
];
