import { data, nn, optim, tensor } from "../../src/index.ts";
import { randomTensor } from "../support.ts";
import { type Family, chain } from "./family.ts";

const x = randomTensor([13, 21], 1);
const model = (): nn.Module => chain(nn.linear(21, 37), nn.tanh(), nn.linear(37, 19));
const base = { model, inputs: [x] };

const OPTIMIZERS: readonly (readonly [string, () => optim.Optimizer])[] = [
  ["sgd", () => optim.sgd({ lr: 0.1, weightDecay: 0.1, l1: 0.01 })],
  ["sgd with momentum", () => optim.sgd({ lr: 0.1, momentum: 0.9, dampening: 0.1, weightDecay: 0.1 })],
  ["sgd, Nesterov", () => optim.sgd({ lr: 0.1, momentum: 0.9, nesterov: true })],
  ["adam", () => optim.adam({ weightDecay: 0.1, l1: 0.01 })],
  ["adam, amsgrad", () => optim.adam({ amsgrad: true })],
  ["adamW", () => optim.adamW({ weightDecay: 0.1 })],
  ["rmsprop", () => optim.rmsprop({ weightDecay: 0.1 })],
  ["rmsprop with momentum", () => optim.rmsprop({ momentum: 0.9 })],
  ["rmsprop, centered", () => optim.rmsprop({ centered: true })],
  ["rmsprop, centered with momentum", () => optim.rmsprop({ centered: true, momentum: 0.9 })],
  ["adagrad", () => optim.adagrad({ lrDecay: 0.1, weightDecay: 0.1 })],
  ["adadelta", () => optim.adadelta({ weightDecay: 0.1 })],
  ["adamax", () => optim.adamax({ weightDecay: 0.1 })],
  ["nAdam", () => optim.nAdam({ weightDecay: 0.1 })],
  ["rAdam", () => optim.rAdam({ weightDecay: 0.1 })],
  ["lion", () => optim.lion({ weightDecay: 0.1 })],
];

const isBias = (name: string): boolean => name.endsWith("bias");

export const UPDATES: readonly Family[] = [
  ...OPTIMIZERS.map(([name, optimizer]): Family => ({ ...base, name, optimizer })),
  {
    ...base,
    name: "groups, one frozen, and max-norm",
    model: () => {
      const made = chain(nn.linear(21, 37), nn.tanh(), nn.linear(37, 37), nn.linear(37, 19));
      for (const parameter of made.layers[2]?.parameters() ?? []) parameter.requiresGrad = false;
      return made;
    },
    optimizer: () => optim.adam({ maxNorm: 0.3, groups: [{ parameters: isBias, lr: 0.01, weightDecay: 0.1 }] }),
  },
  { ...base, name: "clipping by norm", options: { clip: { norm: 0.01 } } },
  {
    ...base,
    name: "clipping by norm, groups",
    options: { clip: { norm: 0.01 } },
    optimizer: () => optim.sgd({ lr: 0.1, groups: [{ parameters: isBias, lr: 0.2 }] }),
  },
  { ...base, name: "clipping by value", options: { clip: { value: 0.001 } } },
  { ...base, name: "regularization", options: { regularization: { l1: 0.01, l2: 0.1 } } },
  { ...base, name: "accumulation", options: { accumulate: 2, clip: { norm: 0.01 } }, optimizer: () => optim.adam() },
  { ...base, name: "averages by decay", options: { averaging: { decay: 0.7 } } },
  {
    name: "averages of all steps, with buffers",
    model: () => chain(nn.linear(21, 37), nn.batchNorm1d(37)),
    inputs: [x],
    options: { averaging: { by: "step", useBuffers: true } },
  },
  { ...base, name: "pruning", optimizer: () => optim.adam(), midway: (made) => void nn.prune(made, { amount: 0.4 }) },
  {
    ...base,
    name: "pruning over all layers, max-norm",
    optimizer: () => optim.sgd({ lr: 0.1, momentum: 0.9, maxNorm: 0.4 }),
    midway: (made) => void nn.prune(made, { amount: 0.4, scope: "global" }),
  },
  {
    name: "fit and evaluate",
    model: () => chain(nn.linear(21, 37), nn.relu(), nn.dropout(0.3), nn.linear(37, 5)),
    inputs: [x],
    targets: [tensor(Int32Array.from({ length: 13 }, (_, i) => i % 5))],
    loss: () => nn.crossEntropyLoss(),
    optimizer: () => optim.nAdam(),
    also: async (trainer) => {
      const labels = tensor(Int32Array.from({ length: 53 }, (_, i) => (i * i) % 5));
      const set = data.fromArrays(randomTensor([53, 21], 3), labels);
      const { epochs } = await trainer.fit(set, {
        epochs: 2,
        batchSize: 15,
        shuffle: true,
        progress: false,
        validation: set,
      });
      const losses = epochs.flatMap(({ loss, validation }) => [loss, validation.loss]);
      return { losses: tensor(losses), evaluated: trainer.evaluate(set, { batchSize: 9 }).loss };
    },
  },
];
