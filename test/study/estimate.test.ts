import { describe, expect, test } from "vitest";
import { estimate, estimateOf } from "../../src/study/estimate.ts";
import { studentBound } from "../../src/study/student.ts";
import { fixtures } from "./fixtures.ts";

describe("Student's distribution", () => {
  test.each(fixtures.bounds)("level $level, $freedom degrees of freedom: as SciPy", ({ level, freedom, bound }) => {
    // SciPy's quantile errs by some 5e-9: tan(0.999 π / 2) is that of one degree of freedom.
    expect(studentBound(level, freedom) / bound).toBeCloseTo(1, 7);
  });

  test("is Cauchy's for one degree of freedom", () => {
    expect(studentBound(0.999, 1)).toBeCloseTo(Math.tan((0.999 * Math.PI) / 2), 9);
  });

  test("an interval of paired differences is that of SciPy", () => {
    const { first, second, mean, low, high } = fixtures.paired;
    const found = estimate(
      second.map((value, i) => value - (first[i] ?? NaN)),
      0.95,
    );
    expect(found.mean).toBeCloseTo(mean, 12);
    expect(found.low).toBeCloseTo(low, 9);
    expect(found.high).toBeCloseTo(high, 9);
  });

  test("of accuracies ends at 0 and 1, that of another metric does not", () => {
    const [near1, near0] = [
      [1, 0.9],
      [0, 0.1],
    ].map((values) => ({ ...estimate(values, 0.95), values }));
    if (!near1 || !near0) throw new Error("there must be two estimates");
    expect(near1.high).toBeGreaterThan(1);
    expect(near0.low).toBeLessThan(0);
    expect(estimateOf("accuracy", near1.values, 0.95)).toMatchObject({
      mean: near1.mean,
      low: Math.max(0, near1.low),
      high: 1,
    });
    expect(estimateOf("accuracy", near0.values, 0.95)).toMatchObject({ low: 0, high: Math.min(1, near0.high) });
    expect(estimateOf("loss", near1.values, 0.95).high).toBe(near1.high);
  });
});
