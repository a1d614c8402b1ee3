import { beforeEach, describe, expect, test } from "vitest";
import { type WindowOptions, kFold, split, windows } from "../../src/data/index.ts";
import { manualSeed } from "../../src/runtime/random.ts";
import { type Tensor, tensor } from "../../src/base/tensor.ts";
import { randomWholes } from "./split/samples.ts";

beforeEach(() => manualSeed(11));

const counting = (steps: number): Float32Array => Float32Array.from({ length: steps }, (_, i) => i);
/** Steps of two columns: i and 100 + i. */
const pairs = (steps: number, first = 0): Tensor =>
  tensor(Array.from({ length: steps }, (_, i) => [first + i, 100 + first + i]));

describe("windows of one series", () => {
  test("inputs and the steps that follow, from each stride", () => {
    const { x, y, length } = windows(counting(10), { length: 4, horizon: 2, stride: 3 });
    expect([x.toArray(), y.toArray(), length]).toEqual([
      [
        [0, 1, 2, 3],
        [3, 4, 5, 6],
      ],
      [
        [4, 5],
        [7, 8],
      ],
      2,
    ]);
    expect(windows(counting(10), { length: 4 }).y.toArray()).toEqual([[4], [5], [6], [7], [8], [9]]);
  });

  test("steps keep their shape and dtype; targets are columns", () => {
    const set = windows(pairs(4), { length: 2, targets: [1] });
    expect(set.x.toArray()).toEqual([
      [
        [0, 100],
        [1, 101],
      ],
      [
        [1, 101],
        [2, 102],
      ],
    ]);
    expect(set.y.toArray()).toEqual([[[102]], [[103]]]);
    expect(windows(pairs(4), { length: 3, targets: [1, 0, 1] }).y.toArray()).toEqual([[[103, 3, 103]]]);
    expect(windows(pairs(4), { length: 2, horizon: 2, targets: 1 }).y.toArray()).toEqual([[102, 103]]);
    const tokens = windows(Int32Array.of(5, 6, 7), { length: 1 });
    expect([String(tokens.x), String(tokens.y)]).toEqual(["int32 [2, 1]", "int32 [2, 1]"]);
  });

  test("are views where windows of x, or of y, follow one another", () => {
    const series = tensor(counting(24), [12, 2]);
    const { x, y } = windows(series, { length: 3, horizon: 3, stride: 3 });
    expect([x.data.buffer, y.data.buffer]).toEqual([series.data.buffer, series.data.buffer]);
    expect(x.data.buffer).toBe(series.data.buffer);
    expect(y.data.buffer).toBe(series.data.buffer);
    expect([x.toArray(), y.toArray()]).toEqual([
      [
        [
          [0, 1],
          [2, 3],
          [4, 5],
        ],
        [
          [6, 7],
          [8, 9],
          [10, 11],
        ],
        [
          [12, 13],
          [14, 15],
          [16, 17],
        ],
      ],
      [
        [
          [6, 7],
          [8, 9],
          [10, 11],
        ],
        [
          [12, 13],
          [14, 15],
          [16, 17],
        ],
        [
          [18, 19],
          [20, 21],
          [22, 23],
        ],
      ],
    ]);
    expect(windows(series, { length: 3, stride: 2 }).x.data.buffer).not.toBe(series.data.buffer);
  });

  test("are those of a plain reference, for all lengths, horizons and strides", () => {
    const values = randomWholes(17, 1000, 4);
    for (let length = 1; length < 6; length++) {
      for (let horizon = 1; horizon < 5; horizon++) {
        for (let stride = 1; stride < 7; stride++) {
          const starts = values.flatMap((_, i) => (i % stride === 0 && i + length + horizon <= 17 ? [i] : []));
          const { x, y, times } = windows(values, { length, horizon, stride });
          expect(x.toArray()).toEqual(starts.map((start) => values.slice(start, start + length)));
          expect(y.toArray()).toEqual(starts.map((start) => values.slice(start + length, start + length + horizon)));
          expect([...times.from]).toEqual(starts);
          expect([...times.to]).toEqual(starts.map((start) => start + length + horizon - 1));
        }
      }
    }
  });
});

describe("windows of several series", () => {
  test("lie in one series each", () => {
    const set = windows([pairs(4), pairs(3, 50)], { length: 2 });
    expect(set.x.toArray()).toEqual([
      [
        [0, 100],
        [1, 101],
      ],
      [
        [1, 101],
        [2, 102],
      ],
      [
        [50, 150],
        [51, 151],
      ],
    ]);
    expect([...set.y.data]).toEqual([2, 102, 3, 103, 52, 152]);
    expect(set.series).toEqual(Int32Array.of(0, 0, 1));
    expect(set.times).toEqual({ from: Float64Array.of(0, 1, 0), to: Float64Array.of(2, 3, 2) });
  });

  test("with times of each series, the parts of a split share no time", () => {
    const all = [pairs(60), pairs(40), pairs(50)];
    const begins = [0, 30, 5];
    const times = all.map(({ shape: [steps = 0] }, i) =>
      Array.from({ length: steps }, (_, step) => new Date(864e5 * (step + (begins[i] ?? 0)))),
    );
    const set = windows(all, { length: 5, horizon: 2, times });
    const { indices } = split(set, { training: 0.6, validation: 0.2, test: 0.2, times: set.times });
    const ends = (at: Int32Array): readonly [number, number] => [
      Math.min(...[...at].map((i) => set.times.from[i] ?? NaN)),
      Math.max(...[...at].map((i) => set.times.to[i] ?? NaN)),
    ];
    const [training, validation, last] = [indices.training, indices.validation, indices.test].map(ends);
    expect(training?.[1]).toBeLessThan(validation?.[0] ?? NaN);
    expect(validation?.[1]).toBeLessThan(last?.[0] ?? NaN);
    // A cut leaves out the windows of seven steps across it: six at most in each series.
    const used = indices.training.length + indices.validation.length + indices.test.length;
    expect(set.length - used).toBeGreaterThan(0);
    expect(set.length - used).toBeLessThanOrEqual(2 * 3 * 6);
  });
});

test("the folds of windows by time share no steps", () => {
  const set = windows(counting(80), { length: 6, horizon: 3, stride: 2 });
  for (const { training, validation } of kFold(set, 4, { times: set.times })) {
    const trained = new Set([...training.x.data, ...training.y.data]);
    expect([...validation.x.data, ...validation.y.data].filter((step) => trained.has(step))).toEqual([]);
    expect(validation.length).toBeGreaterThan(5);
  }
});

test("bad input is refused, word for word", () => {
  const series = counting(10);
  const rows: readonly (readonly [unknown, unknown, string])[] = [
    [series, {}, "windows: length must be a whole number of at least 1; got undefined"],
    [series, { length: 0 }, "windows: length must be a whole number of at least 1; got 0"],
    [series, { length: 2, horizon: 0 }, "windows: horizon must be a whole number of at least 1; got 0"],
    [series, { length: 2, stride: 1.5 }, "windows: stride must be a whole number of at least 1; got 1.5"],
    [
      series,
      { length: 8, horizon: 3 },
      "windows: series must have at least length + horizon steps, 11; got float32 [10]",
    ],
    [
      [pairs(5), pairs(2)],
      { length: 2 },
      "windows: series[1] must have at least length + horizon steps, 3; got float32 [2, 2]",
    ],
    [
      [pairs(5), tensor(counting(5))],
      { length: 2 },
      "windows: steps of all series must be [2] as in the first; got float32 [5] at index 1",
    ],
    [
      [tensor(Int32Array.of(1, 2, 3)), tensor(counting(5))],
      { length: 2 },
      "windows: all series must be int32 as the first; got float32 [5] at index 1",
    ],
    [[pairs(5), [1, 2]], { length: 2 }, "windows: series[1] must be a tensor; got an array"],
    [5, { length: 2 }, "windows: series must have at least length + horizon steps, 3; got float32 []"],
    [series, { length: 2, targets: [0] }, "windows: series must be [steps, columns] for targets; got float32 [10]"],
    [pairs(5), { length: 2, targets: [2] }, "windows: targets[0] must be a whole number from 0 to 1; got 2"],
    [pairs(5), { length: 2, targets: [] }, "windows: targets must be at least one column; got none"],
    [series, { length: 2, times: [1, 2] }, "windows: times must hold one value for each of 10 steps; got 2"],
    [
      series,
      { length: 2, times: [0, 1, 2, 3, 4, 4, 5, 6, 7, 8] },
      "windows: times must ascend; got 4 and then 4 at step 5",
    ],
    [
      [pairs(5), pairs(5)],
      { length: 2, times: [0, 1, 2, 3, 4] },
      "windows: times must be an array with the times of each series, 2; got those of one",
    ],
    [
      [pairs(5), pairs(5)],
      { length: 2, times: [[0, 1, 2, 3, 4]] },
      "windows: times must be those of each of 2 series; got 1",
    ],
    [series, { length: 2, steps: 3 }, "windows: options must be length, horizon, stride, targets, times; got steps"],
  ];
  for (const [of, options, message] of rows) {
    expect(() => windows(of as Tensor, options as WindowOptions)).toThrow(expect.objectContaining({ message }));
  }
});
