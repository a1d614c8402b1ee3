import { describe, expect, test } from "vitest";
import { TWO_SIDED, chiSquared, chiSquaredBound, pairs } from "../statistics.ts";
import { BUILDS, Sandbox } from "./harness.ts";

const DRAWS = 1_000_000;

/** The standard normal distribution: 1/2 + density(x) (x + x^3 / 3 + x^5 / 15 + ...). */
function normalDistribution(x: number): number {
  let [sum, term] = [0, x];
  for (let k = 1; Math.abs(term) > 1e-17; k++) {
    sum += term;
    term *= x ** 2 / (2 * k + 1);
  }
  return 0.5 + (sum * Math.exp(-(x ** 2) / 2)) / Math.sqrt(2 * Math.PI);
}

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);
  const { kernels } = sandbox;

  interface MaskOptions {
    readonly p: number;
    readonly seed?: number;
    readonly stream?: number;
    readonly step?: number;
    readonly use?: number;
  }

  /** 1 where an element is kept. */
  function mask({ p, seed = 1, stream = 0, step = 0, use = 0 }: MaskOptions): Uint8Array {
    sandbox.reset();
    const words = DRAWS / 32;
    const bits = sandbox.empty(words);
    kernels.dropoutMask(bits, sandbox.integers([seed, 0, stream, step]), use, sandbox.floats([p, 1]), DRAWS, 0, 1);
    const packed = sandbox.readIntegers(bits, words);
    return Uint8Array.from({ length: DRAWS }, (_, i) => ((packed[i >> 5] ?? 0) >>> (i & 31)) & 1);
  }

  function drawn(kernel: "uniform" | "normal", a: number, b: number, length: number): Float32Array {
    sandbox.reset();
    const out = sandbox.empty(length);
    kernels[kernel](out, sandbox.integers([99, 1, 2, 3]), 0, a, b, length, 0, 1);
    return sandbox.read(out, length);
  }

  test.each([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])("mask: the share of zeros is p = %d", (p) => {
    const zeros = DRAWS - mask({ p }).reduce((sum, bit) => sum + bit, 0);
    expect(Math.abs(zeros - DRAWS * p)).toBeLessThan(TWO_SIDED * Math.sqrt(DRAWS * p * (1 - p)));
  });

  test("mask: p = 0 drops nothing, p = 1 everything", () => {
    expect(mask({ p: 0 }).every((bit) => bit === 1)).toBe(true);
    expect(mask({ p: 1 }).every((bit) => bit === 0)).toBe(true);
  });

  test.each([1, 4, 8, 16, 32, 1024])("mask: elements %i apart are independent", (distance) => {
    const bits = mask({ p: 0.3 });
    // Disjoint pairs: the first of each stands in an even run of `distance` elements.
    const count = Math.floor(DRAWS / (2 * distance)) * distance;
    const statistic = pairs(0.3, count, (i) => {
      const first = Math.floor(i / distance) * 2 * distance + (i % distance);
      return [bits[first] ?? NaN, bits[first + distance] ?? NaN];
    });
    expect(statistic).toBeLessThan(chiSquaredBound(3));
  });

  test.each([{ step: 1 }, { stream: 1 }, { use: 1 }, { seed: 2 }])("mask: independent of that with %o", (other) => {
    const a = mask({ p: 0.3 });
    const b = mask({ p: 0.3, ...other });
    expect(pairs(0.3, DRAWS, (i) => [a[i] ?? NaN, b[i] ?? NaN])).toBeLessThan(chiSquaredBound(3));
  });

  test("uniform: range, mean, variance and 64 bins", () => {
    const values = drawn("uniform", -1, 3, DRAWS);
    const counts = Array.from({ length: 64 }, () => 0);
    let [sum, squares, inside] = [0, 0, 0];
    for (const value of values) {
      const u = (value + 1) / 4;
      sum += u - 0.5;
      squares += (u - 0.5) ** 2;
      inside += Number(u >= 0 && u < 1);
      counts[Math.floor(u * 64)] = (counts[Math.floor(u * 64)] ?? 0) + 1;
    }
    expect(inside).toBe(DRAWS);
    // (u - 1/2) has variance 1/12, and its square has variance 1/80 - 1/144 = 1/180.
    expect(Math.abs(sum / DRAWS)).toBeLessThan(TWO_SIDED * Math.sqrt(1 / 12 / DRAWS));
    expect(Math.abs(squares / DRAWS - 1 / 12)).toBeLessThan(TWO_SIDED * Math.sqrt(1 / 180 / DRAWS));
    expect(chiSquared(counts, () => DRAWS / 64)).toBeLessThan(chiSquaredBound(63));
  });

  test("normal: mean, variance and the distance of Kolmogorov and Smirnov", () => {
    const count = 200_000;
    const values = drawn("normal", 2, 3, count).map((value) => (value - 2) / 3);
    expect(values.every((z) => Number.isFinite(z))).toBe(true);
    const mean = values.reduce((sum, z) => sum + z, 0) / count;
    const variance = values.reduce((sum, z) => sum + z ** 2, 0) / count;
    expect(Math.abs(mean)).toBeLessThan(TWO_SIDED / Math.sqrt(count));
    expect(Math.abs(variance - 1)).toBeLessThan(TWO_SIDED * Math.sqrt(2 / count)); // z^2 has variance 2
    const distance = values.toSorted().reduce((worst, z, i) => {
      const share = normalDistribution(z);
      return Math.max(worst, share - i / count, (i + 1) / count - share);
    }, 0);
    // The limit distribution 2 exp(-2 n distance^2) is 1e-4 here.
    expect(distance).toBeLessThan(Math.sqrt(Math.log(2e4) / 2 / count));
  });

  test("normal: the two numbers of a pair are uncorrelated, and so are their squares", () => {
    const values = drawn("normal", 0, 1, DRAWS);
    let [products, squares, count] = [0, 0, 0];
    for (let i = 0; i < DRAWS; i++) {
      if (i & 4) continue;
      const [a, b] = [values[i] ?? NaN, values[i + 4] ?? NaN];
      products += a * b;
      squares += (a ** 2 - 1) * (b ** 2 - 1); // variance 2 * 2
      count++;
    }
    expect(Math.abs(products)).toBeLessThan(TWO_SIDED * Math.sqrt(count));
    expect(Math.abs(squares)).toBeLessThan(TWO_SIDED * 2 * Math.sqrt(count));
  });

  test("normal: finite and below 5.77 in 2^22 draws", () => {
    const length = 1 << 20;
    for (let stream = 0; stream < 4; stream++) {
      sandbox.reset();
      const out = sandbox.empty(length);
      kernels.normal(out, sandbox.integers([5, 6, stream, 7]), 0, 0, 1, length, 0, 1);
      // 5.77 is sqrt(2 * 24 ln 2), the root of the smallest draw.
      expect(sandbox.read(out, length).reduce((most, z) => Math.max(most, Math.abs(z)), 0)).toBeLessThan(5.77);
    }
  });
});
