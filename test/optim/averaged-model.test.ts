import { describe, expect, test } from "vitest";
import { type Tensor, type TrainerOptions, data, manualSeed, nn, optim, Trainer } from "../../src/index.ts";
import { expectClose, randomTensor, thrownBy } from "../support.ts";

const X = randomTensor([6, 4], 1);
const Y = randomTensor([6, 2], 2);
const SET = data.fromArrays(X, Y);

function make(options: Partial<TrainerOptions> = {}): Trainer {
  manualSeed(1);
  const model = nn.sequential(nn.linear(4, 5), nn.tanh(), nn.linear(5, 2));
  return new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.adam({ lr: 0.05 }), ...options });
}

type State = Readonly<Record<string, Tensor>>;

/** The exponential average of states, or the mean, number by number in f64. */
function averageOf(states: readonly State[], decay?: number): Record<string, number[]> {
  const [first = {}, ...others] = states;
  const average = Object.fromEntries(Object.entries(first).map(([name, { data }]) => [name, [...data]]));
  others.forEach((state, n) => {
    for (const [name, { data }] of Object.entries(state)) {
      const weight = decay === undefined ? 1 / (n + 2) : 1 - decay;
      average[name] = (average[name] ?? []).map((was, i) => was + weight * ((data[i] ?? NaN) - was));
    }
  });
  return average;
}

function expectState(state: State | undefined, expected: Readonly<Record<string, number[]>>): void {
  expect(Object.keys(state ?? {})).toEqual(Object.keys(expected));
  for (const [name, values] of Object.entries(expected)) expectClose(state?.[name]?.data ?? [], values, { what: name });
}

describe("averaged weights", () => {
  test.each([{ decay: 0.8 }, { decay: 0.8, start: 3 }, { by: "step" }, { decay: 0 }] as const)(
    "by steps, with %o",
    (averaging) => {
      const trainer = make({ averaging });
      const states = Array.from({ length: 6 }, () => {
        trainer.step(X, Y);
        return trainer.model.stateDict();
      });
      const taken = states.slice("start" in averaging ? averaging.start : 0);
      expectState(trainer.averaged?.stateDict(), averageOf(taken, "decay" in averaging ? averaging.decay : undefined));
      expect(trainer.averaged?.taken).toBe(taken.length);
    },
  );

  test("of all epochs from one on alike, and evaluated beside the weights", async () => {
    const trainer = make({ averaging: { start: 1 } });
    const states: State[] = [];
    const options = { epochs: 4, batchSize: 3, validation: SET, progress: false };
    const { epochs } = await trainer.fit(SET, {
      ...options,
      onEpoch: () => void states.push(trainer.model.stateDict()),
    });
    expectState(trainer.averaged?.stateDict(), averageOf(states.slice(1)));
    expect(epochs[0]?.averaged).toBeUndefined();
    expect(epochs[1]?.averaged).toEqual(epochs[1]?.validation);
    expect(epochs[3]?.averaged).toEqual(trainer.averaged?.use(() => trainer.evaluate(SET)));
    expect(epochs[3]?.averaged).not.toEqual(epochs[3]?.validation);
  });

  test("apart from a trainer, made before its parameters move", () => {
    manualSeed(1);
    const model = nn.linear(4, 2);
    const averaged = optim.averagedModel(model);
    averaged.update();
    const states = [model.stateDict()];
    const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.5 }) });
    for (let step = 0; step < 3; step++) {
      trainer.step(X, Y);
      averaged.update();
      states.push(model.stateDict());
    }
    expectState(averaged.stateDict(), averageOf(states));
  });

  test("stand in for the weights while they are used, and no longer", () => {
    const trainer = make({ averaging: { decay: 0.9 } });
    for (let step = 0; step < 4; step++) trainer.step(X, Y);
    const { model, averaged } = trainer;
    const [before, averages] = [model.stateDict(), averaged?.stateDict()];
    const program = trainer.stepProgram(X, Y);
    const prediction = averaged?.use(() => {
      expect(model.stateDict()).toEqual(averages);
      return model.predict(X);
    });
    expect(model.stateDict()).toEqual(before);
    const other = nn.sequential(nn.linear(4, 5), nn.tanh(), nn.linear(5, 2));
    other.loadStateDict(averages ?? {});
    expect(prediction).toEqual(other.predict(X));
    expect(trainer.stepProgram(X, Y)).toBe(program);
    const failing = (): never => {
      throw new Error("on the way");
    };
    expect(() => averaged?.use(failing)).toThrow("on the way");
    expect(model.stateDict()).toEqual(before);
    expect(averaged?.taken).toBe(4);
  });

  test("buffers are averaged where that is asked for", () => {
    class Counting extends nn.Module {
      readonly weight = new nn.Parameter([2]);
      readonly mean = new nn.Buffer([2]);
      readonly count = new nn.Buffer([], "int32");
      override forward(): never {
        throw new Error("not described here");
      }
    }
    const model = new Counting();
    const [plain, whole] = [optim.averagedModel(model), optim.averagedModel(model, { useBuffers: true })];
    for (const value of [1, 2, 6]) {
      model.weight.assign([value, 0]);
      model.mean.assign([value, 10 * value]);
      model.count.assign([value]);
      plain.update();
      whole.update();
    }
    const dataOf = (state: Record<string, Tensor>): number[][] => Object.values(state).map((each) => [...each.data]);
    expect(dataOf(plain.stateDict())).toEqual([[3, 0], [6, 60], [6]]);
    expect(dataOf(whole.stateDict())).toEqual([[3, 0], [3, 30], [6]]);
    expect(whole.use(() => [...model.mean.read()])).toEqual([3, 30]);
    expect([...model.mean.read()]).toEqual([6, 60]);
  });

  test("a layer that stands in two places has its average under both names", () => {
    const shared = nn.linear(2, 2);
    const averaged = optim.averagedModel(nn.sequential(shared, shared));
    averaged.update();
    const state = averaged.stateDict();
    shared.weight.assign([1, 2, 3, 4]);
    averaged.update();
    expect(averaged.stateDict()["0.weight"]).not.toEqual(state["0.weight"]);
    expect(averaged.stateDict()["1.weight"]).toEqual(averaged.stateDict()["0.weight"]);
  });

  test("a profile leaves them as they are", () => {
    const trainer = make({ averaging: { decay: 0.9 } });
    trainer.step(X, Y);
    const before = [trainer.averaged?.stateDict(), trainer.averaged?.taken];
    trainer.profile(X, Y, { runs: 2 });
    expect([trainer.averaged?.stateDict(), trainer.averaged?.taken]).toEqual(before);
  });
});

describe("wrong use of averages", () => {
  const within = "TypeError: averagedModel: update must not happen while the averages are in use; got it within a use";
  const refused: readonly [(trainer: Trainer, averaged: optim.AveragedModel) => unknown, string][] = [
    [(trainer, averaged) => averaged.use(() => trainer.step(X, Y)), within],
    [(_, averaged) => averaged.use(() => averaged.update()), within],
    [(_, averaged) => averaged.use(() => averaged.use(() => 1)), within.replace("update", "use")],
    [
      (_, averaged) => averaged.use(() => Promise.resolve(1)),
      "TypeError: averagedModel: use must end before its work returns; got a promise",
    ],
    [
      ({ model }) => optim.averagedModel(model).use(() => 1),
      "TypeError: averagedModel: the averages must be updated before they are used; got none",
    ],
    [
      ({ model }) => optim.averagedModel(model).stateDict(),
      "TypeError: averagedModel: the averages must be updated before they are used; got none",
    ],
    [
      ({ model }) => optim.averagedModel(model, { decay: 1 }),
      "RangeError: averagedModel: decay must be from 0 to below 1; got 1",
    ],
    [
      ({ model }) => optim.averagedModel(model, { avgFn: 1 } as never),
      "TypeError: averagedModel: options must be decay, useBuffers; got avgFn",
    ],
  ];
  test.each(refused)("%s", (act, message) => {
    const trainer = make({ averaging: { decay: 0.5 } });
    trainer.step(X, Y);
    const before = trainer.model.stateDict();
    expect(thrownBy(() => trainer.averaged && act(trainer, trainer.averaged))).toBe(message);
    expect(trainer.model.stateDict()).toEqual(before);
  });
});

describe("averages of a model of which a layer was replaced", () => {
  const message =
    'TypeError: averagedModel: every parameter must be one that the model had at construction; got "1.weight" that is not, so make a new AveragedModel';

  test.each<[string, (averaged: optim.AveragedModel) => unknown]>([
    ["used", (averaged) => averaged.use(() => 1)],
    ["saved", (averaged) => averaged.stateDict()],
    ["updated", (averaged) => averaged.update()],
  ])("are not %s: they would be mixed with weights of which there are none", (_, act) => {
    const model = nn.sequential(nn.linear(2, 3), nn.linear(3, 2));
    const averaged = optim.averagedModel(model);
    averaged.update();
    Reflect.set(model.layers, 1, nn.linear(3, 2));
    const before = model.stateDict();
    expect(thrownBy(() => act(averaged))).toBe(message);
    expect([model.stateDict(), averaged.taken]).toEqual([before, 1]);
  });

  test("of which one was only taken away, are those of the others", () => {
    const model = nn.sequential<nn.Module[]>(nn.linear(2, 2), nn.linear(2, 2));
    const averaged = optim.averagedModel(model);
    averaged.update();
    Reflect.set(model.layers, 1, nn.identity());
    expect(Object.keys(averaged.stateDict())).toEqual(["0.weight", "0.bias"]);
  });
});
