import { describe, expect, test } from "vitest";
import { TILE_FLOATS, selectionLine } from "#kernels/contract";
import { BUILDS, type Build, PARTS, Sandbox, randomFloats } from "../harness.ts";

/** Which blocks of `width` columns are kept, for each group; whole where `keep` is undefined. */
interface Side {
  readonly width: number;
  readonly block?: number;
  readonly keep?: number;
}

interface Lists {
  readonly address: number;
  /** BlockSelection columns of each group, in order. */
  readonly columns: readonly (readonly number[])[];
  readonly arguments: readonly [number, number, number, number];
}

/** Lists of `groups` groups, drawn by the kernel itself, or none. */
function listsOf(sandbox: Sandbox, groups: number, { width, block = 0, keep }: Side, seed: number, parts = 1): Lists {
  if (keep === undefined) {
    const all = Array.from({ length: width }, (_, i) => i);
    return { address: 0, columns: Array.from({ length: groups }, () => all), arguments: [0, 0, 0, 0] };
  }
  const blocks = Math.ceil(width / block);
  const line = selectionLine(blocks, keep, block);
  const draws = sandbox.integers(randomFloats(groups * blocks, seed).map((value) => value * 2 ** 31));
  const address = sandbox.empty(groups * line);
  sandbox.inParts(parts, (...share) =>
    sandbox.kernels.selectBlocks(draws, address, groups, blocks, keep, block, ...share),
  );
  const all = sandbox.readIntegers(address, groups * line);
  const columns = Array.from({ length: groups }, (_, g) =>
    Array.from(all.subarray(g * line + keep + blocks, (g + 1) * line)),
  );
  return { address, columns, arguments: [address, line, keep, block] };
}

function inEvery(work: (build: Build, parts: number) => void): void {
  for (const build of BUILDS) for (const parts of PARTS) work(build, parts);
}

describe("selectBlocks", () => {
  const SIZES = [
    [1, 1, 1, 1],
    [3, 7, 7, 4],
    [5, 32, 16, 16],
    [4, 33, 1, 8],
    [2, 64, 63, 2],
  ] as const;

  test.each(SIZES)("%i groups of %i blocks, %i kept of %i columns: a line says the same three times", (...sizes) => {
    const [groups, blocks, keep, block] = sizes;
    const results = new Set<string>();
    inEvery((build, parts) => {
      const sandbox = new Sandbox(build);
      const side = { width: blocks * block, block, keep };
      const { address, columns } = listsOf(sandbox, groups, side, 7, parts);
      const line = selectionLine(blocks, keep, block);
      const all = sandbox.readIntegers(address, groups * line);
      for (let g = 0; g < groups; g++) {
        const kept = Array.from(all.subarray(g * line, g * line + keep));
        const places = Array.from(all.subarray(g * line + keep, g * line + keep + blocks));
        expect(kept).toEqual([...new Set(kept)].toSorted((a, b) => a - b));
        expect(places).toEqual(Array.from({ length: blocks }, (_, i) => kept.indexOf(i)));
        expect(columns[g]).toEqual(kept.flatMap((i) => Array.from({ length: block }, (_, c) => i * block + c)));
      }
      sandbox.checkGuards();
      results.add(all.join());
    });
    expect(results.size).toBe(1);
  });

  test("every choice is as likely as any other", () => {
    // 3 of 6 blocks: 20 choices, 19 degrees of freedom; chi-squared is above 43.8 once in a thousand seeds.
    const groups = 20_000;
    const sandbox = new Sandbox("strict");
    const { columns } = listsOf(sandbox, groups, { width: 6, block: 1, keep: 3 }, 11);
    const counts = new Map<string, number>();
    for (const kept of columns) counts.set(kept.join(), (counts.get(kept.join()) ?? 0) + 1);
    expect(counts.size).toBe(20);
    const expected = groups / 20;
    const chiSquared = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquared).toBeLessThan(43.8);
  });
});

/** A matrix [rows, columns] without the columns that its row's group drops. */
function compact(dense: Float32Array, width: number, group: number, lists: Lists): Float32Array {
  const rows = dense.length / width;
  return Float32Array.from(
    Array.from({ length: rows }, (_, m) =>
      (lists.columns[Math.floor(m / group)] ?? []).map((column) => dense[m * width + column] ?? 0),
    ).flat(),
  );
}

interface Case {
  readonly M: number;
  readonly group: number;
  readonly rows: Side; // the columns of a: K, or I
  readonly columns: Side; // the columns of the product: N, or J
}

const CASES: readonly Case[] = [
  { M: 64, group: 32, rows: { width: 64, block: 16, keep: 2 }, columns: { width: 96, block: 16, keep: 3 } },
  { M: 37, group: 16, rows: { width: 48, block: 16, keep: 1 }, columns: { width: 32, block: 16, keep: 2 } },
  { M: 9, group: 4, rows: { width: 64, block: 32, keep: 1 }, columns: { width: 64, block: 8, keep: 5 } },
  { M: 7, group: 7, rows: { width: 24, block: 8, keep: 2 }, columns: { width: 40, block: 8, keep: 1 } },
  { M: 1, group: 32, rows: { width: 16, block: 16, keep: 1 }, columns: { width: 16, block: 16, keep: 1 } },
  { M: 33, group: 8, rows: { width: 50 }, columns: { width: 64, block: 16, keep: 3 } },
  { M: 20, group: 8, rows: { width: 48, block: 16, keep: 2 }, columns: { width: 10 } },
  { M: 20, group: 8, rows: { width: 48, block: 8, keep: 5 }, columns: { width: 77 } },
  { M: 0, group: 8, rows: { width: 16, block: 8, keep: 1 }, columns: { width: 16, block: 8, keep: 1 } },
];

/** The narrowest panel that divides a block is used for blocks of 8, and both for others. */
function panelsOf({ block = 16 }: Side): readonly number[] {
  return block % 16 === 0 ? [8, 16] : [8];
}

describe.each(CASES)("M $M in groups of $group, $rows and $columns", ({ M, group, rows, columns }) => {
  const groups = Math.ceil(M / group);

  test("matmulBlockSparse is the masked dense product", () => {
    const [K, N] = [rows.width, columns.width];
    const a = randomFloats(M * K, 1);
    const b = randomFloats(K * N, 2);
    const seen = new Map<Build, string>(); // of both panels: wide or not, the bits are the same
    for (const panel of panelsOf(columns)) {
      inEvery((build, parts) => {
        const sandbox = new Sandbox(build);
        const [aLists, outLists] = [listsOf(sandbox, groups, rows, 3), listsOf(sandbox, groups, columns, 4)];
        const given = sandbox.floats(compact(a, K, group, aLists));
        const panels = sandbox.empty(Math.ceil(N / panel) * panel * K);
        sandbox.kernels.packPanels(sandbox.floats(b), N, 1, panels, K, N, panel, 0, 1);
        const outColumns = outLists.columns[0]?.length ?? 0;
        const out = sandbox.empty(M * outColumns);
        const workspace = sandbox.empty(parts * TILE_FLOATS);
        sandbox.inParts(parts, (...share) =>
          sandbox.kernels.matmulBlockSparse(
            given,
            ...aLists.arguments,
            panels,
            out,
            ...outLists.arguments,
            M,
            N,
            K,
            group,
            workspace,
            panel,
            ...share,
          ),
        );
        const actual = sandbox.read(out, M * outColumns);
        sandbox.checkGuards();
        for (let m = 0; m < M; m++) {
          const kept = aLists.columns[Math.floor(m / group)] ?? [];
          (outLists.columns[Math.floor(m / group)] ?? []).forEach((n, j) => {
            const terms = kept.map((k) => (a[m * K + k] ?? NaN) * (b[k * N + n] ?? NaN));
            expectWithin(actual[m * outColumns + j], terms);
          });
        }
        sameAsBefore(seen, build, actual);
      });
    }
  });

  test("matmulBlockSparseGradient is the sum over rows that keep both", () => {
    const [I, J] = [rows.width, columns.width];
    const x = randomFloats(M * I, 5);
    const y = randomFloats(M * J, 6);
    const seen = new Map<Build, string>(); // of both panels: wide or not, the bits are the same
    for (const panel of panelsOf(columns)) {
      inEvery((build, parts) => {
        const sandbox = new Sandbox(build);
        const [xLists, yLists] = [listsOf(sandbox, groups, rows, 3), listsOf(sandbox, groups, columns, 4)];
        const given = [compact(x, I, group, xLists), compact(y, J, group, yLists)].map((each) => sandbox.floats(each));
        const out = sandbox.empty(I * J);
        const workspace = sandbox.empty(parts * TILE_FLOATS);
        sandbox.inParts(parts, (...share) =>
          sandbox.kernels.matmulBlockSparseGradient(
            given[0] ?? 0,
            ...xLists.arguments,
            given[1] ?? 0,
            ...yLists.arguments,
            out,
            I,
            J,
            M,
            group,
            workspace,
            0,
            panel,
            ...share,
          ),
        );
        const actual = sandbox.read(out, I * J);
        sandbox.checkGuards();
        const keeps = (lists: Lists, m: number, column: number): boolean =>
          lists.columns[Math.floor(m / group)]?.includes(column) ?? false;
        for (let i = 0; i < I; i++) {
          for (let j = 0; j < J; j++) {
            const terms = Array.from({ length: M }, (_, m) =>
              keeps(xLists, m, i) && keeps(yLists, m, j) ? (x[m * I + i] ?? NaN) * (y[m * J + j] ?? NaN) : 0,
            );
            expectWithin(actual[i * J + j], terms);
          }
        }
        sameAsBefore(seen, build, actual);
      });
    }
  });
});

/** As many roundings as there are terms, each of at most half a unit of the sum of magnitudes (Higham 2002, 3.1). */
function expectWithin(actual: number | undefined, terms: readonly number[]): void {
  const exact = terms.reduce((sum, term) => sum + term, 0);
  const bound = terms.reduce((sum, term) => sum + Math.abs(term), 0) * (terms.length + 1) * 2 ** -24;
  if (!(Math.abs((actual ?? NaN) - exact) <= bound))
    throw new Error(`expected ${exact} within ${bound}; got ${actual}`);
}

function sameAsBefore(seen: Map<Build, string>, build: Build, actual: Float32Array): void {
  const bits = new Uint32Array(actual.buffer).join();
  expect(seen.get(build) ?? bits).toBe(bits);
  seen.set(build, bits);
}

const SHAPES = [
  { M: 5, group: 2, width: 24, block: 8, keep: 2 },
  { M: 33, group: 32, width: 64, block: 16, keep: 3 },
  { M: 4, group: 9, width: 23, block: 5, keep: 3 },
  { M: 6, group: 1, width: 7, block: 1, keep: 4 },
  { M: 3, group: 2, width: 3, block: 8, keep: 1 },
];

type Shape = (typeof SHAPES)[number];
type Of = (m: number, column: number) => number;

const denseOf = ({ M, width }: Shape): Float32Array => randomFloats(M * width, 1);
const isWhole = ({ width, block }: Shape): boolean => width % block === 0;

/** Expects in every build what `expected` makes of two functions: which elements are kept, and their compact form. */
function expectEverywhere(
  shape: Shape,
  length: number,
  kernel: (sandbox: Sandbox, x: number, list: number, out: number, share: [number, number]) => void,
  expected: (keeps: (m: number, column: number) => boolean, compacted: (value: Of) => Float32Array) => Float32Array,
): void {
  const { M, group, width } = shape;
  const dense = denseOf(shape);
  inEvery((build, parts) => {
    const sandbox = new Sandbox(build);
    const lists = listsOf(sandbox, Math.ceil(M / group), shape, 3);
    const columnsOf = (m: number): readonly number[] => lists.columns[Math.floor(m / group)] ?? [];
    // What is beyond the width is padded with zeros.
    const compacted = (value: Of): Float32Array =>
      Float32Array.from(
        Array.from({ length: M }, (_, m) => columnsOf(m).map((each) => (each < width ? value(m, each) : 0))).flat(),
      );
    const x = sandbox.floats(compacted((m, column) => dense[m * width + column] ?? NaN));
    const out = sandbox.empty(length);
    sandbox.inParts(parts, (...share) => kernel(sandbox, x, lists.address, out, share));
    expect(sandbox.read(out, length)).toEqual(expected((m, column) => columnsOf(m).includes(column), compacted));
    sandbox.checkGuards();
  });
}

describe("compactBlocks and expandBlocks", () => {
  test.each(SHAPES)("$M rows in groups of $group, $keep blocks of $block kept of $width columns", (shape) => {
    const { M, group, width, block, keep } = shape;
    const dense = denseOf(shape);
    expectEverywhere(
      shape,
      M * keep * block,
      (sandbox, _, list, out, share) => {
        const x = sandbox.floats(dense);
        sandbox.kernels.compactBlocks(x, list, out, M, width, group, block, keep, ...share);
      },
      (_, compacted) => compacted((m, column) => dense[m * width + column] ?? NaN),
    );
    expectEverywhere(
      shape,
      M * width,
      ({ kernels }, x, list, out, share) => kernels.expandBlocks(x, list, out, M, width, group, block, keep, ...share),
      (keeps) => dense.map((value, i) => (keeps(Math.floor(i / width), i % width) ? value : 0)),
    );
  });
});

describe("addRowToBlocks and sumRowsOfBlocks", () => {
  test.each(SHAPES.filter(isWhole))(
    "$M rows in groups of $group, $keep blocks of $block of $width columns",
    (shape) => {
      const { M, group, width, block, keep } = shape;
      const dense = denseOf(shape);
      const row = randomFloats(width, 2);
      const blocks = width / block;
      expectEverywhere(
        shape,
        M * keep * block,
        (sandbox, x, list, out, share) => {
          const r = sandbox.floats(row);
          sandbox.kernels.addRowToBlocks(x, r, list, out, M, blocks, group, block, keep, ...share);
        },
        (_, compacted) => compacted((m, column) => (dense[m * width + column] ?? NaN) + (row[column] ?? NaN)),
      );
      expectEverywhere(
        shape,
        width,
        ({ kernels }, x, list, out, share) =>
          kernels.sumRowsOfBlocks(x, list, out, 0, M, blocks, group, block, keep, ...share),
        (keeps) => {
          const sums = new Float32Array(width);
          for (let m = 0; m < M; m++) {
            for (let i = 0; i < width; i++) if (keeps(m, i)) sums[i]! += dense[m * width + i] ?? NaN;
          }
          return sums;
        },
      );
    },
  );
});
