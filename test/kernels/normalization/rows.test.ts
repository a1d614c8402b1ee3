import { describe, expect, test } from "vitest";
import { sameBits } from "../faults.ts";
import { BUILDS, type Kernels, LENGTHS, PARTS, Sandbox, randomFloats } from "../harness.ts";

const ULP = 2 ** -23;
const EPS = Math.fround(1e-5);
const WIDTHS = LENGTHS.filter((length) => length > 0);

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const meanOf = (values: readonly number[]): number => sumOf(values) / values.length;
const indices = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** What the kernels take: x and dOut [rows, columns], moments [2, rows], weight and bias [groups, columns]. */
interface Case {
  readonly rows: number;
  readonly columns: number;
  readonly groups: number;
  readonly x: Float32Array;
  readonly dOut: Float32Array;
  readonly moments: Float32Array;
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

function caseOf(columns: number, groups: number, rows = 6, mean = 0): Case {
  const x = randomFloats(rows * columns, columns).map((value) => value + mean);
  const row = (r: number): number[] => [...x.subarray(r * columns, (r + 1) * columns)];
  const means = indices(rows).map((r) => meanOf(row(r)));
  const factors = means.map((each, r) => 1 / Math.sqrt(meanOf(row(r).map((value) => (value - each) ** 2)) + 1e-2));
  return {
    rows,
    columns,
    groups,
    x,
    dOut: randomFloats(rows * columns, 7),
    moments: Float32Array.from([...means, ...factors]),
    weight: randomFloats(groups * columns, 8),
    bias: randomFloats(groups * columns, 9),
  };
}

interface Row {
  readonly name: string;
  readonly run: (k: Kernels, at: Record<keyof Case, number>, out: number, share: [number, number]) => void;
  readonly outSize: (of: Case) => number;
  /** The value of out[i] in double precision, and how far it may be off. */
  readonly exact: (of: Case) => readonly [value: number, bound: number][];
  /** Operands of the size of the output that it may stand in. */
  readonly inPlace: readonly ("x" | "dOut")[];
}

const at = (values: Float32Array, i: number): number => values[i] ?? NaN;
const normalized = ({ x, moments, rows, columns }: Case, r: number, c: number): number =>
  (at(x, r * columns + c) - at(moments, r)) * at(moments, rows + r);

function gradientRow(name: "normalizeRowsGradient" | "scaleRowsGradient"): Row {
  return {
    name,
    run: (k, { dOut, x, moments, weight, rows, columns, groups }, out, share) =>
      k[name](dOut, x, moments, weight, out, rows, columns, groups, ...share),
    outSize: ({ x }) => x.length,
    exact: (of) => {
      const { dOut, weight, moments, rows, columns, groups } = of;
      return indices(rows).flatMap((r) => {
        const g = indices(columns).map((c) => at(dOut, r * columns + c) * at(weight, (r % groups) * columns + c));
        const y = indices(columns).map((c) => normalized(of, r, c));
        const mean = name === "normalizeRowsGradient" ? meanOf(g) : 0;
        const product = meanOf(g.map((value, c) => value * (y[c] ?? NaN)));
        const factor = at(moments, rows + r);
        // g is below 1 and its sums are of 64 numbers a lane at most, then exact.
        return g.map((value, c): [number, number] => {
          const own = y[c] ?? NaN;
          return [factor * (value - mean - own * product), 8 * ULP * factor * (2 + Math.abs(own))];
        });
      });
    },
    inPlace: ["dOut", "x"],
  };
}

const ROWS: readonly Row[] = [
  {
    name: "normalizeRows",
    run: (k, { x, moments, weight, bias, rows, columns, groups }, out, share) =>
      k.normalizeRows(x, moments, weight, bias, out, rows, columns, groups, ...share),
    outSize: ({ x }) => x.length,
    exact: (of) =>
      indices(of.x.length).map((i) => {
        const [r, c] = [Math.floor(i / of.columns), i % of.columns];
        const j = (r % of.groups) * of.columns + c;
        const scaled = normalized(of, r, c) * at(of.weight, j);
        return [scaled + at(of.bias, j), 2 * ULP * (Math.abs(scaled) + Math.abs(at(of.bias, j)))];
      }),
    inPlace: ["x"],
  },
  gradientRow("normalizeRowsGradient"),
  gradientRow("scaleRowsGradient"),
  {
    name: "normalizedSums",
    run: (k, { dOut, x, moments, rows, columns, groups }, out, share) =>
      k.normalizedSums(dOut, x, moments, out, 0, rows, columns, groups, ...share),
    outSize: ({ groups, columns }) => 2 * groups * columns,
    exact: (of) => {
      const { dOut, rows, columns, groups } = of;
      const terms = (factor: (r: number, c: number) => number): [number, number][] =>
        indices(groups * columns).map((j) => {
          const [group, c] = [Math.floor(j / columns), j % columns];
          const of = indices(rows).filter((r) => r % groups === group);
          const products = of.map((r) => at(dOut, r * columns + c) * factor(r, c));
          return [sumOf(products), ULP * (4 + products.length / 16) * sumOf(products.map(Math.abs))];
        });
      return [...terms(() => 1), ...terms((r, c) => normalized(of, r, c))];
    },
    inPlace: [],
  },
];

const CASES: readonly Case[] = [
  ...WIDTHS.map((columns) => caseOf(columns, 1)),
  ...[1, 5, 16, 19, 40].flatMap((columns) => [2, 3].map((groups) => caseOf(columns, groups))),
  caseOf(21, 1, 300),
  caseOf(5, 3, 900),
  caseOf(9, 3, 0),
];

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);

  test.each(ROWS)("$name: values, any number of parts, in place", ({ run, outSize, exact, inPlace }) => {
    for (const each of CASES) {
      const what = `${each.rows} x ${each.columns} in ${each.groups} groups`;
      const compute = (parts: number, place?: "x" | "dOut"): Float32Array => {
        sandbox.reset();
        const { rows, columns, groups, x, dOut, moments, weight, bias } = each;
        const floats = { x, dOut, moments, weight, bias };
        const [xAt, dOutAt, momentsAt, weightAt, biasAt] = Object.values(floats).map((values) =>
          sandbox.floats(values),
        ) as [number, number, number, number, number];
        const places = { x: xAt, dOut: dOutAt, moments: momentsAt, weight: weightAt, bias: biasAt };
        const out = place ? places[place] : sandbox.empty(outSize(each));
        sandbox.inParts(parts, (part) => {
          run(sandbox.kernels, { ...places, rows, columns, groups }, out, [part, parts]);
        });
        sandbox.checkGuards();
        return sandbox.read(out, outSize(each));
      };
      const actual = compute(1);
      exact(each).forEach(([value, bound], i) => {
        expect(Math.abs(at(actual, i) - value), `${what}, at ${i}: ${value}`).toBeLessThanOrEqual(bound);
      });
      for (const parts of PARTS) expect(sameBits(compute(parts), actual), `${what}, ${parts} parts`).toBe(true);
      for (const place of inPlace) expect(sameBits(compute(1, place), actual), `${what}, out = ${place}`).toBe(true);
    }
  });

  const measure = (
    kernel: "rowMoments" | "rowPower",
    x: Float32Array,
    rows: number,
    parts = 1,
    eps = EPS,
  ): Float32Array => {
    sandbox.reset();
    const [from, to] = [sandbox.floats(x), sandbox.empty(2 * rows)];
    sandbox.inParts(parts, (part) => sandbox.kernels[kernel](from, to, eps, rows, x.length / rows, part, parts));
    sandbox.checkGuards();
    return sandbox.read(to, 2 * rows);
  };

  test.each([0, 1, 1e4, -1e5])("rowMoments: rows whose mean is near %d, of any width", (mean) => {
    const rows = 5;
    for (const columns of [...WIDTHS, 5000]) {
      const x = randomFloats(rows * columns, columns, Math.sqrt(3)).map((value) => value + mean);
      const actual = measure("rowMoments", x, rows);
      for (let r = 0; r < rows; r++) {
        const row = [...x.subarray(r * columns, (r + 1) * columns)];
        const center = meanOf(row);
        const factor = 1 / Math.sqrt(meanOf(row.map((value) => (value - center) ** 2)) + EPS);
        // Rounded once; beside 0, the rounding of the deviations counts.
        expect(Math.abs(at(actual, r) - center), `${columns}: mean`).toBeLessThanOrEqual(
          (ULP / 2) * Math.abs(center) + 2 * ULP,
        );
        expect(Math.abs(at(actual, rows + r) / factor - 1), `${columns}: factor`).toBeLessThanOrEqual(4 * ULP);
      }
      for (const parts of PARTS) expect(sameBits(measure("rowMoments", x, rows, parts), actual)).toBe(true);
    }
  });

  test("rowPower: the mean of squares, of any width", () => {
    const rows = 5;
    for (const columns of [...WIDTHS, 5000]) {
      const x = randomFloats(rows * columns, columns);
      const actual = measure("rowPower", x, rows);
      for (let r = 0; r < rows; r++) {
        const row = [...x.subarray(r * columns, (r + 1) * columns)];
        const factor = 1 / Math.sqrt(meanOf(row.map((value) => value ** 2)) + EPS);
        expect(at(actual, r)).toBe(0);
        expect(Math.abs(at(actual, rows + r) / factor - 1), `${columns}`).toBeLessThanOrEqual(4 * ULP);
      }
      for (const parts of PARTS) expect(sameBits(measure("rowPower", x, rows, parts), actual)).toBe(true);
    }
  });

  test("a row of equal numbers has the factor 1 / sqrt(eps), NaN keeps to its row", () => {
    const x = Float32Array.from([3, 3, 3, 1, NaN, 1, 0.1, 0.1, 0.1]);
    expect([...measure("rowMoments", x, 3, 1, 0.25)]).toEqual([3, NaN, Math.fround(0.1), 2, NaN, 2]);
  });
});
