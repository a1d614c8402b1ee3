import { describe, expect, test } from "vitest";
import { BUILDS, PARTS, Sandbox, randomFloats } from "../harness.ts";

/** First place, place after the last, and how many the window stands for in a mean. */
type Window = readonly [start: number, end: number, count: number];

interface Case {
  readonly planes: number;
  readonly height: number;
  readonly width: number;
  readonly rows: readonly Window[];
  readonly columns: readonly Window[];
  readonly steps: readonly [number, number];
}

/** Windows of `size` from `first` on, `stride` apart, cut off at the edges of an input of `extent`. */
function windows(extent: number, size: number, stride: number, first = 0): Window[] {
  const count = Math.floor((extent - 2 * first - size) / stride) + 1;
  return Array.from({ length: count }, (_, i) => {
    const start = i * stride + first;
    return [Math.max(0, start), Math.min(extent, start + size), size];
  });
}

const CASES: readonly Case[] = [
  { planes: 0, height: 4, width: 4, rows: windows(4, 2, 2), columns: windows(4, 2, 2), steps: [1, 1] },
  { planes: 3, height: 5, width: 7, rows: windows(5, 3, 1), columns: windows(7, 2, 2), steps: [1, 1] },
  { planes: 2, height: 8, width: 9, rows: windows(8, 3, 2, -1), columns: windows(9, 4, 3, -2), steps: [1, 1] },
  { planes: 5, height: 1, width: 30, rows: windows(1, 1, 1), columns: windows(30, 5, 1, -2), steps: [1, 1] },
  { planes: 2, height: 9, width: 8, rows: windows(9, 5, 1), columns: windows(8, 4, 2), steps: [2, 3] },
];

/** Extents of planes that are cut into windows of 2 x 2. */
const PAIRS: readonly (readonly [planes: number, height: number, width: number])[] = [
  [0, 4, 4],
  [1, 2, 2],
  [3, 3, 5],
  [2, 7, 8],
  [5, 6, 15],
  [2, 5, 33],
  [3, 4, 18],
];

/** Random numbers among which some are equal, NaN or infinite. */
function troublesome(length: number, seed: number): Float32Array {
  const odd = [NaN, Infinity, -Infinity, 0, -0];
  return randomFloats(length, seed).map((value, i) =>
    i % 13 === 5 ? (odd[((i / 13) % 5) | 0] ?? 0) : Math.round(value * 4) / 4,
  );
}

/** Where the largest number of a window lies, the first of equals or the last NaN, as PyTorch scans it. */
function largest(x: Float32Array, places: readonly number[]): number {
  let best = -1;
  for (const place of places) {
    const [value, most] = [x[place]!, x[best] ?? -Infinity];
    if (best < 0 || value > most || Number.isNaN(value)) best = place;
  }
  return best;
}

/** The places of every window, in the order of out, and for how many each stands. */
function placesOf({ planes, height, width, rows, columns, steps }: Case): { places: number[]; count: number }[] {
  const along = ([start, end]: Window, step: number): number[] =>
    Array.from({ length: Math.max(0, Math.ceil((end - start) / step)) }, (_, i) => start + i * step);
  return Array.from({ length: planes }, (_, plane) => plane).flatMap((plane) =>
    rows.flatMap((row) =>
      columns.map((column) => ({
        places: along(row, steps[0]).flatMap((h) =>
          along(column, steps[1]).map((w) => (plane * height + h) * width + w),
        ),
        count: row[2] * column[2],
      })),
    ),
  );
}

/** What any number of parts gives, after checking that all give the same bits. */
function inParts(sandbox: Sandbox, run: (parts: number) => Float32Array): Float32Array {
  const [first = new Float32Array(), ...others] = PARTS.map((parts) => {
    sandbox.reset();
    const out = run(parts);
    sandbox.checkGuards();
    return out;
  });
  for (const other of others) expect(Buffer.compare(Buffer.from(other.buffer), Buffer.from(first.buffer))).toBe(0);
  return first;
}

const pairCase = ([planes, height, width]: (typeof PAIRS)[number]): Case => {
  const [rows, columns] = [windows(height, 2, 2), windows(width, 2, 2)];
  return { planes, height, width, rows, columns, steps: [1, 1] };
};

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);
  const { kernels } = sandbox;

  const both = [
    ...CASES.map((each) => ({ each, pairs: false })),
    ...PAIRS.flatMap((sizes) => [true, false].map((pairs) => ({ each: pairCase(sizes), pairs }))),
  ];

  test.each(both)("maxPool and its gradient: the largest, and where it is, %j", ({ each, pairs }) => {
    const { planes, height, width, rows, columns, steps } = each;
    const x = troublesome(planes * height * width, 1);
    const sizes = [planes, height, width] as const;
    const all = placesOf(each);
    const out = inParts(sandbox, (parts) => {
      const [at, table] = [sandbox.floats(x), sandbox.integers([...rows, ...columns].flat())];
      const to = sandbox.empty(all.length);
      sandbox.inParts(parts, (...share) =>
        pairs
          ? kernels.maxPoolPairs(at, to, ...sizes, ...share)
          : kernels.maxPool(at, to, table, ...sizes, rows.length, columns.length, ...steps, ...share),
      );
      return sandbox.read(to, all.length);
    });
    // Of zeros of two signs, either is the largest.
    expect([...out].map((value) => value + 0)).toEqual(all.map(({ places }) => x[largest(x, places)]! + 0));

    const dOut = randomFloats(all.length, 2);
    const expected = new Float32Array(x.length);
    all.forEach(({ places }, i) => (expected[largest(x, places)]! += dOut[i]!));
    const dx = inParts(sandbox, (parts) => {
      const [at, from, table] = [
        sandbox.floats(x),
        sandbox.floats(dOut),
        sandbox.integers([...rows, ...columns].flat()),
      ];
      const to = sandbox.empty(x.length);
      sandbox.inParts(parts, (...share) =>
        pairs
          ? kernels.maxPoolPairsGradient(from, at, to, ...sizes, ...share)
          : kernels.maxPoolGradient(from, at, to, table, ...sizes, rows.length, columns.length, ...steps, ...share),
      );
      return sandbox.read(to, x.length);
    });
    expect(dx).toEqual(expected);
  });

  test.each(both.filter(({ each }) => each.steps[0] === 1))(
    "averagePool and its gradient: sums over counts, %j",
    ({ each, pairs }) => {
      const { planes, height, width, rows, columns } = each;
      const x = randomFloats(planes * height * width, 3);
      const sizes = [planes, height, width] as const;
      const all = placesOf(each);
      const out = inParts(sandbox, (parts) => {
        const [at, table] = [sandbox.floats(x), sandbox.integers([...rows, ...columns].flat())];
        const to = sandbox.empty(all.length);
        sandbox.inParts(parts, (...share) =>
          pairs
            ? kernels.averagePoolPairs(at, to, ...sizes, ...share)
            : kernels.averagePool(at, to, table, ...sizes, rows.length, columns.length, ...share),
        );
        return sandbox.read(to, all.length);
      });
      // At most 20 numbers below 1, and one division: 20 roundings of half a unit each.
      const bound = 20 * 2 ** -24;
      const means = all.map(({ places, count }) => places.reduce((sum, place) => sum + x[place]!, 0) / count);
      expect(means.findIndex((mean, i) => !(Math.abs(out[i]! - mean) <= bound))).toBe(-1);

      const dOut = randomFloats(all.length, 4);
      const expected = new Float64Array(x.length);
      all.forEach(({ places, count }, i) => {
        for (const place of places) expected[place]! += dOut[i]! / count;
      });
      const dx = inParts(sandbox, (parts) => {
        const [from, table] = [sandbox.floats(dOut), sandbox.integers([...rows, ...columns].flat())];
        const to = sandbox.empty(x.length);
        sandbox.inParts(parts, (...share) =>
          pairs
            ? kernels.averagePoolPairsGradient(from, to, ...sizes, ...share)
            : kernels.averagePoolGradient(from, to, table, ...sizes, rows.length, columns.length, ...share),
        );
        return sandbox.read(to, x.length);
      });
      expect(dx.findIndex((value, i) => !(Math.abs(value - expected[i]!) <= bound))).toBe(-1);
    },
  );
});
