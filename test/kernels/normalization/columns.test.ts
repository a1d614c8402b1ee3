import { describe, expect, test } from "vitest";
import { sameBits } from "../faults.ts";
import { BUILDS, type Kernels, LENGTHS, PARTS, Sandbox, randomFloats } from "../harness.ts";

const ULP = 2 ** -23;

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const meanOf = (values: readonly number[]): number => sumOf(values) / values.length;
const indices = (length: number): number[] => Array.from({ length }, (_, i) => i);
const at = (values: Float32Array, i: number): number => values[i] ?? NaN;

/** x and dOut [batch, channels, length]; the others are [channels]. */
interface Case {
  readonly batch: number;
  readonly channels: number;
  readonly length: number;
  readonly x: Float32Array;
  readonly dOut: Float32Array;
  readonly mean: Float32Array;
  readonly scale: Float32Array;
  readonly slope: Float32Array;
  readonly shift: Float32Array;
}

function caseOf(batch: number, channels: number, length: number, offset = 0): Case {
  const size = batch * channels * length;
  return {
    batch,
    channels,
    length,
    x: randomFloats(size, size, Math.sqrt(3)).map((value) => value + offset),
    dOut: randomFloats(size, 2),
    mean: randomFloats(channels, 3).map((value) => value + offset),
    scale: randomFloats(channels, 4),
    slope: randomFloats(channels, 5),
    shift: randomFloats(channels, 6),
  };
}

/** Where in x the values of a channel stand. */
const placesOf = ({ batch, channels, length }: Case, c: number): number[] =>
  indices(batch * length).map((i) => (Math.floor(i / length) * channels + c) * length + (i % length));

type Addresses = Readonly<Record<keyof Case, number>>;
type Share = [part: number, parts: number];

interface Row {
  readonly name: string;
  /** One number in a row where `columns`, where length is 1; else [batch, channels, length]. */
  readonly run: (k: Kernels, at: Addresses, out: number, share: Share) => void;
  readonly columns: boolean;
  readonly outSize: (of: Case) => number;
  /** The value of out[i] in double precision, and how far it may be off. */
  readonly exact: (of: Case) => readonly (readonly [value: number, bound: number])[];
  readonly inPlace: readonly ("x" | "dOut")[];
}

/** For every element of x: its value by that of x and dOut, and by what belongs to its channel. */
const elementwise =
  (f: (x: number, d: number, mean: number, scale: number, slope: number, shift: number) => readonly number[]) =>
  (of: Case): [number, number][] =>
    indices(of.x.length).map((i) => {
      const c = Math.floor(i / of.length) % of.channels;
      const terms = f(at(of.x, i), at(of.dOut, i), at(of.mean, c), at(of.scale, c), at(of.slope, c), at(of.shift, c));
      return [sumOf(terms), 2 * ULP * sumOf(terms.map(Math.abs))];
    });

const momentsExact = (of: Case): [number, number][] => {
  const values = indices(of.channels).map((c) => placesOf(of, c).map((i) => at(of.x, i)));
  const means = values.map(meanOf);
  return [
    // Rounded once, or, in columns, after a sum of deviations from the first row.
    ...means.map((mean): [number, number] => [mean, ULP * Math.abs(mean) + 8 * ULP]),
    ...values.map((each, c): [number, number] => {
      const center = means[c] ?? NaN;
      const variance = meanOf(each.map((value) => (value - center) ** 2));
      // Beside rounding, the square of the error of the mean.
      return [variance, 6 * ULP * variance + (ULP * Math.abs(center)) ** 2];
    }),
  ];
};

const sumsExact = (of: Case): [number, number][] => {
  const total = (f: (i: number, c: number) => number): [number, number][] =>
    indices(of.channels).map((c) => {
      const terms = placesOf(of, c).map((i) => f(i, c));
      return [sumOf(terms), 8 * ULP * sumOf(terms.map(Math.abs))];
    });
  return [...total((i) => at(of.dOut, i)), ...total((i, c) => at(of.dOut, i) * (at(of.x, i) - at(of.mean, c)))];
};

const normalizedExact = elementwise((x, _d, mean, scale, _slope, shift) => [(x - mean) * scale, shift]);
const gradientExact = elementwise((x, d, mean, scale, slope, shift) => [d * scale, (x - mean) * slope, shift]);
const ofX = ({ x }: Case): number => x.length;
const ofTwo = ({ channels }: Case): number => 2 * channels;

const ROWS: readonly Row[] = [
  {
    name: "columnMoments",
    columns: true,
    run: (k, { x, batch, channels }, out, share) => k.columnMoments(x, out, 0, batch, channels, ...share),
    outSize: ofTwo,
    exact: momentsExact,
    inPlace: [],
  },
  {
    name: "channelMoments",
    columns: false,
    run: (k, { x, batch, channels, length }, out, share) => k.channelMoments(x, out, batch, channels, length, ...share),
    outSize: ofTwo,
    exact: momentsExact,
    inPlace: [],
  },
  {
    name: "columnSums",
    columns: true,
    run: (k, { dOut, x, mean, batch, channels }, out, share) =>
      k.columnSums(dOut, x, mean, out, 0, batch, channels, ...share),
    outSize: ofTwo,
    exact: sumsExact,
    inPlace: [],
  },
  {
    name: "channelSums",
    columns: false,
    run: (k, { dOut, x, mean, batch, channels, length }, out, share) =>
      k.channelSums(dOut, x, mean, out, batch, channels, length, ...share),
    outSize: ofTwo,
    exact: sumsExact,
    inPlace: [],
  },
  {
    name: "normalizeColumns",
    columns: true,
    run: (k, { x, mean, scale, shift, batch, channels }, out, share) =>
      k.normalizeColumns(x, mean, scale, shift, out, batch, channels, ...share),
    outSize: ofX,
    exact: normalizedExact,
    inPlace: ["x"],
  },
  {
    name: "normalizeChannels",
    columns: false,
    run: (k, { x, mean, scale, shift, batch, channels, length }, out, share) =>
      k.normalizeChannels(x, mean, scale, shift, out, batch, channels, length, ...share),
    outSize: ofX,
    exact: normalizedExact,
    inPlace: ["x"],
  },
  {
    name: "normalizeColumnsGradient",
    columns: true,
    run: (k, { dOut, x, mean, scale, slope, shift, batch, channels }, out, share) =>
      k.normalizeColumnsGradient(dOut, x, mean, scale, slope, shift, out, batch, channels, ...share),
    outSize: ofX,
    exact: gradientExact,
    inPlace: ["x", "dOut"],
  },
  {
    name: "normalizeChannelsGradient",
    columns: false,
    run: (k, { dOut, x, mean, scale, slope, shift, batch, channels, length }, out, share) =>
      k.normalizeChannelsGradient(dOut, x, mean, scale, slope, shift, out, batch, channels, length, ...share),
    outSize: ofX,
    exact: gradientExact,
    inPlace: ["x", "dOut"],
  },
];

const COLUMNS: readonly Case[] = [
  ...LENGTHS.map((channels) => caseOf(5, channels, 1)),
  ...[0, 1e4, -1e5].flatMap((offset) => [1, 16, 17, 200].map((rows) => caseOf(rows, 21, 1, offset))),
];
const CHANNELS: readonly Case[] = [
  ...LENGTHS.filter((length) => length > 0).map((length) => caseOf(2, 3, length)),
  ...[0, 1e4, -1e5].flatMap((offset) => [caseOf(3, 5, 20, offset), caseOf(1, 2, 5000, offset)]),
];

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);

  test.each(ROWS)("$name: values, any number of parts, in place", ({ run, columns, outSize, exact, inPlace }) => {
    for (const each of columns ? COLUMNS : CHANNELS) {
      const { batch, channels, length, x, dOut, mean, scale, slope, shift } = each;
      const what = `${batch} x ${channels} x ${length}`;
      const compute = (parts: number, place?: "x" | "dOut"): Float32Array => {
        sandbox.reset();
        const addresses = {
          batch,
          channels,
          length,
          x: sandbox.floats(x),
          dOut: sandbox.floats(dOut),
          mean: sandbox.floats(mean),
          scale: sandbox.floats(scale),
          slope: sandbox.floats(slope),
          shift: sandbox.floats(shift),
        };
        const out = place ? addresses[place] : sandbox.empty(outSize(each));
        sandbox.inParts(parts, (part) => run(sandbox.kernels, addresses, out, [part, parts]));
        sandbox.checkGuards();
        return sandbox.read(out, outSize(each));
      };
      const actual = compute(1);
      const faults = exact(each).filter(([value, bound], i) => !(Math.abs(at(actual, i) - value) <= bound));
      expect(faults, what).toEqual([]);
      for (const parts of PARTS) expect(sameBits(compute(parts), actual), `${what}, ${parts} parts`).toBe(true);
      for (const place of inPlace) expect(sameBits(compute(1, place), actual), `${what}, out = ${place}`).toBe(true);
    }
  });

  test.each([
    ["by a share", 0.25, 0],
    ["as averages", 0, 1],
  ] as const)("updateMoments %s", (_, share, cumulative) => {
    sandbox.reset();
    const mean = sandbox.floats([1, 2, 3]);
    const variance = sandbox.floats([1, 1, 1]);
    const batches = sandbox.integers([3]);
    const moments = sandbox.floats([5, 6, 7, 2, 4, 6]);
    for (let part = 0; part < 2; part++) {
      sandbox.kernels.updateMoments(moments, mean, variance, batches, share, cumulative, 1.5, 3, part, 2);
    }
    sandbox.checkGuards();
    // The fourth batch counts for a quarter in either way; the variances are 3, 6 and 9 without bias.
    expect([...sandbox.read(mean, 3)]).toEqual([2, 3, 4]);
    expect([...sandbox.read(variance, 3)]).toEqual([1.5, 2.25, 3]);
    expect([...sandbox.readIntegers(batches, 1)]).toEqual([4]);
  });
});
