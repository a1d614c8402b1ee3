import { beforeEach, describe, expect, test } from "vitest";
import { type RowSplitOptions, kFold, split } from "../../../src/data/index.ts";
import { manualSeed } from "../../../src/runtime/random.ts";
import { numbered } from "./samples.ts";

beforeEach(() => manualSeed(11));

interface Flower {
  readonly id: number;
  readonly species: string;
  readonly garden: number;
  readonly picked: Date;
}

const rows = Array.from({ length: 40 }, (_, id): Flower => ({
  id,
  species: id % 4 === 0 ? "rose" : "iris",
  garden: id % 5,
  picked: new Date(Date.UTC(2024, 0, 40 - id)),
}));

function count<T>(of: readonly T[], is: (each: T) => boolean): number {
  return of.filter(is).length;
}

describe("split of rows", () => {
  test("each row is in one part, and indices are those of a data set of as many samples", () => {
    const { training, validation, test: rest, indices } = split(rows, { validation: 0.25, test: 0.25 });
    expect([training.length, validation.length, rest.length]).toEqual([20, 10, 10]);
    expect(new Set([...training, ...validation, ...rest])).toEqual(new Set(rows));
    expect(training).toEqual(Array.from(indices.training, (i) => rows[i]));
    manualSeed(11);
    expect(split(numbered(40), { validation: 0.25, test: 0.25 }).indices).toEqual(indices);
  });

  test("stratify takes the class of a row", () => {
    const { training, test: rest } = split(rows, { test: 0.2, stratify: (row) => row.species });
    expect([training, rest].map((part) => count(part, ({ species }) => species === "rose"))).toEqual([8, 2]);
    const listed = split(rows, { test: 0.2, stratify: rows.map(({ species }) => species) });
    expect(count(listed.test, ({ species }) => species === "rose")).toBe(2);
  });

  test("groups are in one part", () => {
    const { training, test: rest } = split(rows, { test: 0.2, groups: (row) => row.garden });
    expect(rest.length).toBe(8);
    const gardens = new Set(training.map(({ garden }) => garden));
    expect(rest.some(({ garden }) => gardens.has(garden))).toBe(false);
  });

  test("later rows are in later parts", () => {
    const { training, test: rest } = split(rows, { test: 0.25, times: (row) => row.picked });
    expect(rest.map(({ id }) => id)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    expect(training.length).toBe(30);
  });

  test.each<[RowSplitOptions<Flower>, string]>([
    [{ stratify: (row) => row.picked }, "split: stratify must be numbers or texts; got a Date at index 0"],
    [{ times: (row) => row.species }, 'split: times must be finite numbers or Dates; got "rose" at index 0'],
    [{ stratify: [1] }, "split: stratify must hold one value for each of 40 samples; got 1"],
    [{ test: 2 }, "split: test must be from 0 to 1; got 2"],
    [
      { checkRows: true } as never,
      "split: options must be training, validation, test, shuffle, stratify, groups, times; got checkRows",
    ],
    [{ stratify: true } as never, "split: stratify must be a function of a row, or a class for each row; got true"],
  ])("options %j are refused", (options, message) => {
    expect(() => split(rows, { test: 0.5, ...options })).toThrow(message);
  });

  test("no rows, and too few for a part", () => {
    expect(() => split([], { test: 0.5 })).toThrow(
      "split: the number of rows must be a whole number of at least 1; got 0",
    );
    expect(() => split(rows.slice(0, 2), { test: 0.1 })).toThrow(
      "split: test must hold at least one sample; got 0.1 of 2",
    );
  });
});

describe("folds of rows", () => {
  test("each row is for validation once", () => {
    const folds = kFold(rows, 5, { stratify: (row) => row.species });
    expect(new Set(folds.flatMap(({ validation }) => validation)).size).toBe(40);
    for (const { training, validation, indices } of folds) {
      expect([training.length, validation.length]).toEqual([32, 8]);
      expect(count(validation, ({ species }) => species === "rose")).toBe(2);
      expect(validation).toEqual(Array.from(indices.validation, (i) => rows[i]));
      expect(training.some((row) => validation.includes(row))).toBe(false);
    }
  });

  test("by group, by time, and more folds than a class has rows", () => {
    const byGroup = kFold(rows, 5, { groups: (row) => row.garden });
    expect(byGroup.map(({ validation }) => new Set(validation.map(({ garden }) => garden)).size)).toEqual([
      1, 1, 1, 1, 1,
    ]);
    const byTime = kFold(rows, 3, { times: (row) => row.picked });
    expect(byTime.map(({ training }) => training.length)).toEqual([10, 20, 30]);
    expect(() => kFold(rows, 11, { stratify: (row) => row.species })).toThrow(
      "kFold: a class must have at least 11 samples to stratify in 11 folds; got 10 of class rose",
    );
  });
});
