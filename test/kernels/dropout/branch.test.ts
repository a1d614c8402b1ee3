import { describe, expect, test } from "vitest";
import { BUILDS, LENGTHS, PARTS, Sandbox, randomFloats } from "../harness.ts";

const SCALE = 1.25;
const [X, BRANCH] = [randomFloats(1023, 1), randomFloats(1023, 2)];

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);
  const { kernels } = sandbox;

  test.each([0, 1, -5])("zeroUnless and addBranch where the word is %i: every length, shared and in place", (word) => {
    // What is not taken is not read: it may be NaN.
    const of = (values: Float32Array, length: number): Float32Array =>
      values.subarray(0, length).map((value) => (word === 0 ? NaN : value));
    let worst = 0;
    for (const length of LENGTHS) {
      for (const parts of PARTS) {
        for (const inPlace of [false, true]) {
          sandbox.reset();
          const [taken, rate] = [sandbox.integers([word]), sandbox.floats([NaN, SCALE])];
          const [x, branch] = [sandbox.floats(X.subarray(0, length)), sandbox.floats(of(BRANCH, length))];
          const [sum, made] = [inPlace ? x : sandbox.empty(length), inPlace ? branch : sandbox.empty(length)];
          sandbox.inParts(parts, (part) => kernels.addBranch(taken, x, branch, rate, sum, length, part, parts));
          sandbox.inParts(parts, (part) => kernels.zeroUnless(taken, branch, made, length, part, parts));
          sandbox.checkGuards();
          const added = sandbox.read(sum, length);
          sandbox.read(made, length).forEach((value, i) => {
            const [a, b] = [X[i] ?? NaN, word === 0 ? 0 : (BRANCH[i] ?? NaN)];
            // One rounding of a value below 2.25, or two.
            const errors = [Math.abs(value - b) / 2 ** -60, Math.abs((added[i] ?? NaN) - (a + SCALE * b)) / 2 ** -22];
            worst = Math.max(worst, ...errors.map((error) => (Number.isNaN(error) ? Infinity : error)));
          });
        }
      }
    }
    expect(worst).toBeLessThanOrEqual(1);
  });
});
