import { describe, expect, test } from "vitest";
import { StateDictError, optim } from "../../src/index.ts";
import type { StateRecord, StateTree } from "../../src/base/state-tree.ts";
import { expectClose } from "../support.ts";
import { casesOf, entryOf } from "./fixtures.ts";

/** A schedule's state after `steps` steps, the rate then, and the rates of the steps after it. */
interface StateCase {
  readonly name: string;
  readonly op: string;
  readonly config: Readonly<Record<string, number>>;
  readonly state: StateRecord;
  readonly steps: number;
  readonly lr: number;
  readonly metrics: readonly number[];
  readonly rates: readonly number[];
}

type Make = (optimizer: optim.Optimizer, each: StateCase) => optim.Scheduler | optim.ReduceLrOnPlateau;
const CHAIN = (optimizer: optim.Optimizer): readonly optim.Scheduler[] => [
  optim.constantLr(optimizer, { factor: 0.5, totalIters: 9 }),
  optim.exponentialLr(optimizer, 0.9),
];

/** The schedules of scripts/optimizer-states.py. */
const SCHEDULES: Readonly<Record<string, Make>> = {
  StepLR: (optimizer) => optim.stepLr(optimizer, 3, { gamma: 0.5 }),
  MultiStepLR: (optimizer) => optim.multiStepLr(optimizer, [2, 9], { gamma: 0.3 }),
  ExponentialLR: (optimizer) => optim.exponentialLr(optimizer, 0.9),
  LambdaLR: (optimizer) => optim.lambdaLr(optimizer, (step) => 1 / (1 + step)),
  ConstantLR: (optimizer) => optim.constantLr(optimizer, { factor: 0.5, totalIters: 9 }),
  LinearLR: (optimizer) => optim.linearLr(optimizer, { startFactor: 0.25, totalIters: 9 }),
  PolynomialLR: (optimizer) => optim.polynomialLr(optimizer, { totalIters: 12, power: 2 }),
  CosineAnnealingLR: (optimizer) => optim.cosineAnnealingLr(optimizer, 12, { etaMin: 0.01 }),
  CosineAnnealingWarmRestarts: (optimizer) => optim.cosineAnnealingWarmRestarts(optimizer, 4, { tMult: 2 }),
  OneCycleLR: (optimizer) => optim.oneCycleLr(optimizer, 0.5, { totalSteps: 15 }),
  ChainedScheduler: (optimizer) => optim.chainedScheduler(CHAIN(optimizer)),
  SequentialLR: (optimizer) => optim.sequentialLr(optimizer, CHAIN(optimizer), [4]),
  ReduceLROnPlateau: (optimizer, { config }) => optim.reduceLrOnPlateau(optimizer, config),
};

/** The fixtures write infinities as words. */
function withInfinities(state: StateRecord): StateRecord {
  const value = (each: StateTree): StateTree => (each === "Infinity" ? Infinity : each);
  return Object.fromEntries(Object.entries(state).map(([name, each]) => [name, value(each)]));
}

describe.each(casesOf<StateCase>("schedule-states"))("$name $config", (each) => {
  const { op, state, steps, lr, metrics, rates } = each;
  // As if made in another process: the rate at construction is another one.
  const make = (): { optimizer: optim.Optimizer; schedule: ReturnType<Make> } => {
    const optimizer = optim.sgd({ lr: op === "ReduceLROnPlateau" ? 0.5 : 0.125, momentum: 0.9 });
    return { optimizer, schedule: entryOf(SCHEDULES, op)(optimizer, each) };
  };
  const onFrom = ({ optimizer, schedule }: ReturnType<typeof make>): number[] =>
    metrics.map((metric) => {
      schedule.step(metric);
      return optimizer.lr;
    });

  test("goes on from PyTorch's state with PyTorch's rates", () => {
    const made = make();
    made.schedule.loadStateDict(withInfinities(state));
    // PyTorch goes from rate to rate, and rounds at each step in f64.
    expectClose([made.optimizer.lr], [lr], { relative: 1e-12, absolute: 1e-16 });
    expect(made.schedule.stateDict()["last_epoch"]).toBe(steps);
    expectClose(onFrom(made), rates, { relative: 1e-12, absolute: 1e-16 });
  });

  test("goes on from its own state with the same bits, by PyTorch's names", () => {
    const [first, second] = [make(), make()];
    first.schedule.loadStateDict(withInfinities(state));
    const saved = first.schedule.stateDict();
    for (const name of Object.keys(saved)) {
      const own = ["last_epoch", "base_lrs", "_step_count"].includes(name) && op === "ChainedScheduler";
      const inChain = ["base_lrs", "_step_count"].includes(name) && op === "SequentialLR";
      if (own || inChain || (name === "_last_lr" && steps === 0)) continue;
      expect(Object.keys(state)).toContain(name);
    }
    second.schedule.loadStateDict(JSON.parse(JSON.stringify(saved)) as StateRecord);
    expect(second.optimizer.lr).toBe(first.optimizer.lr);
    expect(second.optimizer.momentum).toBe(first.optimizer.momentum);
    expect(onFrom(second)).toEqual(onFrom(first));
    expect(second.schedule.stateDict()).toEqual(first.schedule.stateDict());
  });

  test("refuses what is no state of it and changes nothing", () => {
    const { optimizer, schedule } = make();
    schedule.step(1);
    const before = [schedule.stateDict(), optimizer.lr];
    const wrong: readonly unknown[] = [
      null,
      [],
      {},
      { ...schedule.stateDict(), last_epoch: -1 },
      { ...schedule.stateDict(), last_epoch: 1.5 },
      { ...schedule.stateDict(), base_lrs: [1, 2], _last_lr: [1, 2] },
      { ...schedule.stateDict(), base_lrs: ["1"], _last_lr: [NaN] },
      { ...schedule.stateDict(), base_lrs: [-1], best: NaN },
    ];
    for (const state of wrong) {
      expect(() => schedule.loadStateDict(state as StateRecord)).toThrow(StateDictError);
      expect([schedule.stateDict(), optimizer.lr]).toEqual(before);
    }
  });
});

test("a plateau names each option that differs", () => {
  const optimizer = optim.sgd();
  const state = optim.reduceLrOnPlateau(optimizer, { factor: 0.5, mode: "max" }).stateDict();
  expect(() => optim.reduceLrOnPlateau(optimizer, { patience: 3 }).loadStateDict(state)).toThrow(
    'reduceLrOnPlateau: loadStateDict: the state must be one of this schedule; got mode as "max" instead of "min"; factor as 0.5 instead of 0.1; patience as 10 instead of 3',
  );
});

test("a cycle that has fewer steps is refused", () => {
  const optimizer = optim.sgd({ momentum: 0.9 });
  const long = optim.oneCycleLr(optimizer, 0.5, { totalSteps: 20 });
  long.steps = 15;
  const short = optim.oneCycleLr(optimizer, 0.5, { totalSteps: 10 });
  expect(() => short.loadStateDict(long.stateDict())).toThrow(
    "oneCycleLr: loadStateDict: the state must be one of this schedule; got oneCycleLr: there must be at most 10 steps; got 15",
  );
  expect(short.steps).toBe(0);
});
