import { beforeEach, describe, expect, test } from "vitest";
import { type Dataset, fromArrays, split, type SplitOptions } from "../../../src/data/index.ts";
import { ShapeError } from "../../../src/base/errors.ts";
import { manualSeed } from "../../../src/runtime/random.ts";
import { tensor } from "../../../src/base/tensor.ts";
import { randomFloats } from "../../kernels/harness.ts";

beforeEach(() => manualSeed(11));

/** Samples 0 to length - 1 in x, their classes in y. */
function numbered(length: number, labelOf: (i: number) => number = () => 0): Dataset {
  const samples = Array.from({ length }, (_, i) => i);
  return fromArrays(samples, Int32Array.from(samples, labelOf));
}

/** Six samples of ten are of class 0, three of class 1 and one of class 7. */
function classOf(i: number): number {
  return [0, 1, 0, 7, 0, 1, 0, 0, 1, 0][i % 10] ?? 0;
}

const PARTS = ["training", "validation", "test"] as const;

function parts(dataset: Dataset, options: SplitOptions): number[][] {
  const whole = split(dataset, options);
  return PARTS.map((name) => Array.from(whole[name].x.data));
}

const sizes = (dataset: Dataset, options: SplitOptions): number[] => parts(dataset, options).map((part) => part.length);
const ascending = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

describe("sizes", () => {
  test.each([
    { options: { training: 0.8, validation: 0.1, test: 0.1 }, length: 60_000, expected: [48_000, 6000, 6000] },
    { options: { training: 0.7, validation: 0.15, test: 0.15 }, length: 10, expected: [7, 2, 1] },
    { options: { training: 1 / 3, validation: 1 / 3, test: 1 / 3 }, length: 100, expected: [33, 34, 33] },
    { options: { training: 0.75, test: 0.25 }, length: 4, expected: [3, 0, 1] },
    { options: { validation: 0.1, test: 0.2 }, length: 10, expected: [7, 1, 2] },
    { options: { test: 0.2 }, length: 10, expected: [8, 0, 2] },
    { options: { training: 1 }, length: 3, expected: [3, 0, 0] },
    { options: {}, length: 3, expected: [3, 0, 0] },
    { options: { training: 0, validation: 0, test: 1 }, length: 3, expected: [0, 0, 3] },
  ])("$length samples by $options", ({ options, length, expected }) => {
    expect(sizes(numbered(length), options)).toEqual(expected);
    expect(sizes(numbered(length), { ...options, stratify: true })).toEqual(expected);
  });

  test("shares that sum to 1 but for rounding leave nothing to the third part", () => {
    const of = numbered(100);
    expect(sizes(of, { validation: 0.18, test: 0.82 })).toEqual([0, 18, 82]);
    expect(sizes(of, { training: 1 - 0.18 - 0.82, validation: 0.18, test: 0.82 })).toEqual([0, 18, 82]);
    expect(sizes(of, { training: 1 - 0.9 - 0.1, validation: 0.9, test: 0.1 })).toEqual([0, 90, 10]);
    expect(sizes(of, { training: 0.1 + 0.2 + 0.7, validation: 0 })).toEqual([100, 0, 0]);
    for (let percent = 0; percent <= 100; percent++) {
      const [validation, test] = [percent / 100, (100 - percent) / 100];
      expect(sizes(of, { validation, test, stratify: percent % 2 === 0 })).toEqual([0, percent, 100 - percent]);
    }
  });

  test("random shares that sum to 1 are each less than one sample away, one of them left out too", () => {
    const draws = randomFloats(3000, 21, 0.5).map((value) => value + 0.5);
    let tried = 0;
    for (let i = 0; i < draws.length; i += 3) {
      const [a = 0, b = 0, c = 0] = draws.subarray(i, i + 3);
      const length = 50 + Math.floor(c * 200);
      const [training, validation] = [Math.min(a, b), Math.abs(a - b)];
      const shares = [training, validation, 1 - training - validation];
      if (shares.some((share) => share * length < 1)) continue;
      tried++;
      const [, , test = 0] = shares;
      for (const options of [
        { training, validation, test },
        { validation, test },
      ]) {
        const found = sizes(numbered(length), { ...options, shuffle: false });
        expect(found.reduce((sum, size) => sum + size)).toBe(length);
        expect(found).toHaveLength(3);
        found.forEach((size, part) => expect(Math.abs(size - (shares[part] ?? 0) * length)).toBeLessThan(1));
      }
    }
    expect(tried).toBeGreaterThan(900);
  });

  test("each is less than one sample away from its share", () => {
    for (let length = 20; length < 120; length++) {
      for (const [training, validation] of [
        [0.8, 0.1],
        [0.5, 0.25],
        [0.61, 0.2],
        [0.05, 0.9],
      ] as const) {
        const shares = [training, validation, 1 - training - validation];
        sizes(numbered(length), { training, validation, test: shares[2] ?? 0 }).forEach((size, i) => {
          expect(Math.abs(size - (shares[i] ?? 0) * length)).toBeLessThan(1);
        });
      }
    }
  });
});

describe("samples", () => {
  const shares = { training: 0.6, validation: 0.3, test: 0.1 };

  test.each([
    { shuffle: true, stratify: false },
    { shuffle: true, stratify: true },
    { shuffle: false, stratify: true },
    { shuffle: false, stratify: false },
  ])("each is in exactly one part, with its target: %o", (options) => {
    const whole = split(numbered(101, classOf), { ...shares, ...options });
    const all = PARTS.flatMap((name) => {
      expect(Array.from(whole[name].y.data)).toEqual(Array.from(whole[name].x.data, classOf));
      expect(whole[name].length).toBe(whole[name].x.shape[0]);
      return Array.from(whole[name].x.data);
    });
    expect(ascending(all)).toEqual(Array.from(Array(101).keys()));
  });

  test("without shuffle the parts follow one another", () => {
    expect(parts(numbered(10), { ...shares, shuffle: false })).toEqual([[0, 1, 2, 3, 4, 5], [6, 7, 8], [9]]);
  });

  test("with shuffle they are drawn again, and the same after the same seed", () => {
    const first = parts(numbered(100), shares);
    expect(parts(numbered(100), shares)).not.toEqual(first);
    expect(first[0]).not.toEqual(ascending(first[0] ?? []));
    manualSeed(11);
    expect(parts(numbered(100), shares)).toEqual(first);
  });

  test("shuffled parts of sorted classes are not sorted by class", () => {
    const { training } = split(
      numbered(90, (i) => Math.floor(i / 30)),
      { ...shares, stratify: true },
    );
    expect(Array.from(training.y.data)).not.toEqual(ascending(Array.from(training.y.data)));
  });
});

describe("stratify", () => {
  test("gives every part its share of every class", () => {
    for (const length of [50, 101, 137, 200]) {
      for (const [training, validation] of [
        [0.8, 0.1],
        [0.5, 0.25],
        [0.34, 0.33],
      ] as const) {
        const dataset = numbered(length, classOf);
        const shares = { training, validation, test: 1 - training - validation };
        const whole = split(dataset, { ...shares, stratify: true });
        for (const label of [0, 1, 7]) {
          const count = (of: Dataset): number => of.y.data.filter((value) => value === label).length;
          const away = PARTS.map((name) => Math.abs(count(whole[name]) - shares[name] * count(dataset)));
          expect(away[0]).toBeLessThan(1);
          expect(Math.max(...away)).toBeLessThan(2);
        }
      }
    }
  });

  test("takes labels [samples, 1] of float32 too", () => {
    const dataset = fromArrays([1, 2, 3, 4], [[0], [0], [1], [1]]);
    const { training, test: rest } = split(dataset, { training: 0.5, test: 0.5, stratify: true });
    expect([training, rest].map(({ y }) => ascending(Array.from(y.data)))).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });
});

test("bad input is refused, word for word", () => {
  const dataset = numbered(10);
  const oneHot = fromArrays(
    [1, 2],
    tensor([
      [0, 1],
      [1, 0],
    ]),
  );
  const rows = [
    [
      dataset,
      { training: 0.8, test: 0.1 },
      new RangeError("split: training, validation and test must sum to 1; got 0.8, 0 and 0.1"),
    ],
    [
      dataset,
      { validation: 0.8, test: 0.7 },
      new RangeError("split: training, validation and test must sum to 1; got 0, 0.8 and 0.7"),
    ],
    [dataset, { training: 80, test: 20 }, new RangeError("split: test must be from 0 to 1; got 20")],
    [dataset, { training: NaN }, new RangeError("split: training must be from 0 to 1; got NaN")],
    [dataset, { validation: -0.1 }, new RangeError("split: validation must be from 0 to 1; got -0.1")],
    [dataset, { test: Infinity }, new RangeError("split: test must be from 0 to 1; got Infinity")],
    [dataset, { training: "1" }, new RangeError('split: training must be from 0 to 1; got "1"')],
    [dataset, { validation: null }, new RangeError("split: validation must be from 0 to 1; got null")],
    [dataset, undefined, new TypeError("split: options must be an object; got undefined")],
    [dataset, { shuffle: 1 }, new TypeError("split: shuffle must be true or false; got 1")],
    [
      dataset,
      { train: 0.8 },
      new TypeError(
        "split: options must be training, validation, test, shuffle, stratify, groups, times, checkRows; got train",
      ),
    ],
    [
      dataset,
      { stratify: "y" },
      new TypeError('split: stratify must be true, false or a class for each sample; got "y"'),
    ],
    [
      numbered(0),
      { test: 0.5 },
      new RangeError("split: the number of samples must be a whole number of at least 1; got 0"),
    ],
    [dataset, { test: 0.01 }, new RangeError("split: test must hold at least one sample; got 0.01 of 10")],
    [
      oneHot,
      { test: 0.5, stratify: true },
      new ShapeError("split: y must hold one label for each sample to stratify; got float32 [2, 2]"),
    ],
    [
      numbered(4, (i) => (i === 2 ? 5 : 0)),
      { test: 0.5, stratify: true },
      new RangeError("split: a class must have at least 2 samples to stratify; got 1 of class 5"),
    ],
  ] as const;
  for (const [of, options, error] of rows) expect(() => split(of, options as unknown as SplitOptions)).toThrow(error);
});
