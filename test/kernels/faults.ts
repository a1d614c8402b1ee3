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

/**
 * What is wrong with a kernel, in words: values, bits that depend on length, place, parts or on working in place.
 * Throws where it writes beside its output.
 */
export function faultsOf(build: Build, row: Row): string[] {
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
  const faults = [...all].flatMap((actual, i) => valueFault(row, actual, first[i] ?? NaN, second[i] ?? NaN));
  for (const length of LENGTHS) {
    const expected = all.subarray(0, length);
    for (const parts of PARTS) {
      if (!sameBits(run(length, parts), expected)) faults.push(`other bits at length ${length} in ${parts} parts`);
    }
    if (!sameBits(run(length, 1, "a"), expected)) faults.push(`other bits at length ${length}, out = a`);
    if (!sameBits(run(length, 1, "b"), expected)) faults.push(`other bits at length ${length}, out = b`);
  }
  return faults;
}

/** The fault of one element, if any; 0 and -0 count as equal. */
export function valueFault(row: Row, actual: number, a: number, b: number): string[] {
  const exact = row.exact(a, b);
  const rounded = Math.fround(exact);
  if (actual === rounded || Object.is(actual, rounded)) return [];
  const error = Math.abs(actual - exact);
  const tolerance = row.tolerance?.(exact, a, b) ?? 0;
  if (error <= tolerance) return [];
  return [`${row.name}(${a}, ${b}): expected ${exact}, got ${actual}; error ${error}, tolerance ${tolerance}`];
}

/** Whether two results agree in every bit. */
export function sameBits(actual: Float32Array, expected: Float32Array): boolean {
  return Buffer.compare(bytesOf(actual), bytesOf(expected)) === 0;
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
