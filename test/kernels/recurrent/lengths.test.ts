import { describe, expect, test } from "vitest";
import { expectClose } from "../../support.ts";
import { sameBits } from "../faults.ts";
import { BUILDS, type Kernels, LENGTHS, PARTS, Sandbox, randomFloats } from "../harness.ts";

const [BATCH, STEPS] = [5, 4] as const;
/** All, none and some of the steps. */
const OWN: readonly number[] = [2, 4, 0, 1, 3];
const ofSteps = (f: (n: number, t: number) => number): number[] =>
  Array.from({ length: BATCH * STEPS }, (_, r) => f(Math.floor(r / STEPS), r % STEPS));
const lengthOf = (n: number): number => OWN[n] ?? NaN;

/** What a kernel finds in memory, in order; the last is what it leaves. */
type Given = readonly (readonly number[] | Float32Array | Int32Array)[];
type Share = readonly [part: number, parts: number];
type Run = (kernels: Kernels, at: readonly number[], share: Share) => void;

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);

  /** What is left in the places of `results`, which are the same bits for any number of parts. */
  function after(given: Given, results: readonly number[], run: Run): Float32Array[] {
    const runs = PARTS.map((parts) => {
      sandbox.reset();
      const at = given.map((each) => (each instanceof Int32Array ? sandbox.integers(each) : sandbox.floats(each)));
      sandbox.inParts(parts, (...share) => run(sandbox.kernels, at, share));
      sandbox.checkGuards();
      return results.map((i) => sandbox.read(at[i] ?? 0, given[i]?.length ?? 0));
    });
    for (const each of runs) {
      each.forEach((result, i) => expect(sameBits(result, runs[0]?.[i] ?? new Float32Array())).toBe(true));
    }
    return runs[0] ?? [];
  }

  const lengths = Int32Array.from(OWN);
  const empty = (length: number): Float32Array => new Float32Array(length).fill(NaN);
  const integersOf = (floats: ArrayLike<number> = []): number[] => [
    ...new Int32Array(Float32Array.from(floats).buffer),
  ];

  test("lengthsOf", () => {
    // Padding ids within a sequence are its own.
    const ids = Int32Array.from(ofSteps((n, t) => (t >= lengthOf(n) || (t === 0 && lengthOf(n) > 1) ? 7 : t)));
    const [found] = after([ids, empty(BATCH)], [1], (kernels, [at = 0, out = 0], share) =>
      kernels.lengthsOf(at, 7, out, BATCH, STEPS, ...share),
    );
    expect(integersOf(found)).toEqual(OWN);
  });

  test("paddingMask", () => {
    for (const steps of LENGTHS) {
      const own = Int32Array.from([0, Math.ceil(steps / 2), steps]);
      const [found] = after([own, empty(3 * steps)], [1], (kernels, [at = 0, out = 0], share) =>
        kernels.paddingMask(at, out, 3, steps, ...share),
      );
      expect(integersOf(found)).toEqual(
        [...own].flatMap((length) => Array.from({ length: steps }, (_, t) => +(t >= length))),
      );
    }
  });

  test.each([false, true])("zeroPadding, steps first: %s, into another place and its own", (stepsFirst) => {
    for (const columns of LENGTHS) {
      const isOwn = (i: number): boolean => {
        const r = Math.floor(i / columns);
        return stepsFirst ? Math.floor(r / BATCH) < lengthOf(r % BATCH) : r % STEPS < lengthOf(Math.floor(r / STEPS));
      };
      const x = randomFloats(BATCH * STEPS * columns, columns).map((value, i) => (isOwn(i) ? value : NaN));
      const expected = x.map((value, i) => (isOwn(i) ? value : 0));
      for (const place of [2, 0]) {
        const [found] = after([x, lengths, empty(x.length)], [place], (kernels, at, share) =>
          kernels.zeroPadding(at[0]!, at[1]!, at[place]!, BATCH, STEPS, columns, +stepsFirst, ...share),
        );
        expect(sameBits(found!, expected), `${columns} columns`).toBe(true);
      }
    }
  });

  test.each([0, 2, 3])("carryRows and extractRows at step %d", (step) => {
    for (const columns of LENGTHS) {
      const [x, other] = [1, 2].map((seed) => randomFloats(BATCH * columns, seed)) as [Float32Array, Float32Array];
      const isOwn = (i: number): boolean => step < lengthOf(Math.floor(i / columns));
      const [carried] = after([x, lengths, other], [2], (kernels, [before = 0, own = 0, out = 0], share) =>
        kernels.carryRows(before, own, step, out, BATCH, columns, ...share),
      );
      expect(carried).toEqual(other.map((value, i) => (isOwn(i) ? value : x[i]!)));
      const [left, held] = after([x, lengths, other], [0, 2], (kernels, [from = 0, own = 0, to = 0], share) =>
        kernels.extractRows(from, own, step, to, BATCH, columns, ...share),
      );
      expect(left).toEqual(x.map((value, i) => (isOwn(i) ? value : 0)));
      expect(held).toEqual(carried);
    }
  });

  interface Row {
    readonly name: "lastStep" | "maskedMean" | "maskedMax";
    /** Of one feature at the steps of one sequence, which are at least one. */
    readonly exact: (steps: readonly number[]) => number;
    /** What each of the steps has of the gradient. */
    readonly shares: (steps: readonly number[]) => readonly number[];
  }

  const ROWS: readonly Row[] = [
    {
      name: "lastStep",
      exact: (steps) => steps.at(-1) ?? NaN,
      shares: (steps) => steps.map((_, t) => +(t === steps.length - 1)),
    },
    {
      name: "maskedMean",
      exact: (steps) => steps.reduce((sum, value) => sum + value, 0) / steps.length,
      shares: (steps) => steps.map(() => Math.fround(1 / steps.length)),
    },
    {
      name: "maskedMax",
      exact: (steps) => Math.max(...steps),
      shares: (steps) => {
        const largest = Math.max(...steps);
        const first = steps.findIndex((value) => value === largest || Number.isNaN(value));
        return steps.map((_, t) => +(t === first));
      },
    },
  ];

  test.each(ROWS)("$name and its gradient", ({ name, exact, shares }) => {
    for (const columns of LENGTHS) {
      for (const known of [OWN, OWN.map(() => STEPS)]) {
        const isOwn = (i: number): boolean =>
          Math.floor(i / columns) % STEPS < (known[Math.floor(i / columns / STEPS)] ?? NaN);
        const x = randomFloats(BATCH * STEPS * columns, columns, 2).map((value, i) =>
          // Some equal ones, and nothing of what padding holds is seen.
          isOwn(i) ? Math.round(value * 4) / 4 : NaN,
        );
        if (columns > 2) x[STEPS * columns + 2] = NaN;
        const dOut = randomFloats(BATCH * columns, 3);
        const stepsOf = (n: number, c: number): number[] =>
          Array.from({ length: known[n] ?? 0 }, (_, t) => x[(n * STEPS + t) * columns + c] ?? NaN);
        const of = (f: (n: number, c: number) => number): Float32Array =>
          Float32Array.from({ length: BATCH * columns }, (_, i) => f(Math.floor(i / columns), i % columns));
        const expected = of((n, c) => (known[n] === 0 ? 0 : exact(stepsOf(n, c))));
        // An address of 0 stands for lengths that are all steps.
        const isFull = known !== OWN;
        const [out = new Float32Array()] = after([x, lengths, empty(BATCH * columns)], [2], (kernels, at, share) => {
          const [from, own, to] = [at[0]!, isFull ? 0 : at[1]!, at[2]!];
          if (name === "maskedMean") kernels.maskedMean(from, own, to, 0, BATCH, STEPS, columns, ...share);
          else kernels[name](from, own, to, BATCH, STEPS, columns, ...share);
        });
        // A mean of at most 4 multiples of 1/4 is exact but for its factor.
        expectClose(out, expected, { relative: 1e-6, absolute: 0, what: `${columns} columns` });
        const [dx] = after([dOut, x, out, lengths, empty(x.length)], [4], (kernels, at, share) => {
          const [d = 0, from = 0, result = 0, own = 0, to = 0] = at;
          const sizes = [isFull ? 0 : own, to, BATCH, STEPS, columns, ...share] as const;
          if (name === "maskedMax") kernels.maskedMaxGradient(d, from, result, ...sizes);
          else kernels[`${name}Gradient`](d, ...sizes);
        });
        const gradient = x.map((_, i) => {
          const [n, t, c] = [Math.floor(i / columns / STEPS), Math.floor(i / columns) % STEPS, i % columns];
          return isOwn(i) ? (shares(stepsOf(n, c))[t] ?? NaN) * (dOut[n * columns + c] ?? NaN) : 0;
        });
        expectClose(dx ?? [], gradient, { relative: 0, absolute: 0, what: `gradient, ${columns} columns` });
      }
    }
  });
});
