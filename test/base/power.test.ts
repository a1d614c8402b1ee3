import { readFileSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { power } from "../../src/base/power.ts";

test("whole exponents: products, exact where these are", () => {
  expect([power(3, 0), power(3, 1), power(3, 5), power(0, 0), power(0, 3)]).toEqual([1, 3, 243, 1, 0]);
  expect(power(2, 1023)).toBe(2 ** 1023);
  expect(power(0.999, 2 ** 40)).toBe(0);
  expect([power(Infinity, 2), power(NaN, 1)]).toEqual([Infinity, NaN]);
});

// log2(exponent) squarings each double the relative error: at most about exponent * 2^-53.
test.each([
  [0.9, 7],
  [0.999, 1_000],
  [0.9999, 12_345],
  [1.5, 60],
])("%f ^ %i is near the engine's own", (base, exponent) => {
  expect(power(base, exponent) / base ** exponent).toBeCloseTo(1, 11);
});

test.each([
  [0.96, 0.004],
  [10_000, 62 / 64],
  [0.5, 2.5],
  [0, 0.5],
  [4, -1],
])("%f ^ %f, by logarithm, is near the engine's own", (base, exponent) => {
  expect(power(base, exponent)).toBeCloseTo(base ** exponent, 10);
});

test("src/ uses the engine's power for constants only: its last bits depend on the version of V8", () => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  const found = files.flatMap((path) =>
    readFileSync(`src/${path}`, "utf8")
      .split("\n")
      .filter((line) =>
        / \*\* |\*\*=|Math\.pow/.test(line.replaceAll(/\b2 \*\* -?\d+/g, "").replace(/^\s*(\/?\*|\/\/).*/, "")),
      )
      .map((line) => `${path}: ${line.trim()}`),
  );
  expect(files.length).toBeGreaterThan(200);
  expect(found).toEqual([]);
});
