import {
  type FitOptions,
  type Operand,
  Trainer,
  type TrainerOptions,
  data,
  manualSeed,
  nn,
  ops,
  optim,
} from "../../src/index.ts";
import type { AnyDataset } from "../../src/data/dataset.ts";
import { encodeState } from "../../src/files/state-json.ts";
import { randomTensor } from "../support.ts";

/** A training as a program makes it: anew in each process. */
export interface Training {
  readonly trainer: Trainer;
  readonly set: AnyDataset;
  readonly options: FitOptions;
}

export type MakeTraining = () => Training;

const X = randomTensor([22, 4], 1);
const Y = randomTensor([22, 2], 2);
const LABELS = Int32Array.from({ length: 22 }, (_, i) => (i * 7) % 3);
const SET = data.fromArrays(X, Y);
const CLASSES = data.fromArrays(X, LABELS);
const VALIDATION = data.fromArrays(randomTensor([9, 4], 3), randomTensor([9, 2], 4));
const LONG = data.fromArrays(randomTensor([22, 300], 5), Y); // streamed: samples of 256 numbers or more

/** Three epochs of six steps: five of four samples, one of two. */
const BASE = { epochs: 3, batchSize: 4, progress: false } as const;

function mlp(inputs = 4, outputs = 2): nn.Sequential {
  return nn.sequential(nn.linear(inputs, 6), nn.relu(), nn.dropout(0.4), nn.linear(6, outputs));
}

function training(
  make: () => nn.Module,
  options: Partial<TrainerOptions> = {},
  fit: FitOptions | ((optimizer: optim.Optimizer) => FitOptions) = {},
  set: AnyDataset = SET,
): MakeTraining {
  return () => {
    const optimizer = options.optimizer ?? optim.adam({ lr: 0.05 });
    const trainer = new Trainer(make(), { loss: nn.mseLoss(), ...options, optimizer });
    return { trainer, set, options: { ...BASE, ...(typeof fit === "function" ? fit(optimizer) : fit) } };
  };
}

/** A loss with a random layer. */
class NoisyLoss extends nn.Loss {
  readonly noise = nn.dropout(0.3);

  constructor() {
    super("noisyLoss", (prediction) => prediction);
  }

  override forward(prediction: Operand, target: Operand, weights?: Operand): Operand {
    const errors = ops.square(this.noise.call(ops.subtract(prediction, target)));
    return ops.mean(weights ? ops.multiply(ops.sum(errors, 1), weights) : errors);
  }
}

/** Two inputs by name. */
class Two extends nn.Module {
  readonly left = nn.linear(4, 3);
  readonly right = nn.linear(2, 3);
  readonly last = nn.linear(3, 2);
  readonly drop = nn.dropout(0.3);

  override forward(a: Operand, b: Operand): Operand {
    return this.last.call(this.drop.call(ops.relu(ops.add(this.left.call(a), this.right.call(b)))));
  }
}

/** Two outputs by name. */
class Heads extends nn.Module {
  readonly body = mlp(4, 5);
  readonly price = nn.linear(5, 2);
  readonly kind = nn.linear(5, 3);

  override forward(x: Operand): { price: Operand; kind: Operand } {
    const h = ops.relu(this.body.call(x));
    return { price: this.price.call(h), kind: this.kind.call(h) };
  }
}

const HEADS = data.fromArrays(X, { price: Y, kind: LABELS }, { weights: randomTensor([22], 8).data.map(Math.abs) });

export function fourForAnUpdate(): Training {
  return training(mlp, { accumulate: 4, clip: { norm: 0.5 }, averaging: { decay: 0.9, start: 2 } })();
}

export const TRAININGS: Readonly<Record<string, MakeTraining>> = {
  "dropout, adam": training(mlp),
  "without shuffling, the last batch dropped, sgd with momentum": () =>
    training(mlp, { optimizer: optim.sgd({ lr: 0.05, momentum: 0.9 }) }, { shuffle: false, dropLast: true })(),
  "four batches for an update, clipping, averages by step": fourForAnUpdate,
  "averages by epoch, validation, plateau": () =>
    training(mlp, { averaging: { start: 1 } }, (optimizer) => ({
      validation: VALIDATION,
      schedule: optim.reduceLrOnPlateau(optimizer, { patience: 0, factor: 0.5 }),
    }))(),
  "a schedule by step, nAdam": () =>
    training(mlp, { optimizer: optim.nAdam({ lr: 0.02 }) }, (optimizer) => ({
      schedule: optim.oneCycleLr(optimizer, 0.1, { totalSteps: 18 }),
      scheduleBy: "step",
    }))(),
  "a plateau by step, three batches for an update": () =>
    training(mlp, { accumulate: 3 }, (optimizer) => ({
      schedule: optim.reduceLrOnPlateau(optimizer, { patience: 1, factor: 0.9 }),
      scheduleBy: "step",
    }))(),
  "a schedule by epoch, batch normalization, pruned": () => {
    const model = (): nn.Module => {
      const made = nn.sequential(nn.linear(4, 6), nn.batchNorm1d(6), nn.relu(), nn.linear(6, 2));
      nn.prune(made, { amount: 0.3 });
      return made;
    };
    return training(model, {}, (optimizer) => ({ schedule: optim.stepLr(optimizer, 1, { gamma: 0.5 }) }))();
  },
  "weighted samples, classes": () =>
    training(
      () => mlp(4, 3),
      { loss: nn.crossEntropyLoss() },
      {},
      data.fromArrays(X, LABELS, { weights: randomTensor([22], 8).data.map(Math.abs) }),
    )(),
  "several inputs": () => training(() => new Two(), {}, {}, data.fromArrays([X, randomTensor([22, 2], 9)], Y))(),
  "losses by name, weighted samples, averages, validation": () =>
    training(
      () => new Heads(),
      {
        loss: { kind: nn.crossEntropyLoss(), price: new NoisyLoss() },
        lossWeights: { price: 0.3 },
        regularization: { l2: 0.01 },
        averaging: { decay: 0.9 },
      },
      { validation: HEADS },
      HEADS,
    )(),
  "streamed rows": training(() => mlp(300), {}, {}, LONG),
  "a loss with a random layer": () => training(mlp, { loss: new NoisyLoss() })(),
  "accuracy of classes": training(() => mlp(4, 3), { loss: nn.crossEntropyLoss() }, {}, CLASSES),
  "callbacks that set p and freeze a layer": () => {
    const { trainer, set, options } = training(mlp)();
    const [first, , drop] = trainer.model.modules().slice(1);
    const onEpoch = ({ epoch }: { readonly epoch: number }): void => {
      if (drop instanceof nn.Dropout) drop.p = 0.4 - 0.1 * epoch;
      if (epoch === 2) for (const each of first?.parameters() ?? []) each.requiresGrad = false;
    };
    return { trainer, set, options: { ...options, onEpoch } };
  },
};

/** Makes a training as in a new process: by another seed, so that what is equal later was restored. */
export function inNewProcess(make: MakeTraining): Training {
  manualSeed(987);
  nn.dropout(0.5); // takes a stream
  return make();
}

/** All state of a trainer as text, every bit of it, without times. */
export function stateText({ trainer }: Pick<Training, "trainer">): string {
  const { text, tensors } = encodeState(trainer.stateDict());
  const bits = [...tensors].map(([name, { shape, data: numbers }]) => {
    const words = new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length);
    return `${name} [${shape.join(", ")}]: ${[...words].map((word) => word.toString(16)).join(" ")}`;
  });
  return [text.replaceAll(/"seconds":[-0-9.e]+/g, '"seconds":0'), ...bits].join("\n");
}

/** A history without times. */
export function historyText(history: object): string {
  return JSON.stringify(history, (name, value: unknown) => (name === "seconds" ? undefined : value));
}
