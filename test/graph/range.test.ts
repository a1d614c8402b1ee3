import { describe, expect, test } from "vitest";
import { type PlacedRange, type Range, requireInRange, requireRowsInRange } from "../../src/graph/range.ts";
import { thrownBy } from "../support.ts";

const LABELS: Range = { where: "loss", what: "labels", low: 0, high: 9 };

describe("a range", () => {
  const finite = { ...LABELS, low: 0, high: Infinity };
  const rows: readonly (readonly [Range, value: number, wanted: string])[] = [
    [LABELS, 10, "from 0 to 9"],
    [LABELS, -1, "from 0 to 9"],
    [LABELS, NaN, "from 0 to 9"],
    [{ ...LABELS, except: -100 }, -99, "from 0 to 9 or -100"],
    [{ ...LABELS, high: 0 }, 1, "0"],
    [finite, Infinity, "finite numbers of at least 0"],
    [finite, NaN, "finite numbers of at least 0"],
    [finite, -1e-30, "finite numbers of at least 0"],
    [{ ...LABELS, truncated: true }, -1, "from 0 to 9"],
    [{ ...LABELS, truncated: true }, 10, "from 0 to 9"],
  ];
  test.each(rows)("%o refuses %d", (range, value, wanted) => {
    const message = `RangeError: loss: labels must be ${wanted}; got ${value} at index 1`;
    expect(thrownBy(() => requireInRange(range, [0, value]))).toBe(message);
    const advised = { ...range, advice: "count from 0" };
    expect(thrownBy(() => requireInRange(advised, [0, value]))).toBe(`${message} (count from 0)`);
  });

  test("takes its ends, one value more, and what is rounded to them", () => {
    expect(() => requireInRange({ ...LABELS, except: -100 }, [0, 9, -100])).not.toThrow();
    expect(() => requireInRange({ ...LABELS, truncated: true }, [-0.9, 9.9])).not.toThrow();
    expect(() => requireInRange(finite, [0, 3e38])).not.toThrow();
    expect(thrownBy(() => requireInRange(LABELS, [9.5]))).toContain("got 9.5 at index 0");
  });
});

describe("rows in a range", () => {
  // Of rows of four numbers, those of columns 1 and 3 are labels; a program for two rows was asked about.
  const range: PlacedRange = { ...LABELS, elements: Int32Array.of(1, 3, 5, 7) };
  const values = Array.from<unknown, number>({ length: 20 }, (_, i) => (i % 2 === 0 ? 50 : 5));

  test("the numbers of its columns are checked in each row, no other", () => {
    expect(() => requireRowsInRange(range, values, 4)).not.toThrow();
    for (let i = 1; i < values.length; i += 2) {
      const message = `RangeError: loss: labels must be from 0 to 9; got 10 at index ${i}`;
      expect(thrownBy(() => requireRowsInRange(range, values.with(i, 10), 4))).toBe(message);
    }
  });

  test("all numbers, where no elements are named or every column is", () => {
    for (const elements of [undefined, Int32Array.of(0, 1, 2, 7)]) {
      expect(thrownBy(() => requireRowsInRange({ ...LABELS, elements }, values, 4))).toContain("got 50 at index 0");
    }
  });
});
