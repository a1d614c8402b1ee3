import { beforeEach, describe, expect, test } from "vitest";
import { type BatchOptions, batches, type Dataset, fromArrays } from "../../src/data/index.ts";
import { manualSeed } from "../../src/runtime/random.ts";

beforeEach(() => manualSeed(7));

/** Samples 0 to length - 1: x is [i, -i], y is i. */
function numbered(length: number): Dataset {
  const rows = Array.from({ length }, (_, i) => [i, -i]);
  return fromArrays(rows, Int32Array.from(rows.keys()));
}

function order(dataset: Dataset, options: BatchOptions): number[] {
  return Array.from(batches(dataset, options)).flatMap(({ y }) => Array.from(y.data));
}

describe("without shuffle", () => {
  test.each([
    { length: 10, options: { batchSize: 4 }, shapes: ["[4, 2]", "[4, 2]", "[2, 2]"] },
    { length: 10, options: { batchSize: 4, dropLast: true }, shapes: ["[4, 2]", "[4, 2]"] },
    { length: 10, options: { batchSize: 5, dropLast: true }, shapes: ["[5, 2]", "[5, 2]"] },
    { length: 10, options: { batchSize: 10 }, shapes: ["[10, 2]"] },
    { length: 70, options: {}, shapes: ["[32, 2]", "[32, 2]", "[6, 2]"] },
    { length: 4, options: {}, shapes: ["[4, 2]"] },
    { length: 4, options: { batchSize: 100 }, shapes: ["[4, 2]"] },
  ])("$length samples with $options come in order", ({ length, options, shapes }) => {
    const all = batches(numbered(length), options);
    expect(Array.from(all, ({ x }) => `[${x.shape.join(", ")}]`)).toEqual(shapes);
    expect(all.length).toBe(shapes.length);
    const taken = order(numbered(length), options);
    expect(taken).toEqual(Array.from(taken.keys()));
  });

  test("batches are views of the data set", () => {
    const dataset = numbered(6);
    for (const { x, y } of batches(dataset, { batchSize: 4 })) {
      expect(x.data.buffer).toBe(dataset.x.data.buffer);
      expect(y.data.buffer).toBe(dataset.y.data.buffer);
    }
  });
});

describe("with shuffle", () => {
  test("every sample comes once in a loop, with its target, in a new order each time", () => {
    const all = batches(numbered(100), { batchSize: 16, shuffle: true });
    const loops = [1, 2].map(() =>
      Array.from(all).flatMap(({ x, y }) => {
        const rows = Array.from(y.data, (i) => [i, -i]);
        expect(x.toArray()).toEqual(rows);
        return Array.from(y.data);
      }),
    );
    const sorted = loops.map((loop) => loop.toSorted((a, b) => a - b));
    expect(sorted).toEqual([Array.from(Array(100).keys()), Array.from(Array(100).keys())]);
    expect(loops[0]).not.toEqual(loops[1]);
    expect(loops[0]).not.toEqual(sorted[0]);
  });

  test("the same seed gives the same order", () => {
    const first = order(numbered(50), { shuffle: true });
    expect(order(numbered(50), { shuffle: true })).not.toEqual(first);
    manualSeed(7);
    expect(order(numbered(50), { shuffle: true })).toEqual(first);
  });

  test("dropLast leaves out samples that chance picks", () => {
    const taken = order(numbered(10), { batchSize: 4, shuffle: true, dropLast: true });
    expect(new Set(taken).size).toBe(8);
  });
});

test("bad input is refused at the call, word for word", () => {
  const whole = "must be a whole number of at least 1";
  const rows = [
    [numbered(0), {}, new RangeError(`batches: the number of samples ${whole}; got 0`)],
    [numbered(0), { batchSize: 4 }, new RangeError(`batches: the number of samples ${whole}; got 0`)],
    [numbered(4), { batchSize: 0 }, new RangeError(`batches: batchSize ${whole}; got 0`)],
    [numbered(4), { batchSize: 1.5 }, new RangeError(`batches: batchSize ${whole}; got 1.5`)],
    [numbered(4), { batchSize: NaN }, new RangeError(`batches: batchSize ${whole}; got NaN`)],
    [numbered(4), { batchSize: Infinity }, new RangeError(`batches: batchSize ${whole}; got Infinity`)],
    [
      numbered(4),
      { batchSize: 5, dropLast: true },
      new RangeError("batches: batchSize must be at most the number of samples, 4, with dropLast; got 5"),
    ],
    [numbered(4), { shuffle: 1 }, new TypeError("batches: shuffle must be true or false; got 1")],
    [
      numbered(4),
      { batchsize: 2 },
      new TypeError("batches: options must be batchSize, shuffle, dropLast; got batchsize"),
    ],
    [numbered(4), { dropLast: "no" }, new TypeError('batches: dropLast must be true or false; got "no"')],
  ] as const;
  for (const [dataset, options, error] of rows) {
    expect(() => batches(dataset, options as BatchOptions)).toThrow(error);
  }
});
