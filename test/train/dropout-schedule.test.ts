import { describe, expect, test } from "vitest";
import { Trainer, data, dropoutSchedule, manualSeed, nn, optim, tensor } from "../../src/index.ts";
import { dropoutAt } from "../../src/train/fit/dropout-schedule.ts";
import { randomTensor } from "../support.ts";

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe("dropoutAt", () => {
  test("linear is annealed dropout of Rennie et al.: p(t) = max(0, 1 - t / N) p(0)", () => {
    for (const t of range(20))
      expect(dropoutAt(t / 12, 0.6, 0, "linear")).toBeCloseTo(Math.max(0, 1 - t / 12) * 0.6, 15);
  });

  test("exponential is curriculum dropout of Morerio et al.: kept share (1 - k) e^(-10 t / T) + k", () => {
    const kept = 0.5;
    for (const t of range(12)) {
      const expected = (1 - kept) * Math.exp((-10 * t) / 12) + kept;
      expect(1 - dropoutAt(t / 12, 0, 1 - kept, "exponential")).toBeCloseTo(expected, 15);
    }
    expect(dropoutAt(1, 0, 0.5, "exponential")).toBe(0.5);
  });

  test("cosine is half a wave, as the schedule of learning rates", () => {
    const optimizer = optim.sgd({ lr: 0.5 });
    const schedule = optim.cosineAnnealingLr(optimizer, 8);
    for (const t of range(8)) {
      expect(dropoutAt(t / 8, 0.5, 0, "cosine")).toBeCloseTo(optimizer.lr, 12);
      schedule.step();
    }
  });

  test("step is the first p until the end", () => {
    expect([0, 0.5, 0.99, 1, 2].map((t) => dropoutAt(t, 0.1, 0, "step"))).toEqual([0.1, 0.1, 0.1, 0, 0]);
  });

  test.each(["linear", "cosine", "exponential", "step"] as const)("%s stays between both ends", (shape) => {
    const rates = range(101).map((t) => dropoutAt(t / 100, 0.1, 0.9, shape));
    expect(rates).toEqual(rates.toSorted((a, b) => a - b));
    expect([rates[0], rates.at(-1)]).toEqual([0.1, 0.9]);
  });
});

const set = data.fromArrays(randomTensor([32, 4], 1), tensor(Int32Array.from({ length: 32 }, (_, i) => i % 2)));
const trainerOf = (...layers: readonly nn.Module[]): Trainer =>
  new Trainer(nn.sequential(nn.linear(4, 8), nn.relu(), ...layers, nn.linear(8, 2)), {
    loss: nn.crossEntropyLoss(),
    optimizer: optim.adam(),
  });
const quiet = { batchSize: 8, progress: false } as const; // four steps an epoch

/** A callback that records what p each step used; it must come before the schedule. */
function recorder(...layers: readonly { readonly p: number }[]) {
  const rates: number[][] = [];
  return { rates, callback: { onStep: () => void rates.push(layers.map(({ p }) => p)) } };
}

function expectRates(found: readonly (readonly number[])[], expected: readonly (readonly number[])[]): void {
  expect(found.length).toBe(expected.length);
  found.forEach((rates, i) => rates.forEach((p, j) => expect(p).toBeCloseTo(expected[i]?.[j] ?? NaN, 14)));
}

describe("dropoutSchedule", () => {
  test("changes p of every layer after each epoch", async () => {
    const [first, second] = [nn.dropout(0.2), nn.alphaDropout(0.6)];
    const trainer = trainerOf(first, second);
    const { rates, callback } = recorder(first, second);
    const schedule = dropoutSchedule(trainer.model, { from: 0, epochs: 4 });
    await trainer.fit(set, { ...quiet, epochs: 6, callbacks: [callback, schedule] });
    const shares = [0, 0.25, 0.5, 0.75, 1, 1];
    expectRates(
      rates,
      shares.flatMap((share) => range(4).map(() => [0.2 * share, 0.6 * share])),
    );
    expect([first.p, second.p]).toEqual([0.2, 0.6]);
  });

  test("changes p after each step", async () => {
    const layer = nn.dropout(0.4);
    const { rates, callback } = recorder(layer);
    const schedule = dropoutSchedule(layer, { to: 0, steps: 6 });
    await trainerOf(layer).fit(set, { ...quiet, epochs: 2, callbacks: [callback, schedule] });
    expectRates(
      rates,
      range(8).map((step) => [0.4 * Math.max(0, 1 - step / 6)]),
    );
  });

  test("begins anew with a training that begins anew", async () => {
    const layer = nn.dropout(0.4);
    const trainer = trainerOf(layer);
    for (const unit of ["epochs", "steps"] as const) {
      const schedule = dropoutSchedule(layer, { from: 0.4, to: 0.1, [unit]: 2 });
      for (const _ of range(2)) {
        const { rates, callback } = recorder(layer);
        await trainer.fit(set, { ...quiet, epochs: 2, callbacks: [callback, schedule] });
        expect(rates[0]).toEqual([0.4]);
        expect(layer.p).toBe(0.1);
      }
    }
  });

  test("refuses the state of something else, and changes nothing", () => {
    const layer = nn.dropout(0.3);
    const schedule = dropoutSchedule(layer, { to: 0, steps: 10 });
    expect(() => schedule.loadStateDict?.({ epochs: 3 })).toThrow(
      'dropoutSchedule: loadStateDict: the state must be one of this schedule; got no "steps"',
    );
    expect([layer.p, schedule.stateDict?.()]).toEqual([0.3, { steps: 0 }]);
  });

  test.each([
    ["epochs", 5, { from: 0, epochs: 4, shape: "exponential" }],
    ["steps, in the middle of an epoch", 10, { from: 0.1, steps: 17, shape: "cosine" }],
    ["steps, in the first epoch", 2, { to: 0, steps: 17 }],
  ] as const)(
    "by %s: a training that stopped and goes on has the bits of one that did not",
    async (_, stopAt, options) => {
      const training = () => {
        manualSeed(4);
        const trainer = trainerOf(nn.dropout(0.5));
        return { trainer, schedule: dropoutSchedule(trainer.model, options) };
      };
      const whole = training();
      await whole.trainer.fit(set, { ...quiet, epochs: 5, callbacks: [whole.schedule] });
      const begun = training();
      const stopper = {
        onStep: ({ steps, stop }: { readonly steps: number; readonly stop: (reason: string) => void }) => {
          if (steps === stopAt) stop("test");
        },
      };
      await begun.trainer.fit(set, { ...quiet, epochs: 5, callbacks: [begun.schedule, stopper] });
      const resumed = training();
      resumed.trainer.loadStateDict(begun.trainer.stateDict());
      await resumed.trainer.fit(set, { ...quiet, epochs: 5, callbacks: [resumed.schedule], resume: true });
      expect(resumed.trainer.model.stateDict()).toEqual(whole.trainer.model.stateDict());
      expect(resumed.trainer.model.randomState()).toEqual(whole.trainer.model.randomState());
      await begun.trainer.fit(set, { ...quiet, epochs: 5, callbacks: [begun.schedule], resume: true });
      expect(begun.trainer.model.stateDict()).toEqual(whole.trainer.model.stateDict());
    },
  );

  const layer = nn.dropout(0.5);
  test.each([
    [layer, { epochs: 3 }, "dropoutSchedule: from or to must be a rate; got neither"],
    [layer, { to: 0 }, "dropoutSchedule: one of epochs and steps must be a count; got none"],
    [layer, { to: 0, epochs: 1, steps: 1 }, "dropoutSchedule: one of epochs and steps must be a count; got both"],
    [layer, { to: 0, epochs: 0 }, "dropoutSchedule: epochs must be a whole number of at least 1; got 0"],
    [layer, { to: 1.5, epochs: 1 }, "dropoutSchedule: to must be from 0 to 1; got 1.5"],
    [
      nn.linear(2, 2),
      { to: 0, epochs: 1 },
      "dropoutSchedule: the model must have dropout layers whose p may be set; got none",
    ],
  ])("refuses %o, %o", (model, options, message) => {
    expect(() => dropoutSchedule(model, options)).toThrow(message);
  });
});
