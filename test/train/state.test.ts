import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type Operand,
  type StateRecord,
  StateDictError,
  type Tensor,
  Trainer,
  type TrainerOptions,
  configure,
  manualSeed,
  nn,
  ops,
  optim,
} from "../../src/index.ts";
import { shareEveryRun } from "../../src/runtime/runner.ts";
import { randomTensor } from "../support.ts";
import { SharedRuns, onThreads } from "../threads/shared-runs.ts";

/** What is trained and how. */
interface Training {
  readonly name: string;
  readonly model: () => nn.Module;
  readonly x: Tensor;
  readonly y: Tensor;
  readonly options: () => Partial<TrainerOptions>;
  readonly optimizer: () => optim.Optimizer;
  readonly schedule: (optimizer: optim.Optimizer) => optim.Scheduler | optim.ReduceLrOnPlateau;
  /** Changes of the model before it is trained, and in the middle. */
  readonly change?: (model: nn.Module) => void;
}

/** The squared error of a projection, with a fixed matrix and dropout of its own. */
class ProjectedLoss extends nn.Loss {
  readonly projection = nn.linear(3, 5).requiresGrad(false);
  readonly dropout = nn.dropout(0.3);

  constructor() {
    super("projectedLoss", () => {
      throw new Error("forward is overridden");
    });
  }

  override forward(prediction: Operand, target: Operand): Operand {
    return ops.mean(ops.square(this.dropout.call(this.projection.call(ops.subtract(prediction, target)))));
  }
}

const biases = { parameters: (name: string): boolean => name.includes("bias"), lr: 0.01, weightDecay: 0.1 };

const TRAININGS: readonly Training[] = [
  {
    name: "MLP with dropout, blocks and noise",
    model: () =>
      nn.sequential(
        nn.gaussianNoise(0.1),
        nn.linear(21, 64),
        nn.relu(),
        nn.dropout(0.5, { block: 8, group: 2 }),
        nn.linear(64, 32),
        nn.relu(),
        nn.dropout(0.4),
        nn.linear(32, 3),
      ),
    x: randomTensor([13, 21], 1),
    y: randomTensor([13, 3], 2),
    options: () => ({ accumulate: 3, clip: { norm: 0.5 }, averaging: { decay: 0.9, start: 1 } }),
    optimizer: () => optim.adam({ lr: 0.02, amsgrad: true, groups: [{ ...biases, maxNorm: 1 }] }),
    schedule: (optimizer) => optim.oneCycleLr(optimizer, 0.05, { totalSteps: 40 }),
    change: (model) => {
      const [, , , blocks, , , dropout] = model.namedChildren().map(([, child]) => child);
      Object.assign(blocks ?? {}, { p: 0.25 });
      Object.assign(dropout ?? {}, { p: 0.2 });
      nn.prune(model, { amount: 0.3 });
    },
  },
  {
    name: "CNN with batch normalization and dropped connections",
    model: () =>
      nn.sequential(
        nn.conv2d(2, 5, 3),
        nn.batchNorm2d(5),
        nn.relu(),
        nn.dropout2d(0.3),
        nn.flatten(),
        nn.dropConnect(5 * 16, 4, { p: 0.3 }),
      ),
    x: randomTensor([7, 2, 6, 6], 3),
    y: randomTensor([7, 4], 4),
    options: () => ({ accumulate: 2, clip: { value: 0.1 }, averaging: { by: "step", useBuffers: true } }),
    optimizer: () => optim.sgd({ lr: 0.05, momentum: 0.9, nesterov: true, weightDecay: 0.01, groups: [biases] }),
    schedule: (optimizer) => optim.chainedScheduler([optim.linearLr(optimizer), optim.exponentialLr(optimizer, 0.9)]),
    change: (model) => {
      const [frozen] = model.parameters();
      if (frozen) frozen.requiresGrad = !frozen.requiresGrad;
    },
  },
  {
    name: "LSTM with variational dropout",
    model: () =>
      nn.sequential(
        nn.lstm(5, 8, { numLayers: 2, batchFirst: true, variational: { input: 0.2, recurrent: 0.3, output: 0.2 } }),
        nn.linear(8, 3),
      ),
    x: randomTensor([6, 4, 5], 5),
    y: randomTensor([6, 4, 3], 6),
    options: () => ({ accumulate: 2, averaging: { decay: 0.8, by: "epoch" } }),
    optimizer: () => optim.nAdam({ lr: 0.02 }),
    schedule: (optimizer) => optim.oneCycleLr(optimizer, 0.05, { totalSteps: 40 }),
  },
  {
    name: "transformer layer",
    model: () => nn.transformerEncoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true, dropout: 0.2 }),
    x: randomTensor([5, 4, 8], 7),
    y: randomTensor([5, 4, 8], 8),
    options: () => ({ accumulate: 2, clip: { norm: 1 }, averaging: { by: "epoch" } }),
    optimizer: () => optim.adamW({ lr: 0.01, groups: [biases] }),
    schedule: (optimizer) => optim.reduceLrOnPlateau(optimizer, { patience: 0, factor: 0.7, threshold: 0.5 }),
  },
  {
    name: "a loss with weights and dropout",
    model: () => nn.sequential(nn.linear(4, 6), nn.tanh(), nn.linear(6, 3)),
    x: randomTensor([5, 4], 9),
    y: randomTensor([5, 3], 10),
    options: () => ({ loss: new ProjectedLoss(), accumulate: 2 }),
    optimizer: () => optim.lion({ lr: 0.01 }),
    schedule: (optimizer) =>
      optim.sequentialLr(optimizer, [optim.constantLr(optimizer), optim.stepLr(optimizer, 2)], [3]),
  },
];

/** A training as another process would make it: from a seed of its own. */
function make(training: Training, seed: number): Running {
  manualSeed(seed);
  const model = training.model();
  const optimizer = training.optimizer();
  const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer, ...training.options() });
  return { training, trainer, schedule: training.schedule(optimizer) };
}

interface Running {
  readonly training: Training;
  readonly trainer: Trainer;
  readonly schedule: optim.Scheduler | optim.ReduceLrOnPlateau;
}

/** Steps, with the schedule after each update. */
function steps({ training: { x, y }, trainer, schedule }: Running, count: number): number[] {
  return Array.from({ length: count }, () => {
    const before = trainer.options.optimizer.steps;
    const loss = trainer.step(x, y);
    if (trainer.options.optimizer.steps > before) schedule.step(loss);
    return loss;
  });
}

async function epoch({ training: { x, y }, trainer, schedule }: Running): Promise<number> {
  const { epochs } = await trainer.fit(
    { x, y, length: x.shape[0] ?? 0 },
    { epochs: 1, batchSize: 2, progress: false, schedule },
  );
  return epochs[0]?.loss ?? NaN;
}

/** All state as text, every bit of every number but those of NaN; without the position of `fit`, which has times. */
function textOf({ trainer, schedule }: Running): string {
  return JSON.stringify([{ ...trainer.stateDict(), position: null }, schedule.stateDict()]);
}

function bitsOf(running: Running): string {
  return createHash("sha256").update(textOf(running)).digest("hex");
}

function load(running: Running, [ofTrainer, ofSchedule]: readonly [StateRecord, StateRecord]): void {
  running.schedule.loadStateDict(ofSchedule);
  running.trainer.loadStateDict(ofTrainer);
}

describe.each([1, 2])("threads: %i", (threads) => {
  const runs = new SharedRuns();
  beforeAll(() => {
    configure({ threads });
    if (threads > 1) shareEveryRun(onThreads(runs));
  });
  afterAll(() => {
    shareEveryRun(undefined);
    configure({ threads: "auto" });
  });

  describe.each(TRAININGS)("$name", (training) => {
    let first: Running;
    beforeEach(() => {
      first = make(training, 1);
      training.change?.(first.trainer.model);
    });

    test("goes on with the same bits in a new trainer over a new model, between two batches of an update", () => {
      steps(first, 7);
      training.change?.(first.trainer.model);
      steps(first, 2 - (first.trainer.options.accumulate === 3 ? 1 : 0));
      const saved = structuredClone([first.trainer.stateDict(), first.schedule.stateDict()] as const);
      expect(saved[0].accumulation["pending"]).toBeGreaterThan(0);
      const [text, bits] = [textOf(first), bitsOf(first)];
      const losses = steps(first, 8);
      const expected = bitsOf(first);
      const second = make(training, 2);
      load(second, saved);
      expect(steps(second, 8)).toEqual(losses);
      expect(bitsOf(second)).toBe(expected);
      // The state was not that of the first trainer itself: it is the same a second time, in a trainer that has run.
      load(second, saved);
      expect(bitsOf(second)).toBe(bits);
      load(second, JSON.parse(text) as typeof saved);
      expect(steps(second, 8)).toEqual(losses);
      expect(bitsOf(second)).toBe(expected);
      expect(runs.count > 0).toBe(threads > 1);
    });

    test("goes on with the same bits after an epoch, shuffled alike and with averages by epoch", async () => {
      await epoch(first);
      const saved = structuredClone([first.trainer.stateDict(), first.schedule.stateDict()] as const);
      const losses = [await epoch(first), await epoch(first)];
      const expected = bitsOf(first);
      const second = make(training, 2);
      await epoch(second);
      load(second, saved);
      expect([await epoch(second), await epoch(second)]).toEqual(losses);
      expect(bitsOf(second)).toBe(expected);
    });
  });
});

/** A state with another value at a path. */
function withValue(state: StateRecord, path: readonly string[], value: unknown): StateRecord {
  const [name = "", ...rest] = path;
  const inner = state[name] as StateRecord;
  return { ...state, [name]: (rest.length === 0 ? value : withValue(inner, rest, value)) as StateRecord };
}

describe("a state that does not fit", () => {
  const [training] = TRAININGS as readonly [Training];

  test.each<[path: string, value: unknown, problem: string]>([
    ["version", 2, "version 2 instead of 1"],
    ["positions", 2, 'unknown "positions"'],
    ["model", 3, "model as 3 instead of an object"],
    ["model/state", {}, 'model.state: loadStateDict: the entries must be those of the model; got no "1.weight"'],
    [
      "model/random/3.counter",
      null,
      'model.random: loadRandomState: the entries must be those of the model; got "3.counter" as null',
    ],
    ["model/rates/3.rate", 1.5, "model.rates: dropout: p must be from 0 to 1; got 1.5"],
    ["model/rates/0.moments", -1, "model.rates: gaussianNoise: std must be a finite number of at least 0; got -1"],
    ["model/rates/9.rate", 0.5, 'model.rates: unknown "9.rate"'],
    ["model/masks/1.weight", randomTensor([64, 21], 1), "model.masks.1.weight as one with"],
    ["model/masks/1.weight", randomTensor([64, 20], 1), "model.masks.1.weight as [64, 20] instead of [64, 21]"],
    ["model/frozen", ["9.weight"], 'model: unknown "frozen.9.weight"'],
    [
      "loss/state",
      { weight: 1 },
      'loss.state: loadStateDict: the entries must be those of the model; got unknown "weight"',
    ],
    ["optimizer/state/0/exp_avg", 1, "optimizer.state.0.exp_avg as 1 instead of a tensor"],
    ["accumulation/pending", 3, "accumulation.pending as 3 instead of a whole number from 0 to 2"],
    ["accumulation/gradients", null, "accumulation.gradients as null instead of a tensor"],
    ["averaging", null, "averaging as null instead of an object"],
    [
      "averaging/averages/n_averaged",
      -1,
      "averaging.averages.n_averaged as -1 instead of a whole number of at least 0",
    ],
    ["averaging/averages/module.9", 1, 'averaging.averages: unknown "module.9"'],
    ["random/seed", 0.5, "random.seed as 0.5 instead of a whole number of at least 0"],
  ])("%s", (path, value, problem) => {
    const running = make(training, 1);
    training.change?.(running.trainer.model);
    steps(running, 5);
    const other = make(training, 2);
    steps(other, 4);
    const before = bitsOf(other);
    const state = withValue(running.trainer.stateDict(), path.split("/"), value);
    const load = (): void => other.trainer.loadStateDict(state);
    expect(load).toThrow(StateDictError);
    expect(load).toThrow(problem);
    expect(bitsOf(other)).toBe(before);
  });

  test("all problems are named at once", () => {
    const { trainer } = make(training, 1);
    const state = withValue(trainer.stateDict(), ["random", "streams"], -1);
    expect(() => trainer.loadStateDict(withValue(state, ["accumulation", "pending"], "1"))).toThrow(
      'trainer: loadStateDict: the state must be one of this trainer; got random.streams as -1 instead of a whole number of at least 0; accumulation.pending as "1" instead of a whole number from 0 to 2',
    );
  });

  test("averages of a trainer without the option are refused", () => {
    const model = nn.sequential(nn.linear(2, 2));
    const options = { loss: nn.mseLoss(), optimizer: optim.sgd() };
    const state = new Trainer(model, { ...options, averaging: {} }).stateDict();
    const other = new Trainer(nn.sequential(nn.linear(2, 2)), { ...options, optimizer: optim.sgd() });
    expect(() => other.loadStateDict(state)).toThrow("got averages (this trainer has no option averaging)");
  });

  test("states are not saved or loaded while averages are in use", () => {
    const { trainer } = make(training, 1);
    steps({ ...make(training, 1), trainer }, 9);
    const state = trainer.stateDict();
    expect(() => trainer.averaged?.use(() => trainer.stateDict())).toThrow(TypeError);
    expect(() => trainer.averaged?.use(() => trainer.loadStateDict(state))).toThrow(TypeError);
  });
});

test("pruned zeros keep their sign", () => {
  const make = (): Trainer =>
    new Trainer(nn.sequential(nn.linear(2, 1)), { loss: nn.mseLoss(), optimizer: optim.sgd() });
  const [first, second] = [make(), make()];
  nn.prune(first.model, { amount: 0.5 });
  const [weight] = first.model.parameters();
  weight?.write().set([-0, 1]);
  second.loadStateDict(first.stateDict());
  expect(JSON.stringify(second.model.stateDict())).toBe(JSON.stringify(first.model.stateDict()));
});

test("the norm of gradients is that of the last update", () => {
  const [x, y] = [randomTensor([4, 2], 1), randomTensor([4, 1], 2)];
  const make = (): Trainer =>
    new Trainer(nn.linear(2, 1), { loss: nn.mseLoss(), optimizer: optim.sgd(), clip: { norm: 1 } });
  const [first, second] = [make(), make()];
  first.step(x, y);
  second.loadStateDict(JSON.parse(JSON.stringify(first.stateDict())) as StateRecord);
  expect(second.gradientNorm).toBe(first.gradientNorm);
  second.loadStateDict(make().stateDict());
  expect(second.gradientNorm).toBeUndefined();
});

test("masks and frozen parameters that the state lacks are removed", () => {
  const make = (): Trainer =>
    new Trainer(nn.sequential(nn.linear(2, 2), nn.linear(2, 1)), { loss: nn.mseLoss(), optimizer: optim.sgd() });
  const state = make().stateDict();
  const { model, ...trainer } = make();
  void trainer;
  const other = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.sgd() });
  nn.prune(model, { amount: 0.5 });
  const [weight] = model.parameters();
  if (weight) weight.requiresGrad = false;
  other.loadStateDict(state);
  expect(model.parameters().map(({ mask, requiresGrad }) => [mask, requiresGrad])).toEqual(
    Array.from({ length: 4 }, () => [undefined, true]),
  );
});

test("the same numbers are drawn after a state as after the trainer that it is of", () => {
  const first = make(TRAININGS[0] as Training, 1);
  const state = first.trainer.stateDict();
  const drawn = nn.linear(3, 3).stateDict();
  const second = make(TRAININGS[0] as Training, 2);
  second.trainer.loadStateDict(state);
  expect(nn.linear(3, 3).stateDict()).toEqual(drawn);
});
