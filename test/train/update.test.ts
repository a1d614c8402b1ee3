import { describe, expect, test } from "vitest";
import { type Tensor, type TrainerOptions, data, manualSeed, nn, optim, tensor, Trainer } from "../../src/index.ts";
import { expectClose, randomTensor, thrownBy } from "../support.ts";
import { expectSameBits } from "../threads/shared-runs.ts";

const X = randomTensor([12, 5], 1);
const Y = randomTensor([12, 3], 2);
const SET = data.fromArrays(X, Y);

function make(options: Partial<TrainerOptions> = {}): Trainer {
  manualSeed(1);
  const model = nn.sequential(nn.linear(5, 8), nn.tanh(), nn.linear(8, 3));
  return new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.1, momentum: 0.9 }), ...options });
}

/** Rows from `start` on. */
function rows({ shape, data: values }: Tensor, start: number, count: number): Tensor {
  const width = shape[1] ?? 1;
  return tensor(values.slice(start * width, (start + count) * width), [count, width]);
}

const stateOf = ({ model }: Trainer): number[] => model.parameters().flatMap((each) => [...each.read()]);

describe("clipping", () => {
  test("by value: no number of a gradient is larger", () => {
    const trainer = make({ optimizer: optim.sgd({ lr: 1 }), clip: { value: 0.01 } });
    const before = stateOf(trainer);
    trainer.step(X, Y);
    const changes = stateOf(trainer).map((value, i) => Math.abs(value - (before[i] ?? NaN)));
    // The difference of two floats near 0.4 is off by half a unit in their last place.
    expect(Math.max(...changes)).toBeLessThanOrEqual(0.01 + 2 ** -25);
    expect(Math.max(...changes)).toBeGreaterThan(0.0099);
    expect(trainer.gradientNorm).toBeUndefined();
  });

  test("by norm: over all groups together, the same bits for any number of threads", async () => {
    const before = stateOf(make());
    const { norm, after } = await expectSameBits([2, 3, 4], () => {
      const groups = [{ parameters: (name: string) => name.endsWith("bias") }];
      const trainer = make({ optimizer: optim.sgd({ lr: 1, groups }), clip: { norm: 0.05 } });
      trainer.step(X, Y);
      return { norm: trainer.gradientNorm, after: stateOf(trainer) };
    });
    const change = Math.hypot(...after.map((value, i) => value - (before[i] ?? NaN)));
    expect(change).toBeCloseTo(0.05, 5);
    expect(norm).toBeGreaterThan(0.05);
  });

  test("a bound that is not reached changes nothing", () => {
    const [plain, clipped] = [make(), make({ clip: { norm: 100 } })];
    for (const trainer of [plain, clipped]) trainer.step(X, Y);
    expect(stateOf(clipped)).toEqual(stateOf(plain));
  });
});

describe("accumulation", () => {
  test("two batches of six are one of twelve", () => {
    const [whole, halves] = [make(), make({ accumulate: 2 })];
    for (let step = 0; step < 3; step++) {
      whole.step(X, Y);
      const before = stateOf(halves);
      halves.step(rows(X, 0, 6), rows(Y, 0, 6));
      expect(stateOf(halves)).toEqual(before);
      halves.step(rows(X, 6, 6), rows(Y, 6, 6));
    }
    expect(halves.options.optimizer.steps).toBe(3);
    expectClose(stateOf(halves), stateOf(whole));
  });

  test("the mean is clipped, and what an epoch leaves over is used at its end", async () => {
    const clip = { norm: 0.01 };
    const [fitted, stepped] = [make({ accumulate: 2, clip }), make({ clip })];
    await fitted.fit(SET, { epochs: 2, batchSize: 4, shuffle: false, progress: false });
    // Batches 1 and 2 together, then batch 3 alone.
    for (let epoch = 0; epoch < 2; epoch++) {
      stepped.step(rows(X, 0, 8), rows(Y, 0, 8));
      stepped.step(rows(X, 8, 4), rows(Y, 8, 4));
    }
    expect(fitted.options.optimizer.steps).toBe(4);
    expectClose(stateOf(fitted), stateOf(stepped));
    expect(fitted.gradientNorm).toBeCloseTo(stepped.gradientNorm ?? NaN, 5);
  });

  test("gradients that an aborted fit leaves are forgotten", async () => {
    const [aborted, fresh] = [make({ accumulate: 3 }), make({ accumulate: 3 })];
    const controller = new AbortController();
    const options = { batchSize: 4, shuffle: false, progress: false, signal: controller.signal };
    await aborted.fit(SET, { ...options, onStep: () => controller.abort() });
    for (const trainer of [aborted, fresh]) {
      for (let batch = 0; batch < 3; batch++) trainer.step(rows(X, 4 * batch, 4), rows(Y, 4 * batch, 4));
    }
    expect(stateOf(aborted)).toEqual(stateOf(fresh));
  });

  test("a batch that is refused is not counted", () => {
    const trainer = make({ accumulate: 2 });
    trainer.step(X, Y);
    expect(() => trainer.step(X, rows(Y, 0, 3))).toThrow("prediction and target must have one shape");
    expect(trainer.options.optimizer.steps).toBe(0);
    trainer.step(X, Y);
    expect(trainer.options.optimizer.steps).toBe(1);
  });
});

describe("schedules in fit", () => {
  test("go on by epoch, or by update", async () => {
    const run = async (accumulate: number, scheduleBy?: "epoch" | "step"): Promise<number> => {
      const optimizer = optim.sgd({ lr: 1 });
      const schedule = optim.lambdaLr(optimizer, (t) => 1 / (1 + t));
      const trainer = make({ optimizer, accumulate });
      await trainer.fit(SET, { epochs: 2, batchSize: 4, progress: false, schedule, ...(scheduleBy && { scheduleBy }) });
      return schedule.steps;
    };
    expect([await run(1), await run(1, "epoch"), await run(1, "step"), await run(2, "step")]).toEqual([2, 2, 6, 4]);
  });

  test("a plateau is that of the validation loss, of the training loss, or of steps", async () => {
    const seen: number[] = [];
    const optimizer = optim.sgd({ lr: 0 });
    const trainer = make({ optimizer });
    const schedule = { optimizer, step: (metric: number) => void seen.push(metric) };
    const common = { batchSize: 6, shuffle: false, progress: false, schedule };
    const validation = data.fromArrays(rows(X, 0, 6), rows(Y, 0, 6));
    const first = trainer.evaluate(validation).loss;
    const second = trainer.evaluate(data.fromArrays(rows(X, 6, 6), rows(Y, 6, 6))).loss;
    await trainer.fit(SET, { ...common, validation });
    await trainer.fit(SET, common);
    await trainer.fit(SET, { ...common, scheduleBy: "step" });
    expectClose(seen, [first, (first + second) / 2, first, second]);
  });
});

describe("wrong options of a trainer", () => {
  const refused: readonly [() => unknown, string][] = [
    [() => make({ clip: {} as never }), "TypeError: trainer: clip must have norm or value; got neither"],
    [() => make({ clip: { norm: 1, value: 1 } }), "TypeError: trainer: clip must have norm or value; got both"],
    [() => make({ clip: { max: 1 } as never }), "TypeError: trainer: clip: options must be norm, value; got max"],
    [() => make({ clip: 1 as never }), "TypeError: trainer: clip: options must be an object; got 1"],
    [() => make({ clip: { norm: NaN } }), "RangeError: trainer: clip.norm must be a finite number above 0; got NaN"],
    [() => make({ clip: { value: 0 } }), "RangeError: trainer: clip.value must be a finite number above 0; got 0"],
    [() => make({ accumulate: 0 }), "RangeError: trainer: accumulate must be a whole number of at least 1; got 0"],
    [
      () => make({ averaging: { every: 1 } as never }),
      "TypeError: trainer: averaging: options must be decay, useBuffers, by, start; got every",
    ],
    [
      () => make({ averaging: { by: "batch" as never } }),
      'RangeError: trainer: averaging.by must be "step" or "epoch"; got "batch"',
    ],
    [
      () => make({ averaging: { start: -1 } }),
      "RangeError: trainer: averaging.start must be a whole number of at least 0; got -1",
    ],
    [() => make({ averaging: { decay: NaN } }), "RangeError: averagedModel: decay must be from 0 to below 1; got NaN"],
    [
      () => make({ loss: nn.mseLoss(), momentum: 0.9 } as never),
      "TypeError: trainer: options must be loss, lossWeights, optimizer, regularization, clip, accumulate, averaging; got momentum",
    ],
  ];
  test.each(refused)("%s", (act, message) => {
    expect(thrownBy(act)).toBe(message);
  });

  test("a refused trainer leaves its optimizer free", () => {
    const optimizer = optim.sgd();
    expect(() => make({ optimizer, accumulate: 0.5 })).toThrow("accumulate");
    expect(make({ optimizer }).step(X, Y)).toBeGreaterThan(0);
  });

  const wrongFits: readonly [object, string][] = [
    [{ scheduleBy: "batch" }, 'fit: scheduleBy must be "epoch" or "step"; got "batch"'],
    [
      { schedule: optim.stepLr(optim.sgd(), 1) },
      "fit: schedule must be for the trainer's optimizer; got one for another",
    ],
    [{ schedule: () => 0.1 }, "fit: schedule must be for the trainer's optimizer; got one for none"],
  ];
  test.each(wrongFits)("fit with %o", async (options, message) => {
    await expect(make().fit(SET, { progress: false, ...options })).rejects.toThrow(message);
  });
});
