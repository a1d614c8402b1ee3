import { describe, expect, test } from "vitest";
import { expectClose } from "../support.ts";
import { BUILDS, PARTS, Sandbox, randomFloats } from "./harness.ts";

interface Case {
  readonly samples: number;
  readonly heads: number;
  readonly queries: number;
  readonly columns: number;
}

const CASES: readonly Case[] = [
  ...[...Array(19).keys(), 67].map((columns) => ({ samples: 2, heads: 2, queries: 3, columns })),
  { samples: 1, heads: 1, queries: 1, columns: 1030 },
  { samples: 3, heads: 1, queries: 9, columns: 5 },
  { samples: 0, heads: 2, queries: 3, columns: 4 },
];

/** Which masks there are: none of their own, one for all heads, one for each. */
const MASKS = ["none", "shared", "own"] as const;

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);
  const { kernels } = sandbox;

  test.each(MASKS)("maskedSoftmax, mask: %s", (kind) => {
    for (const { samples, heads, queries, columns } of CASES) {
      const rows = samples * heads * queries;
      const maskRows = kind === "own" ? rows : queries;
      const x = randomFloats(rows * columns, 1, 4);
      const mask = randomFloats(maskRows * columns, 2, 4).map((value) => (value > 3 ? -Infinity : value));
      const ignored = Int32Array.from({ length: samples * columns }, (_, i) => (i % 3 === 1 ? 1 : 0));
      const lengths = Int32Array.from({ length: samples }, (_, i) => Math.max(0, columns - 2 * i - 1));
      for (const [causal, ignores, isShort] of [
        [0, true, false],
        [1, false, false],
        [1, true, false],
        [0, false, true],
        [1, true, true],
      ] as const) {
        const expected = Array.from({ length: rows }, (_, r) => {
          const sample = Math.floor(r / (heads * queries));
          const weights = Array.from({ length: columns }, (_, c) => {
            if (causal && c > r % queries) return 0;
            if (isShort && c >= lengths[sample]!) return 0;
            if (ignores && ignored[sample * columns + c]) return 0;
            const added = kind === "none" ? 0 : mask[(r % maskRows) * columns + c]!;
            return Math.exp(x[r * columns + c]! + added);
          });
          const total = weights.reduce((sum, weight) => sum + weight, 0);
          return weights.map((weight) => (total === 0 ? 0 : weight / total));
        }).flat();
        const runs = PARTS.map((parts) => {
          sandbox.reset();
          const at = sandbox.floats(x);
          const maskAt = kind === "none" ? 0 : sandbox.floats(mask);
          const ignoredAt = ignores ? sandbox.integers(ignored) : 0;
          const lengthsAt = isShort ? sandbox.integers(lengths) : 0;
          const out = sandbox.empty(x.length);
          sandbox.inParts(parts, (...share) =>
            kernels.maskedSoftmax(
              at,
              maskAt,
              maskRows,
              ignoredAt,
              lengthsAt,
              samples,
              out,
              causal,
              queries,
              rows,
              columns,
              ...share,
            ),
          );
          sandbox.checkGuards();
          return sandbox.read(out, x.length);
        });
        // e^(x - largest) errs by some units in the last place, and by that of x - largest, which is 16 at most.
        expectClose(runs[0]!, expected, { relative: 4e-6, absolute: 0, what: `${rows} x ${columns}` });
        for (const run of runs) expect(run).toEqual(runs[0]);
      }
    }
  });

  test("maskedSoftmax: NaN is not taken for what is masked, and what is masked is not read into the sum", () => {
    sandbox.reset();
    const x = sandbox.floats([1, NaN, 1, 2, 3, NaN]);
    const ignored = sandbox.floats([0, 0, 0, 0, 0, 1]);
    kernels.maskedSoftmax(x, 0, 1, ignored, 0, 2, x, 0, 1, 2, 3, 0, 1);
    const [a, b, c, d = NaN, e = NaN, f] = sandbox.read(x, 6);
    expect([a, b, c, f]).toEqual([NaN, NaN, NaN, 0]);
    expectClose([d, e], [1 / (1 + Math.E), Math.E / (1 + Math.E)]);
  });
});
