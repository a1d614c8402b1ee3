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

describe("dropoutSchedule", () => {
  test("changes p of every layer after each epoch", () => {
    const [first, second] = [nn.dropout(0.2), nn.dropout2d(0.6)];
    const schedule = dropoutSchedule(nn.sequential(first, nn.linear(2, 2), second), { from: 0, epochs: 4 });
    schedule.onBegin({ epoch: 1 });
    const rates = [[first.p, second.p]];
    for (const epoch of [1, 2, 3, 4, 5]) {
      schedule.onStep({ steps: 10 * epoch });
      schedule.onEpoch({ epoch });
      rates.push([first.p, second.p]);
    }
    const shares = [0, 0.25, 0.5, 0.75, 1, 1];
    rates.forEach(([a, b], i) => {
      expect(a).toBeCloseTo((shares[i] ?? NaN) * 0.2, 15);
      expect(b).toBeCloseTo((shares[i] ?? NaN) * 0.6, 15);
    });
    expect(rates.at(-1)).toEqual([0.2, 0.6]);
  });

  test("changes p after each step, and not after an epoch", () => {
    const layer = nn.dropout(0.4);
    const schedule = dropoutSchedule(layer, { to: 0, steps: 8 });
    schedule.onBegin({ epoch: 1, steps: 3 });
    expect(layer.p).toBe(0.4);
    schedule.onStep({ steps: 2 });
    expect(layer.p).toBeCloseTo(0.3, 15);
    schedule.onEpoch({ epoch: 1 });
    expect(layer.p).toBeCloseTo(0.3, 15);
    schedule.onStep({ steps: 9 });
    expect(layer.p).toBe(0);
  });

  test("a training that begins anew begins at the first p, one that goes on at that of its epoch", () => {
    const layer = nn.dropout(0.4);
    for (const unit of ["epochs", "steps"] as const) {
      const schedule = dropoutSchedule(layer, { from: 0.4, to: 0, [unit]: unit === "epochs" ? 4 : 12 });
      schedule.onBegin({ epoch: 3, steps: 3 });
      expect(layer.p).toBeCloseTo(0.2, 15);
      schedule.onBegin({ epoch: 1, steps: 3 });
      expect(layer.p).toBe(0.4);
    }
  });

  test("its state continues in the middle of an epoch", () => {
    const [layer, other] = [nn.dropout(0), nn.dropout(0)];
    const schedule = dropoutSchedule(layer, { to: 0.5, steps: 100, shape: "cosine" });
    schedule.onStep({ steps: 37 });
    const next = dropoutSchedule(other, { to: 0.5, steps: 100, shape: "cosine" });
    next.loadStateDict(JSON.parse(JSON.stringify(schedule.stateDict())));
    next.onBegin({ epoch: 1, steps: 50 });
    expect(other.p).toBe(layer.p);
    next.onStep({ steps: 38 });
    schedule.onStep({ steps: 38 });
    expect(other.p).toBe(layer.p);
    expect(other.p).not.toBe(0);
  });

  test("refuses the state of something else, and changes nothing", () => {
    const layer = nn.dropout(0.3);
    const schedule = dropoutSchedule(layer, { to: 0, steps: 10 });
    expect(() => schedule.loadStateDict({ epochs: 3 })).toThrow(
      'dropoutSchedule: loadStateDict: the state must be one of this schedule; got no "steps"',
    );
    expect(layer.p).toBe(0.3);
  });

  test("in fit, a training that stopped and goes on has the bits of one that did not", async () => {
    const set = data.fromArrays(randomTensor([32, 4], 1), tensor(Int32Array.from({ length: 32 }, (_, i) => i % 2)));
    const training = () => {
      manualSeed(4);
      const model = nn.sequential(nn.linear(4, 8), nn.relu(), nn.dropout(0.5), nn.linear(8, 2));
      const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.adam() });
      const schedule = dropoutSchedule(model, { from: 0, epochs: 6, shape: "exponential" });
      schedule.onBegin({ epoch: 1 });
      return { trainer, schedule, options: { epochs: 6, onEpoch: schedule.onEpoch, progress: false } };
    };
    const whole = training();
    await whole.trainer.fit(set, whole.options);
    const begun = training();
    const stop = new AbortController();
    const onEpoch = (event: { readonly epoch: number }): void => {
      begun.schedule.onEpoch(event);
      if (event.epoch === 3) stop.abort();
    };
    await begun.trainer.fit(set, { ...begun.options, onEpoch, signal: stop.signal });
    const [state, own] = [begun.trainer.stateDict(), begun.schedule.stateDict()];
    const resumed = training();
    resumed.trainer.loadStateDict(state);
    resumed.schedule.loadStateDict(own);
    resumed.schedule.onBegin({ epoch: 4 });
    await resumed.trainer.fit(set, { ...resumed.options, resume: true });
    expect(resumed.trainer.model.stateDict()).toEqual(whole.trainer.model.stateDict());
    expect(resumed.trainer.model.randomState()).toEqual(whole.trainer.model.randomState());
  });

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
