import { beforeEach, describe, expect, test } from "vitest";
import {
  type Dataset,
  type LeakOptions,
  duplicateGroups,
  findLeaks,
  fromArrays,
  kFold,
  split,
  windows,
} from "../../../src/data/index.ts";
import { ShapeError } from "../../../src/base/errors.ts";
import { tensor } from "../../../src/base/tensor.ts";
import { manualSeed } from "../../../src/runtime/random.ts";
import { numbered, randomWholes, warningsOf } from "./samples.ts";

beforeEach(() => manualSeed(11));

/** A data set in which each sample has one of 300 inputs of 40 numbers. */
function repeated(length: number): Dataset {
  const kinds = randomWholes(length, 300, 3);
  const rows = kinds.map((kind) => Array.from({ length: 40 }, (_, column) => (column === 39 ? kind : column % 7)));
  return fromArrays(rows, Int32Array.from(kinds));
}

describe("findLeaks", () => {
  test("rows: validation samples whose inputs training has, each with the first training sample of them", () => {
    const training = fromArrays(
      [
        [1, 2],
        [3, 4],
        [1, 2],
      ],
      [0, 1, 2],
    );
    const validation = fromArrays(
      [
        [2, 1],
        [1, 2],
        [3, 4],
        [3, 4.5],
      ],
      [7, 7, 7, 7],
    );
    expect(findLeaks(training, validation)).toEqual({
      rows: [
        { training: 0, validation: 1 },
        { training: 1, validation: 2 },
      ],
      groups: [],
      times: new Int32Array(),
    });
  });

  test("rows are those that comparing all pairs finds", () => {
    const { training, validation } = split(repeated(900), { validation: 0.3 });
    const rows = (of: Dataset): string[] => (of.x.toArray() as number[][]).map(String);
    const known = rows(training);
    const expected = rows(validation).flatMap((row, i) =>
      known.includes(row) ? [{ training: known.indexOf(row), validation: i }] : [],
    );
    expect(expected.length).toBeGreaterThan(150);
    expect(findLeaks(training, validation).rows).toEqual(expected);
  });

  test("rows of several inputs are equal if all of them are; numbers of another dtype differ", () => {
    const several = (a: number[], b: number[]) => fromArrays({ a, b: Int32Array.from(b) }, a);
    const { rows } = findLeaks(several([1, 2, 2], [5, 6, 7]), several([2, 1, 2], [7, 6, 6]));
    expect(rows).toEqual([
      { training: 2, validation: 0 },
      { training: 1, validation: 2 },
    ]);
    expect(() => findLeaks(numbered(2), fromArrays(Int32Array.of(1, 2), [0, 0]))).toThrow(
      new ShapeError(
        "findLeaks: samples of both parts must have one shape; got x float32 [samples] and x int32 [samples]",
      ),
    );
  });

  test("groups in both parts, and validation samples that are not later than training", () => {
    const found = findLeaks(numbered(3), fromArrays([7, 8], [0, 0]), {
      groups: [
        ["b", "a", "c"],
        ["c", "d"],
      ],
      times: [
        [1, 5, 3],
        [5, 5.5],
      ],
    });
    expect(found).toEqual({ rows: [], groups: ["c"], times: Int32Array.of(0) });
  });

  test("nothing leaks from splits by group and by time", () => {
    const set = repeated(200);
    const groups = duplicateGroups(set);
    const times = randomWholes(200, 50, 6);
    const pick = <T>(of: ArrayLike<T>, at: Int32Array): T[] => [...at].map((i) => of[i] as T);
    const byGroup = split(set, { validation: 0.4, groups });
    const { training, validation } = byGroup.indices;
    const none = { rows: [], groups: [], times: new Int32Array() };
    expect(
      findLeaks(byGroup.training, byGroup.validation, { groups: [pick(groups, training), pick(groups, validation)] }),
    ).toEqual(none);
    for (const fold of kFold(numbered(200), 4, { times })) {
      const given = [pick(times, fold.indices.training), pick(times, fold.indices.validation)] as const;
      expect(findLeaks(fold.training, fold.validation, { times: given })).toEqual(none);
    }
  });

  test("bad input is refused, word for word", () => {
    const set = numbered(2);
    const rows: readonly (readonly [unknown, Error])[] = [
      [{ groups: [[1, 2]] }, new TypeError("findLeaks: groups must be [of training, of validation]; got [[1,2]]")],
      [
        { groups: [[1, 2], [1]] },
        new ShapeError("findLeaks: groups[1] must hold one value for each of 2 samples; got 1"),
      ],
      [
        {
          times: [
            [1, NaN],
            [1, 2],
          ],
        },
        new RangeError("findLeaks: times[0] must be finite numbers or Dates; got NaN at index 1"),
      ],
      [{ group: 1 }, new TypeError("findLeaks: options must be groups, times; got group")],
    ];
    for (const [options, error] of rows) expect(() => findLeaks(set, set, options as LeakOptions)).toThrow(error);
  });
});

describe("duplicateGroups", () => {
  test("the first sample with the same inputs", () => {
    expect(duplicateGroups(fromArrays([3, 1, 3, -0, 0, 1], Array(6).fill(0)))).toEqual(Int32Array.of(0, 1, 0, 3, 4, 1));
  });

  test("rows of the same hash are told apart", () => {
    // The hash mixes one word after another, so the second word can undo what the first one did.
    const product = Math.imul(1, 0x9e3779b1);
    const mixed = product ^ (product >>> 15);
    const rows = Int32Array.of(0, mixed ^ 5, 1, 5, 0, mixed ^ 5, 1, 5);
    expect(duplicateGroups(fromArrays(tensor(rows, [4, 2]), [0, 0, 0, 0]))).toEqual(Int32Array.of(0, 1, 0, 1));
  });

  test("as groups, duplicates are in one part", () => {
    const set = repeated(500);
    const groups = duplicateGroups(set);
    expect(new Set(groups).size).toBe(new Set(set.y.data).size);
    const { training, validation } = split(set, { validation: 0.3, groups });
    expect(findLeaks(training, validation).rows).toEqual([]);
  });
});

describe("warnings", () => {
  const twins = fromArrays([1, 2, 3, 3], [0, 0, 1, 1]);
  const equal = (where: string, count: number, of: number): string =>
    `${where}: ${count} of ${of} samples have the inputs of a sample in another part; ` +
    "groups: data.duplicateGroups(set) prevents that, findLeaks lists them";
  const steps = (where: string, count: number, of: number): string =>
    `${where}: ${count} of ${of} windows share steps with windows in another part, so their targets leak; ` +
    "times: set.times of the windows prevents that";

  test("equal inputs in two parts, with checkRows alone", () => {
    const options = { training: 0.75, validation: 0.25, shuffle: false };
    expect(warningsOf(() => split(twins, options))).toEqual([]);
    expect(warningsOf(() => split(twins, { ...options, checkRows: true }))).toEqual([equal("split", 1, 4)]);
    expect(warningsOf(() => split(twins, { training: 1, checkRows: true }))).toEqual([]);
    expect(warningsOf(() => kFold(twins, 4, { checkRows: true }))).toEqual([equal("kFold", 1, 4)]);
    expect(warningsOf(() => kFold(twins, 2, { checkRows: true, groups: duplicateGroups(twins) }))).toEqual([]);
    // By time, the first block is trained on only: it is a part too.
    const early = fromArrays([9, 1, 9, 2], [0, 0, 0, 0]);
    expect(warningsOf(() => kFold(early, 2, { checkRows: true, times: [0, 1, 2, 3] }))).toEqual([equal("kFold", 1, 4)]);
  });

  test("windows that share steps, unless they are split by time or by series", () => {
    const series = Float32Array.from({ length: 30 }, (_, i) => i);
    const set = windows(series, { length: 3, horizon: 2 });
    expect(warningsOf(() => split(set, { validation: 0.5, shuffle: false }))).toEqual([steps("split", 8, 26)]);
    expect(warningsOf(() => split(set, { validation: 0.5 }))).toHaveLength(1);
    expect(warningsOf(() => kFold(set, 5))).toHaveLength(1);
    expect(warningsOf(() => split(set, { validation: 0.5, times: set.times }))).toEqual([]);
    expect(warningsOf(() => kFold(set, 3, { times: set.times }))).toEqual([]);
    const apart = windows(series, { length: 3, horizon: 2, stride: 5 });
    expect(warningsOf(() => kFold(apart, 3))).toEqual([]);
    const many = windows([fromArrays(series, series).x, fromArrays(series, series).x], { length: 3 });
    expect(warningsOf(() => split(many, { validation: 0.5, groups: many.series }))).toEqual([]);
    expect(warningsOf(() => split(many, { validation: 0.5 }))).toHaveLength(1);
  });

  test("their count is that of comparing all pairs", () => {
    const set = windows(new Float32Array(40), { length: 4, horizon: 2, stride: 3 });
    const all = [...Array(set.length).keys()];
    const shares = { training: 0.4, validation: 0.3, test: 0.3 };
    const counts = Array.from({ length: 20 }, (_, seed) => {
      manualSeed(seed);
      let partOf = new Int32Array();
      const warned = warningsOf(() => {
        const { training, validation } = split(set, shares).indices;
        partOf = Int32Array.from(all, (i) => (training.includes(i) ? 0 : validation.includes(i) ? 1 : 2));
      });
      // Windows of six steps that start three steps apart share steps with the next one and with no other.
      const isShared = (i: number): boolean => [i - 1, i + 1].some((j) => (partOf[j] ?? partOf[i]) !== partOf[i]);
      const count = all.filter(isShared).length;
      expect(warned).toEqual([steps("split", count, set.length)]);
      return count;
    });
    expect(new Set(counts).size).toBeGreaterThan(3);
  });
});
