import { describe, expect, test } from "vitest";
import { tensor } from "../../src/base/tensor.ts";
import { seasonalNaive, subset, windows } from "../../src/data/index.ts";
import { meanAbsoluteError } from "../../src/metrics/index.ts";

const WEEKS = Float32Array.from({ length: 28 }, (_, day) => day % 7);

describe("seasonalNaive", () => {
  test("repeats the last season before the targets, y(T + h - m (k + 1)) with k = floor((h - 1) / m)", () => {
    const { x } = seasonalNaive(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), { length: 3, horizon: 5, season: 2 });
    expect(x.toArray()).toEqual([
      [2, 3, 2, 3, 2],
      [3, 4, 3, 4, 3],
    ]);
  });

  test("is exact for a series that repeats itself", () => {
    const { x, y } = seasonalNaive(WEEKS, { length: 7, horizon: 10, season: 7 });
    expect(x.toArray()).toEqual(y.toArray());
  });

  test("of season 1 repeats the last input", () => {
    const { x } = seasonalNaive(WEEKS, { length: 2, horizon: 3, season: 1, stride: 9 });
    expect(x.toArray()).toEqual([
      [1, 1, 1],
      [3, 3, 3],
      [5, 5, 5],
    ]);
  });

  test("takes steps before the window, and is NaN, which metrics refuse, if the series begins later", () => {
    const options = { length: 2, horizon: 2, season: 5 };
    const { x, y, length } = seasonalNaive(WEEKS.subarray(0, 8), options);
    expect(x.toArray()).toEqual([
      [NaN, NaN],
      [NaN, NaN],
      [NaN, 0],
      [0, 1],
      [1, 2],
    ]);
    expect(() => meanAbsoluteError(x, y)).toThrow("meanAbsoluteError: predictions must be numbers; got NaN");
    const known = subset({ x, y, length }, [3, 4]);
    expect(meanAbsoluteError(known.x, known.y)).toBe(4.25); // of 5, 5, 5 and 2
  });

  test("has the windows of several series, their targets, series and times", () => {
    const series = [5, 7].map((steps) =>
      tensor(
        Int32Array.from({ length: 2 * steps }, (_, i) => 10 * steps + i),
        [steps, 2],
      ),
    );
    const options = {
      length: 2,
      horizon: 2,
      targets: [1],
      times: [5, 7].map((n) => Array.from({ length: n }, (_, i) => n + i)),
    };
    const naive = seasonalNaive(series, { ...options, season: 2 });
    const { x: _, ...set } = windows(series, options);
    expect(naive).toMatchObject(set);
    expect(String(naive.x)).toBe("float32 [6, 2, 1]");
    expect(Array.from(naive.x.data)).toEqual(Array.from(naive.y.data, (value) => value - 4));
    expect(seasonalNaive(series, { ...options, targets: 1, season: 2 }).x.shape).toEqual([6, 2]);
  });

  test("names itself in errors", () => {
    expect(() => seasonalNaive(WEEKS, { length: 2, season: 0 })).toThrow("seasonalNaive: season must be");
    expect(() => seasonalNaive(WEEKS, { length: 28, season: 1 })).toThrow("seasonalNaive: series must have at least");
    expect(() => seasonalNaive(WEEKS, { length: 2, season: 1, targets: 0 })).toThrow(
      "seasonalNaive: series must be [steps",
    );
  });
});
