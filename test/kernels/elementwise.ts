import { expect } from "vitest";
import { type Build, type Kernels, LENGTHS, PARTS, Sandbox, randomFloats } from "./harness.ts";

type Share = [length: number, part: number, parts: number];

/** An elementwise kernel and what it should give, in double precision. */
export interface Row {
  readonly name: string;
  readonly run: (kernels: Kernels, a: number, b: number, out: number, share: Share) => void;
  readonly exact: (a: number, b: number) => number;
  /** Largest error allowed; without it the result is the exact value, rounded once. */
  readonly tolerance?: (exact: number, a: number, b: number) => number;
}

const LONGEST = Math.max(...LENGTHS);

/** Numbers that kernels treat apart, among random ones in [-4, 4). */
const SPECIAL = [0, -0, 1, -1, 1e-30, -1e-30, 20, -20, 90, -90, 1e4, -1e4];

/** Seeded inputs with special numbers near the front, for the bodies of kernels and their tails alike. */
export function mixedFloats(seed: number): Float32Array {
  const values = randomFloats(LONGEST, seed, 4);
  SPECIAL.forEach((value, i) => {
    values[(i * 5 + seed) % 61] = value;
  });
  return values;
}

/** Right values, the same bits for every length, place, number of parts and in place, and nothing written beside. */
export function checkElementwise(build: Build, row: Row): void {
  const sandbox = new Sandbox(build);
  const first = mixedFloats(1);
  const second = mixedFloats(2);
  const run = (length: number, parts: number, inPlace?: "a" | "b"): Float32Array => {
    sandbox.reset();
    const a = sandbox.floats(first.subarray(0, length));
    const b = sandbox.floats(second.subarray(0, length));
    const out = inPlace === "a" ? a : inPlace === "b" ? b : sandbox.empty(length);
    sandbox.inParts(parts, (part) => row.run(sandbox.kernels, a, b, out, [length, part, parts]));
    sandbox.checkGuards();
    return sandbox.read(out, length);
  };

  const all = run(LONGEST, 1);
  for (let i = 0; i < LONGEST; i++) expectValue(row, all[i] ?? NaN, first[i] ?? NaN, second[i] ?? NaN);
  for (const length of LENGTHS) {
    for (const parts of PARTS) expectBits(run(length, parts), all.subarray(0, length), `${length} in ${parts} parts`);
    expectBits(run(length, 1, "a"), all.subarray(0, length), `${length}, out = a`);
    expectBits(run(length, 1, "b"), all.subarray(0, length), `${length}, out = b`);
  }
}

function expectValue(row: Row, actual: number, a: number, b: number): void {
  const exact = row.exact(a, b);
  const rounded = Math.fround(exact);
  if (Object.is(actual, rounded) || actual === rounded) return;
  const error = Math.abs(actual - exact);
  const tolerance = row.tolerance?.(exact, a, b) ?? 0;
  if (!(error <= tolerance)) {
    expect.fail(`${row.name}(${a}, ${b}): expected ${exact}, got ${actual}: error ${error}, tolerance ${tolerance}`);
  }
}

/** Throws where two results differ in any bit. */
export function expectBits(actual: Float32Array, expected: Float32Array, what: string): void {
  const bits = (values: Float32Array): Uint8Array =>
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  if (Buffer.compare(bits(actual), bits(expected)) !== 0) {
    const at = actual.findIndex((value, i) => !Object.is(value, expected[i]));
    expect.fail(`${what}: bits differ at ${at}: ${actual[at]} instead of ${expected[at]}`);
  }
}
