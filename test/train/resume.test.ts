import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type History, StateDictError, Trainer, data, manualSeed, nn, optim } from "../../src/index.ts";
import type { StateRecord } from "../../src/base/state-tree.ts";
import { scratch } from "../files/support.ts";
import { randomTensor } from "../support.ts";
import {
  type MakeTraining,
  TRAININGS,
  type Training,
  fourForAnUpdate,
  historyText,
  inNewProcess,
  stateText,
} from "./trainings.ts";

/** A training that nothing stopped, and the state after each of its callbacks. */
async function undisturbed(make: MakeTraining, epochs?: number): Promise<{ all: string; states: StateRecord[] }> {
  manualSeed(3);
  const training = make();
  const { trainer, set, options } = training;
  const states: StateRecord[] = [];
  const history = await trainer.fit(set, {
    ...options,
    ...(epochs !== undefined && { epochs }),
    onStep: (step) => {
      options.onStep?.(step);
      states.push(structuredClone(trainer.stateDict()));
    },
    onEpoch: (epoch) => {
      options.onEpoch?.(epoch);
      states.push(structuredClone(trainer.stateDict()));
    },
  });
  return { all: textOf(training, history), states };
}

function textOf(training: Training, history: History): string {
  return `${historyText(history)}\n${stateText(training)}`;
}

/** Trains up to a step in all epochs, and stops there. */
async function stopAfter(make: MakeTraining, directory: string, steps: number): Promise<Training> {
  const stop = new AbortController();
  const training = make();
  const { trainer, set, options } = training;
  let done = 0;
  const history = await trainer.fit(set, {
    ...options,
    checkpoint: { directory },
    resume: true,
    signal: stop.signal,
    onStep: () => {
      if (++done === steps) stop.abort();
    },
  });
  expect(history.aborted).toBe(true);
  return training;
}

describe("a training that is stopped goes on with the same bits", () => {
  const rows = Object.entries(TRAININGS);

  test.each(rows)("from a state in memory, after every step and epoch: %s", async (_, make) => {
    const { all, states } = await undisturbed(make);
    expect(states.length).toBeGreaterThan(9);
    for (const state of states) {
      const training = inNewProcess(make);
      training.trainer.loadStateDict(state);
      const history = await training.trainer.fit(training.set, { ...training.options, resume: true });
      expect(textOf(training, history)).toBe(all);
    }
  });

  test.each(rows)("from checkpoints, stopped five times: %s", async (_, make) => {
    const { all } = await undisturbed(make);
    const directory = scratch();
    manualSeed(3);
    await stopAfter(make, directory, 2);
    // After steps 5, 6, 11 and 13 of epochs of 6 or 5.
    for (const steps of [3, 1, 5, 2]) await stopAfter(() => inNewProcess(make), directory, steps);
    const training = inNewProcess(make);
    const history = await training.trainer.fit(training.set, {
      ...training.options,
      checkpoint: { directory },
      resume: true,
    });
    expect(textOf(training, history)).toBe(all);
    expect(readdirSync(directory).filter((name) => !name.startsWith("step-"))).toEqual([]);
  });

  test.each(rows)("with more epochs than it was begun with: %s", async (_, make) => {
    const { all } = await undisturbed(make, 3);
    const directory = scratch();
    let last = "";
    for (const epochs of [1, 2, 3]) {
      if (epochs === 1) manualSeed(3);
      const { trainer, set, options } = epochs === 1 ? make() : inNewProcess(make);
      const history = await trainer.fit(set, { ...options, epochs, checkpoint: { directory }, resume: true });
      expect(history.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3].slice(0, epochs));
      last = textOf({ trainer, set, options }, history);
    }
    expect(last).toBe(all);
  });

  test("in one trainer, without loading", async () => {
    const { all } = await undisturbed(fourForAnUpdate);
    manualSeed(3);
    const training = fourForAnUpdate();
    const { trainer, set, options } = training;
    const aborted: boolean[] = [];
    while (aborted.at(-1) !== false) {
      const stop = new AbortController();
      let done = 0;
      const onStep = (): void => void (++done === 3 && stop.abort());
      const history = await trainer.fit(set, { ...options, resume: aborted.length > 0, signal: stop.signal, onStep });
      aborted.push(history.aborted);
    }
    // Those after step 6 of an epoch end in the next, before its first step.
    expect(aborted).toEqual([true, true, true, true, true, false]);
    expect(stateText(training)).toBe(all.slice(all.indexOf("\n") + 1));
  });

  test.each(["step", "epoch"] as const)("in one trainer, after an error of a schedule by %s", async (scheduleBy) => {
    const run = async (failsAt: number): Promise<string> => {
      manualSeed(3);
      const optimizer = optim.adam({ lr: 0.05 });
      const trainer = new Trainer(nn.linear(3, 2), { loss: nn.mseLoss(), optimizer, averaging: { start: 1 } });
      const set = data.fromArrays(randomTensor([10, 3], 1), randomTensor([10, 2], 2));
      let steps = 0;
      const step = (): void => {
        if (++steps === failsAt) throw new Error("the schedule has ended");
      };
      const schedule = { optimizer, step, stateDict: () => ({}), loadStateDict: () => undefined };
      const options = { epochs: 3, batchSize: 4, progress: false, schedule, scheduleBy };
      const ended = trainer.fit(set, options).then(
        () => "all epochs",
        (error: unknown) => String(error),
      );
      expect(await ended).toBe(failsAt === 0 ? "all epochs" : "Error: the schedule has ended");
      const history = await trainer.fit(set, { ...options, resume: true });
      return `${historyText(history)}\n${stateText({ trainer })}`;
    };
    expect(await run(2)).toBe(await run(0));
  });
});

test("a state whose losses are not finite goes on from JSON", async () => {
  const set = data.fromArrays(
    randomTensor([8, 3], 1),
    [NaN, 0, 0, 0, 0, 0, 0, Infinity].map((each) => [each, 0]),
  );
  const make = (): Trainer => {
    manualSeed(3);
    return new Trainer(nn.linear(3, 2), { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 1e-3 }) });
  };
  const options = { batchSize: 4, progress: false, shuffle: false, nonFinite: "continue" } as const;
  const first = make();
  await first.fit(set, { ...options, epochs: 1 });
  const second = make();
  second.loadStateDict(JSON.parse(JSON.stringify(first.stateDict())) as StateRecord);
  const { epochs } = await second.fit(set, { ...options, epochs: 2, resume: true });
  expect(epochs.map(({ loss }) => loss)).toEqual([NaN, NaN]);
});

test("a schedule that refuses its state leaves the trainer, the schedule and the rate as they were", async () => {
  const made = (): { trainer: Trainer; schedule: optim.Scheduler } => {
    const optimizer = optim.adam({ lr: 0.1 });
    const trainer = new Trainer(nn.linear(2, 1), { loss: nn.mseLoss(), optimizer });
    return { trainer, schedule: optim.stepLr(optimizer, 1, { gamma: 0.5 }) };
  };
  const set = data.fromArrays(randomTensor([4, 2], 1), randomTensor([4, 1], 2));
  const saving = made();
  await saving.trainer.fit(set, { epochs: 2, progress: false, schedule: saving.schedule });
  const state = saving.trainer.stateDict();
  const { position } = state as unknown as { readonly position: StateRecord };
  const broken = { ...state, position: { ...position, schedule: { last_epoch: -5 } } };
  const { trainer, schedule } = made();
  trainer.loadStateDict(broken);
  const before = trainer.stateDict();
  await expect(trainer.fit(set, { epochs: 3, progress: false, schedule, resume: true })).rejects.toThrow(
    StateDictError,
  );
  expect(trainer.stateDict()).toEqual(before);
  expect([schedule.steps, trainer.options.optimizer.lr]).toEqual([0, 0.025]);
  trainer.loadStateDict(state);
  const { epochs } = await trainer.fit(set, { epochs: 3, progress: false, schedule, resume: true });
  expect(epochs.length).toBe(3);
  expect([schedule.steps, trainer.options.optimizer.lr]).toEqual([3, 0.0125]);
});

test("fewer epochs than the saved training has done are refused, as many are not", async () => {
  const set = data.fromArrays(randomTensor([4, 2], 1), randomTensor([4, 1], 2));
  const trainer = new Trainer(nn.linear(2, 1), { loss: nn.mseLoss(), optimizer: optim.sgd() });
  await trainer.fit(set, { epochs: 3, progress: false });
  const before = trainer.stateDict();
  await expect(trainer.fit(set, { epochs: 2, progress: false, resume: true })).rejects.toThrow(
    "fit: resume: the trainer's state must be of the same training; got 3 epochs instead of at most 2",
  );
  const { epochs } = await trainer.fit(set, { epochs: 3, progress: false, resume: true });
  expect(epochs.length).toBe(3);
  expect(trainer.model.stateDict()).toEqual((before as unknown as { model: { state: object } }).model.state);
});
