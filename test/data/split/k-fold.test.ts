import { beforeEach, describe, expect, test } from "vitest";
import { type Criteria, type Dataset, fromArrays, kFold } from "../../../src/data/index.ts";
import { ShapeError } from "../../../src/base/errors.ts";
import { manualSeed } from "../../../src/runtime/random.ts";
import { ascending, numbered, randomWholes, stored } from "./samples.ts";

beforeEach(() => manualSeed(11));

const validations = (set: Dataset, k: number, options?: Criteria): number[][] =>
  kFold(set, k, options).map(({ indices }) => Array.from(indices.validation));
const sizesOf = (folds: readonly (readonly number[])[]): number[] => ascending(folds.map(({ length }) => length));

describe("every sample is in one validation part and in the training parts of the other folds", () => {
  const labels = randomWholes(103, 3, 5);
  const groups = randomWholes(103, 20, 6);
  test.each<Criteria>([
    {},
    { shuffle: false },
    { stratify: true },
    { stratify: labels.map(String), shuffle: false },
    { groups },
    { groups: groups.map((group) => `patient ${group}`), stratify: true },
  ])("%o", (options) => {
    const set = numbered(103, labels);
    const folds = kFold(set, 4, options);
    expect(folds).toHaveLength(4);
    expect(ascending(folds.flatMap(({ indices }) => [...indices.validation]))).toEqual([...Array(103).keys()]);
    for (const { indices, training, validation } of folds) {
      expect(ascending([...indices.training, ...indices.validation])).toEqual([...Array(103).keys()]);
      expect(indices.validation).toEqual(indices.validation.toSorted());
      expect(Array.from(training.x.data)).toEqual([...indices.training]);
      expect(Array.from(validation.x.data)).toEqual([...indices.validation]);
      expect(Array.from(validation.y.data)).toEqual(Array.from(indices.validation, (i) => labels[i]));
      expect(validation.length).toBe(indices.validation.length);
    }
  });
});

describe("draws", () => {
  const options: readonly Criteria[] = [{}, { stratify: true }, { groups: randomWholes(60, 12, 3) }];
  test.each(options)("again in each call, the same after the same seed: %o", (criteria) => {
    const set = numbered(60, randomWholes(60, 2, 9));
    const first = validations(set, 3, criteria);
    expect(validations(set, 3, criteria)).not.toEqual(first);
    manualSeed(11);
    expect(validations(set, 3, criteria)).toEqual(first);
    const still = { ...criteria, shuffle: false };
    expect(validations(set, 3, still)).toEqual(validations(set, 3, still));
  });

  test("without shuffle folds are consecutive", () => {
    expect(validations(numbered(5), 2, { shuffle: false })).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
  });
});

describe("as scikit-learn", () => {
  test.each(stored.kFold)("KFold: $samples samples, $k folds", ({ samples, k, sizes }) => {
    expect(sizesOf(validations(numbered(samples), k))).toEqual(sizes);
  });

  test.each(stored.stratified)("StratifiedKFold: $k folds", ({ labels, k, counts, sizes }) => {
    for (const shuffle of [true, false]) {
      const folds = validations(numbered(labels.length, labels), k, { stratify: true, shuffle });
      expect(sizesOf(folds)).toEqual(sizes);
      counts.forEach((expected, label) => {
        expect(ascending(folds.map((fold) => fold.filter((i) => labels[i] === label).length))).toEqual(expected);
      });
    }
  });

  test.each(stored.grouped)("GroupKFold: $k folds", ({ groups, k, sizes }) => {
    for (const shuffle of [true, false]) {
      const folds = validations(numbered(groups.length), k, { groups, shuffle });
      expect(sizesOf(folds)).toEqual(sizes);
      const found = folds.map((fold) => new Set(fold.map((i) => groups[i])));
      expect(found.reduce((sum, { size }) => sum + size, 0)).toBe(new Set(groups).size);
    }
  });

  test.each(stored.stratifiedGroups)("StratifiedGroupKFold: $k folds", ({ labels, groups, k, spread }) => {
    const folds = validations(numbered(labels.length, labels), k, { groups, stratify: true, shuffle: false });
    const found = folds.map((fold) => new Set(fold.map((i) => groups[i])));
    expect(found.reduce((sum, { size }) => sum + size, 0)).toBe(new Set(groups).size);
    const classes = [...new Set(labels)];
    const variances = classes.map((label) => {
      const all = labels.filter((each) => each === label).length;
      const shares = folds.map((fold) => fold.filter((i) => labels[i] === label).length / all);
      return shares.reduce((sum, share) => sum + (share - 1 / k) ** 2, 0) / k;
    });
    // Both are greedy; scikit-learn weighs deviations, not variances, so one may be slightly better in one case.
    expect(variances.reduce((sum, each) => sum + each)).toBeLessThan(1.1 * spread);
  });

  test.each(stored.timed)("TimeSeriesSplit: $samples samples, $k folds", ({ samples, k, folds }) => {
    const times = Array.from({ length: samples }, (_, i) => i * 10 - 7);
    const found = kFold(numbered(samples), k, { times }).map(({ indices }) => ({
      training: [...indices.training],
      validation: [...indices.validation],
    }));
    expect(found).toEqual(folds);
  });
});

describe("by time", () => {
  test("in any order of samples, those of one time together, training before validation", () => {
    const times = randomWholes(200, 40, 8);
    for (const { indices } of kFold(numbered(200), 5, { times: times.map((day) => new Date(day * 864e5)) })) {
      const [training, validation] = [indices.training, indices.validation].map((of) =>
        [...of].map((i) => times[i] ?? NaN),
      );
      expect(Math.max(...(training ?? []))).toBeLessThan(Math.min(...(validation ?? [])));
    }
  });

  test("samples that end after validation begins are not trained on", () => {
    const from = [0, 1, 2, 3, 4, 5, 6, 7];
    const folds = kFold(numbered(8), 3, { times: { from, to: from.map((time) => time + 1) } });
    expect(folds.map(({ indices }) => [[...indices.training], [...indices.validation]])).toEqual([
      [[0], [2, 3]],
      [
        [0, 1, 2],
        [4, 5],
      ],
      [
        [0, 1, 2, 3, 4],
        [6, 7],
      ],
    ]);
  });
});

test("bad input is refused, word for word", () => {
  const set = numbered(10, [0, 0, 0, 0, 0, 0, 0, 1, 1, 7]);
  const several = fromArrays([1, 2], { a: [1, 2], b: [1, 2] });
  const rows: readonly (readonly [unknown, unknown, unknown, Error])[] = [
    [set, 1, {}, new RangeError("kFold: k must be a whole number of at least 2; got 1")],
    [set, 11, {}, new RangeError("kFold: k must be a whole number from 2 to 10; got 11")],
    [numbered(1), 2, {}, new RangeError("kFold: the number of samples must be a whole number of at least 2; got 1")],
    [numbered(0), 2, {}, new RangeError("kFold: the number of samples must be a whole number of at least 1; got 0")],
    [
      set,
      2,
      { stratify: true },
      new RangeError("kFold: a class must have at least 2 samples to stratify in 2 folds; got 1 of class 7"),
    ],
    [
      numbered(4),
      2,
      { stratify: true },
      new RangeError("kFold: there must be at least 2 classes to stratify; got only class 0"),
    ],
    [
      numbered(4),
      2,
      { stratify: true, groups: [1, 2, 3, 4] },
      new RangeError("kFold: there must be at least 2 classes to stratify; got only class 0"),
    ],
    [
      set,
      3,
      { groups: ["a", "b", "a", "b", "a", "b", "a", "b", "a", "b"] },
      new RangeError("kFold: groups must be at least as many as the folds, 3; got 2"),
    ],
    [set, 2, { groups: [1, 2] }, new ShapeError("kFold: groups must hold one value for each of 10 samples; got 2")],
    [set, 2, { groups: 3 }, new TypeError("kFold: groups must be an array of one value for each sample; got 3")],
    [numbered(2), 2, { groups: [1, NaN] }, new TypeError("kFold: groups must be numbers or texts; got NaN at index 1")],
    [
      numbered(4),
      2,
      { times: [1, 1, 2, 2] },
      new RangeError("kFold: times must have at least 3 different values for 2 folds; got 2"),
    ],
    [
      numbered(3),
      2,
      { times: [1, Infinity, 2] },
      new RangeError("kFold: times must be finite numbers or Dates; got Infinity at index 1"),
    ],
    [
      numbered(3),
      2,
      { times: { from: [1, 2, 3], to: [1, 1, 3] } },
      new RangeError("kFold: times.to must not be before times.from; got 2 to 1 at index 1"),
    ],
    [
      numbered(3),
      2,
      { times: { from: [1, 2, 3], to: [4, 4, 4] } },
      new RangeError(
        "kFold: samples for training must end before those for validation begin, at 2 in fold 0; got none",
      ),
    ],
    [
      numbered(3),
      2,
      { times: [1, 2, 3], shuffle: true, groups: [1, 2, 3] },
      new TypeError("kFold: times must be the only criterion; got shuffle, groups too"),
    ],
    [set, 2, { stratify: 1 }, new TypeError("kFold: stratify must be true, false or a class for each sample; got 1")],
    [several, 2, { stratify: true }, new TypeError("kFold: y must be one tensor to stratify; got several")],
    [set, 2, { checkRows: "x" }, new TypeError('kFold: checkRows must be true or false; got "x"')],
    [
      set,
      2,
      { folds: 2 },
      new TypeError("kFold: options must be shuffle, stratify, groups, times, checkRows; got folds"),
    ],
  ];
  for (const [of, k, options, error] of rows) {
    expect(() => kFold(of as Dataset, k as number, options as Criteria)).toThrow(error);
  }
});
