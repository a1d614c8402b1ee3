import { beforeEach, describe, expect, test } from "vitest";
import { type SplitOptions, split } from "../../../src/data/index.ts";
import { manualSeed } from "../../../src/runtime/random.ts";
import { ascending, numbered, randomWholes } from "./samples.ts";

beforeEach(() => manualSeed(11));

const PARTS = ["training", "validation", "test"] as const;
const shares = { training: 0.6, validation: 0.25, test: 0.15 };

test("indices are those of the samples of each part", () => {
  const whole = split(numbered(50), shares);
  for (const name of PARTS) expect(Array.from(whole[name].x.data)).toEqual([...whole.indices[name]]);
});

test("classes may be given as texts", () => {
  const classes = randomWholes(120, 3, 4).map((label) => ["cat", "dog", "owl"][label] ?? "");
  const { indices } = split(numbered(120), { ...shares, stratify: classes });
  for (const name of new Set(classes)) {
    const count = (of: Iterable<number>): number => [...of].filter((i) => classes[i] === name).length;
    expect(Math.abs(count(indices.training) - 0.6 * count(Array(120).keys()))).toBeLessThan(1);
  }
});

describe("groups", () => {
  const groups = randomWholes(400, 80, 2);
  const largest = Math.max(...groups.map((group) => groups.filter((each) => each === group).length));

  test.each([true, false])("are in one part each; a cut is at most half a group away, shuffle %s", (shuffle) => {
    const { indices } = split(numbered(400), { ...shares, groups, shuffle });
    const found = PARTS.map((name) => new Set([...indices[name]].map((i) => groups[i])));
    expect(found.reduce((sum, { size }) => sum + size, 0)).toBe(new Set(groups).size);
    expect(ascending(PARTS.flatMap((name) => [...indices[name]]))).toEqual([...Array(400).keys()]);
    expect(Math.abs(indices.training.length - 240)).toBeLessThanOrEqual(largest / 2);
    expect(Math.abs(indices.test.length - 60)).toBeLessThanOrEqual(largest / 2);
  });

  test("are drawn again, the same after the same seed; without shuffle they ascend", () => {
    const draw = (): unknown => split(numbered(400), { ...shares, groups }).indices;
    const first = draw();
    expect(draw()).not.toEqual(first);
    manualSeed(11);
    expect(draw()).toEqual(first);
    const { indices } = split(numbered(6), { validation: 0.5, groups: ["b", "a", "b", "a", "c", "c"], shuffle: false });
    expect([[...indices.training], [...indices.validation]]).toEqual([
      [0, 1, 2, 3],
      [4, 5],
    ]);
  });

  test("each part has a group, however large the others are", () => {
    const whole = split(numbered(20), { training: 0.5, test: 0.5, groups: [1, ...Array<number>(19).fill(2)] });
    expect(ascending([whole.training.length, whole.test.length])).toEqual([1, 19]);
    expect(whole.validation.length).toBe(0);
    const halves = Array.from({ length: 20 }, (_, i) => i % 2);
    expect(split(numbered(20), { test: 0.05, groups: halves }).test.length).toBe(10);
    const thirds = Array.from({ length: 21 }, (_, i) => i % 3);
    const { indices } = split(numbered(21), { validation: 0.05, test: 0.05, groups: thirds });
    expect(PARTS.map((name) => indices[name].length)).toEqual([7, 7, 7]);
  });
});

describe("times", () => {
  test("later samples are in later parts, those of one time in one part, in the order of time", () => {
    const times = randomWholes(300, 90, 7);
    const { indices } = split(numbered(300), { ...shares, times });
    const found = PARTS.map((name) => [...indices[name]].map((i) => times[i] ?? NaN));
    found.forEach((part) => expect(part).toEqual(ascending(part)));
    expect(found.flat()).toEqual(ascending(times));
    expect(found[0]?.at(-1)).toBeLessThan(found[1]?.[0] ?? NaN);
    expect(found[1]?.at(-1)).toBeLessThan(found[2]?.[0] ?? NaN);
    expect(Math.abs(indices.training.length - 180)).toBeLessThan(6);
  });

  test.each([
    [10, { test: 0.2 }, [8, 0, 2]],
    [10, { training: 0.7, validation: 0.15, test: 0.15 }, [7, 2, 1]],
    [3, { training: 1 }, [3, 0, 0]],
    [3, { training: 0, test: 1 }, [0, 0, 3]],
  ])("different times give the sizes of consecutive parts: %i by %o", (length, options, sizes) => {
    const { indices } = split(numbered(length), { ...options, times: Float64Array.from({ length }, (_, i) => i) });
    expect(PARTS.map((name) => indices[name].length)).toEqual(sizes);
  });

  test("samples across a cut are in no part", () => {
    const from = Array.from({ length: 12 }, (_, i) => i);
    const { indices } = split(numbered(12), {
      training: 0.5,
      validation: 0.25,
      test: 0.25,
      times: { from, to: from.map((time) => time + 1) },
    });
    expect(PARTS.map((name) => [...indices[name]])).toEqual([
      [0, 1, 2, 3, 4],
      [6, 7],
      [9, 10, 11],
    ]);
  });
});

test("bad input is refused, word for word", () => {
  const rows: readonly (readonly [number, unknown, Error])[] = [
    [4, { groups: [1, 1, 1, 1] }, new RangeError("split: groups must be at least as many as the parts, 2; got 1")],
    [
      4,
      { groups: [1, 2, 1, 2], stratify: true },
      new TypeError("split: groups must be without stratify, which kFold can combine; got both"),
    ],
    [
      4,
      { times: [2, 2, 2, 2] },
      new RangeError("split: times must have at least 2 different values for 2 parts; got 1"),
    ],
    [
      4,
      { times: [1, 2, 3, 4], stratify: true },
      new TypeError("split: times must be the only criterion; got stratify too"),
    ],
    [
      4,
      { times: { from: [1, 2, 3, 4], to: [5, 5, 5, 5] } },
      new RangeError("split: training must hold at least one sample; got 0.5 of 4"),
    ],
    [
      4,
      { times: { from: [1], until: [5] } },
      new TypeError('split: times must be times of samples, or { from, to } of them; got {"from":[1],"until":[5]}'),
    ],
    [
      4,
      { times: { from: [1, 2, 3, 4] } },
      new TypeError("split: times.to must be an array of one value for each sample; got undefined"),
    ],
  ];
  for (const [length, options, error] of rows) {
    expect(() => split(numbered(length), { validation: 0.5, ...(options as SplitOptions) })).toThrow(error);
  }
});
