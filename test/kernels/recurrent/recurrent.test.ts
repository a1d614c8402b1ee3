import { describe, expect, test } from "vitest";
import { sameBits } from "../faults.ts";
import { BUILDS, type Build, type Kernels, LENGTHS, PARTS, Sandbox, randomFloats } from "../harness.ts";

const ROWS = 3;
const LONGEST = Math.max(...LENGTHS);

/** What a kernel works on: blocks of `columns` in each row, or in one row for all; `given` is read, `found` is written. */
interface Operand {
  readonly name: string;
  readonly blocks: number;
  readonly isRow?: true;
  readonly given: boolean;
  readonly found: boolean;
}

/** What one element of every block is, by name: `gates` [i, f, g, o]. */
type Element = Readonly<Record<string, readonly number[]>>;

interface Row {
  readonly name: string;
  readonly operands: readonly Operand[];
  readonly run: (
    kernels: Kernels,
    at: readonly number[],
    sizes: readonly [rows: number, columns: number, length: number],
    share: readonly [part: number, parts: number],
  ) => void;
  /** The values of what is found, in double precision. */
  readonly exact: (element: Element) => Element;
}

const given = (name: string, blocks = 1): Operand => ({ name, blocks, given: true, found: false });
const row = (name: string, blocks = 1): Operand => ({ ...given(name, blocks), isRow: true });
const found = (name: string, blocks = 1): Operand => ({ name, blocks, given: false, found: true });
const changed = (name: string, blocks = 1): Operand => ({ name, blocks, given: true, found: true });

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const throughSigmoid = (d: number, a: number): number => d * a * (1 - a);
const throughTanh = (d: number, a: number): number => d * (1 - a * a);
type Numbers = readonly [number, number, number, number];
/** The numbers of one operand; absent ones are NaN, which no result may be. */
const of = (element: Element, name: string): Numbers => {
  const [a = NaN, b = NaN, c = NaN, d = NaN] = element[name] ?? [];
  return [a, b, c, d];
};

const rnnForward =
  (f: (x: number) => number) =>
  (element: Element): Element => {
    const h = f(of(element, "gates")[0] + of(element, "product")[0] + of(element, "bias")[0]);
    return { gates: [h], h: [h] };
  };
const rnnOperands = [changed("gates"), given("product"), row("bias"), found("h")];
const rnnGradientOperands = [given("dOut"), given("dH"), given("gates"), found("dGates")];
const dhOf = (element: Element): number => of(element, "dOut")[0] + of(element, "dH")[0];

const KERNELS: readonly Row[] = [
  {
    name: "rnnTanhCell",
    operands: rnnOperands,
    run: (kernels, [gates = 0, product = 0, bias = 0, h = 0], [rows, columns], share) =>
      kernels.rnnTanhCell(gates, product, bias, h, rows, columns, ...share),
    exact: rnnForward(Math.tanh),
  },
  {
    name: "rnnReluCell",
    operands: rnnOperands,
    run: (kernels, [gates = 0, product = 0, bias = 0, h = 0], [rows, columns], share) =>
      kernels.rnnReluCell(gates, product, bias, h, rows, columns, ...share),
    exact: rnnForward((x) => Math.max(x, 0)),
  },
  {
    name: "rnnTanhCellGradient",
    operands: rnnGradientOperands,
    run: (kernels, [dOut = 0, dH = 0, gates = 0, dGates = 0], [, , length], share) =>
      kernels.rnnTanhCellGradient(dOut, dH, gates, dGates, length, ...share),
    exact: (element) => ({ dGates: [throughTanh(dhOf(element), of(element, "gates")[0])] }),
  },
  {
    name: "rnnReluCellGradient",
    operands: rnnGradientOperands,
    run: (kernels, [dOut = 0, dH = 0, gates = 0, dGates = 0], [, , length], share) =>
      kernels.rnnReluCellGradient(dOut, dH, gates, dGates, length, ...share),
    exact: (element) => ({ dGates: [of(element, "gates")[0] > 0 ? dhOf(element) : 0] }),
  },
  {
    name: "lstmCell",
    operands: [changed("gates", 4), given("product", 4), row("bias", 4), given("cBefore"), found("c"), found("h")],
    run: (kernels, [gates = 0, product = 0, bias = 0, cBefore = 0, c = 0, h = 0], [rows, columns], share) =>
      kernels.lstmCell(gates, product, bias, cBefore, c, h, rows, columns, ...share),
    exact: (element) => {
      const [product, bias] = [of(element, "product"), of(element, "bias")];
      const sums = of(element, "gates").map((x, k) => x + (product[k] ?? NaN) + (bias[k] ?? NaN));
      const [i, f, g, o] = sums.map((sum, k) => (k === 2 ? Math.tanh(sum) : sigmoid(sum))) as unknown as Numbers;
      const c = f * of(element, "cBefore")[0] + i * g;
      return { gates: [i, f, g, o], c: [c], h: [o * Math.tanh(c)] };
    },
  },
  {
    name: "lstmCellGradient",
    operands: [given("dOut"), given("dH"), changed("dC"), given("gates", 4), given("cBefore"), found("dGates", 4)],
    run: (kernels, [dOut = 0, dH = 0, dC = 0, gates = 0, cBefore = 0, dGates = 0], [rows, columns], share) =>
      kernels.lstmCellGradient(dOut, dH, dC, gates, cBefore, dGates, rows, columns, ...share),
    exact: (element) => {
      const [i, f, g, o] = of(element, "gates");
      const [dh, cBefore] = [dhOf(element), of(element, "cBefore")[0]];
      const t = Math.tanh(f * cBefore + i * g);
      const dc = of(element, "dC")[0] + throughTanh(dh * o, t);
      return {
        dC: [dc * f],
        dGates: [
          throughSigmoid(dc * g, i),
          throughSigmoid(dc * cBefore, f),
          throughTanh(dc * i, g),
          throughSigmoid(dh * t, o),
        ],
      };
    },
  },
  {
    name: "gruCell",
    operands: [
      changed("gates", 3),
      given("product", 3),
      row("xBias", 3),
      row("hBias", 3),
      given("hBefore"),
      found("q"),
      found("h"),
    ],
    run: (kernels, [gates = 0, product = 0, xBias = 0, hBias = 0, hBefore = 0, q = 0, h = 0], [rows, columns], share) =>
      kernels.gruCell(gates, product, xBias, hBias, hBefore, q, h, rows, columns, ...share),
    exact: (element) => {
      const [xr, xz, xn] = of(element, "gates").map(
        (x, k) => x + (of(element, "xBias")[k] ?? NaN),
      ) as unknown as Numbers;
      const [hr, hz, q] = of(element, "product").map(
        (x, k) => x + (of(element, "hBias")[k] ?? NaN),
      ) as unknown as Numbers;
      const [r, z] = [sigmoid(xr + hr), sigmoid(xz + hz)];
      const n = Math.tanh(xn + r * q);
      return { gates: [r, z, n], q: [q], h: [(1 - z) * n + z * of(element, "hBefore")[0]] };
    },
  },
  {
    name: "gruCellGradient",
    operands: [
      given("dOut"),
      given("dH"),
      given("gates", 3),
      given("q"),
      given("hBefore"),
      found("dGates", 3),
      found("dProduct", 3),
      found("dBefore"),
    ],
    run: (
      kernels,
      [dOut = 0, dH = 0, gates = 0, q = 0, hBefore = 0, dGates = 0, dProduct = 0, dBefore = 0],
      [rows, columns],
      share,
    ) => kernels.gruCellGradient(dOut, dH, gates, q, hBefore, dGates, dProduct, dBefore, rows, columns, ...share),
    exact: (element) => {
      const [r, z, n] = of(element, "gates");
      const dh = dhOf(element);
      const dn = throughTanh(dh * (1 - z), n);
      const dr = throughSigmoid(dn * of(element, "q")[0], r);
      const dz = throughSigmoid(dh * (of(element, "hBefore")[0] - n), z);
      return { dGates: [dr, dz, dn], dProduct: [dr, dz, dn * r], dBefore: [dh * z] };
    },
  },
  {
    name: "blend",
    operands: [given("share"), given("fresh"), given("before"), found("out")],
    run: (kernels, [share = 0, fresh = 0, before = 0, out = 0], [, , length], part) =>
      kernels.blend(share, fresh, before, out, length, ...part),
    exact: (element) => {
      const [share] = of(element, "share");
      return { out: [share * of(element, "fresh")[0] + (1 - share) * of(element, "before")[0]] };
    },
  },
  {
    name: "blend, in place",
    operands: [given("share"), changed("fresh"), given("before")],
    run: (kernels, [share = 0, fresh = 0, before = 0], [, , length], part) =>
      kernels.blend(share, fresh, before, fresh, length, ...part),
    exact: (element) => {
      const [share] = of(element, "share");
      return { fresh: [share * of(element, "fresh")[0] + (1 - share) * of(element, "before")[0]] };
    },
  },
];

/** Numbers in [-2, 2), and a few far out, where gates are shut or open and their slopes are 0. */
function mixed(operand: Operand, seed: number): Float32Array {
  const values = randomFloats((operand.isRow ? 1 : ROWS) * operand.blocks * LONGEST, seed, 2);
  [0, -0, 1, -1, 30, -30, 100, -100].forEach((value, i) => (values[i * 5 + seed] = value));
  return values;
}

/** The first `columns` of each block. */
function narrowed(values: Float32Array, columns: number): Float32Array {
  const blocks = values.length / LONGEST;
  return Float32Array.from({ length: blocks * columns }, (_, i) => {
    const block = Math.floor(i / columns);
    return values[block * LONGEST + (i - block * columns)] ?? NaN;
  });
}

describe.each(BUILDS)("%s", (build: Build) => {
  test.each(KERNELS)("$name", ({ operands, run, exact }) => {
    const sandbox = new Sandbox(build);
    const values = operands.map(mixed);
    const results = (columns: number, parts: number): Float32Array[] => {
      sandbox.reset();
      const at = operands.map((operand, i) => {
        const own = narrowed(values[i] ?? new Float32Array(), columns);
        return operand.given ? sandbox.floats(own) : sandbox.empty(own.length);
      });
      sandbox.inParts(parts, (part) => run(sandbox.kernels, at, [ROWS, columns, ROWS * columns], [part, parts]));
      sandbox.checkGuards();
      return operands.map(({ blocks, isRow }, i) => sandbox.read(at[i] ?? 0, (isRow ? 1 : ROWS) * blocks * columns));
    };

    const all = results(LONGEST, 1);
    const place = ({ isRow, blocks }: Operand, r: number, block: number, c: number): number =>
      ((isRow ? 0 : r * blocks) + block) * LONGEST + c;
    for (let i = 0; i < ROWS * LONGEST; i++) {
      const [r, c] = [Math.floor(i / LONGEST), i % LONGEST];
      const element = operands.map((operand, which) => [
        operand.name,
        Array.from({ length: operand.blocks }, (_, block) => values[which]?.[place(operand, r, block, c)] ?? NaN),
      ]);
      const expected = exact(Object.fromEntries(element) as Element);
      operands.forEach((operand, which) => {
        if (!operand.found) return;
        expected[operand.name]?.forEach((value, block) => {
          const actual = all[which]?.[place(operand, r, block, c)] ?? NaN;
          // Sums of three numbers up to 300 err by 2^-15 before a gate whose slope is 1 at most where it is not flat;
          // for those below 6, as nearly all are, that is 2^-20. Further products round a few times each.
          const size = Math.max(1, ...element.flatMap(([, numbers]) => (numbers as number[]).map(Math.abs)));
          if (!(Math.abs(actual - value) <= 2 ** -20 * size * Math.max(1, Math.abs(value)))) {
            throw new Error(`${operand.name} [${r}, ${block}, ${c}]: expected ${value}, got ${actual}`);
          }
        });
      });
    }
    for (const columns of LENGTHS) {
      for (const parts of PARTS) {
        results(columns, parts).forEach((actual, i) => {
          const expected = operands[i]?.found ? all[i] : values[i];
          const isSame = sameBits(actual, narrowed(expected ?? new Float32Array(), columns));
          expect(isSame, `${operands[i]?.name}, ${columns} columns in ${parts} parts`).toBe(true);
        });
      }
    }
  });
});
