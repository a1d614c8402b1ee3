import { describe, expect, test } from "vitest";
import { Tensor, tensor } from "../../../src/base/tensor.ts";
import type { Cell, Row } from "../../../src/raw/row.ts";
import { type Column, column, schema } from "../../../src/raw/schema/index.ts";
import { expectClose } from "../../support.ts";

function rowsOf(cells: readonly Cell[]): Row[] {
  return cells.map((cell) => ({ cell }));
}

/** The rows of x for cells, after a fit on others. */
function encoded(made: Column, training: readonly Cell[], cells: readonly Cell[] = training): number[][] {
  const { x } = schema({ inputs: { cell: made } })
    .fit(rowsOf(training))
    .dataset(rowsOf(cells));
  if (!(x instanceof Tensor)) throw new Error("x is one tensor");
  const width = x.size / cells.length;
  return cells.map((_, i) => Array.from(x.data.subarray(i * width, (i + 1) * width)));
}

function names(made: Column, training: readonly Cell[]): readonly string[] {
  return schema({ inputs: { cell: made } }).fit(rowsOf(training)).features;
}

describe("number", () => {
  test("numbers, big integers and texts that are decimal numbers are read alike", () => {
    const cells = [1.5, 2n, "2", " -1e3 ", ".5", "+7."];
    expect(encoded(column.number({ scale: "none" }), cells).flat()).toEqual([1.5, 2, 2, -1000, 0.5, 7]);
  });

  test.each<[Cell, string]>([
    ["twelve", 'must be a number; got "twelve"'],
    ["1,5", 'must be a number; got "1,5"'],
    ["0x10", 'must be a number; got "0x10"'],
    ["Infinity", 'must be a number; got "Infinity"'],
    [true, "must be a number; got true"],
    [new Date(0), "must be a number; got a Date"],
    [NaN, "must be a finite number; got NaN"],
    [-Infinity, "must be a finite number; got -Infinity"],
    [1e39, "must be a finite number; got 1e+39"],
    ["1e999", 'must be a finite number; got "1e999"'],
    [null, 'must have a value; got no value (missing: "mean" allows it)'],
    ["", 'must have a value; got an empty text (missing: "mean" allows it)'],
  ])("%j does not fit", (cell, problem) => {
    expect(() => encoded(column.number(), [1, 2], [1, cell])).toThrow(`dataset: column "cell" of row 1 ${problem}`);
    expect(() => encoded(column.number(), [1, 2, cell])).toThrow(`fit: column "cell" of row 2 ${problem}`);
  });

  test("a logarithm needs numbers above -1", () => {
    expect(() => encoded(column.number({ scale: "log" }), [0, -1])).toThrow(
      'fit: column "cell" of row 1 must be above -1 for scale "log"; got -1',
    );
    expect(encoded(column.number({ scale: "log", clip: [0, 10] }), [-5, 99])).toEqual([
      [0],
      [Math.fround(Math.log(11))],
    ]);
  });

  test("a constant column is 0, of 0.1 too, whose sum has rounding errors", () => {
    for (const scale of ["standardize", "min-max", "robust"] as const) {
      expect(encoded(column.number({ scale }), [0.1, 0.1, 0.1]).flat()).toEqual([0, 0, 0]);
    }
  });

  test("the indicator has a name", () => {
    expect(names(column.number({ missing: "mean", indicator: true }), [1, null])).toEqual(["cell", "cell missing"]);
  });

  test("a column of missing values only is refused", () => {
    expect(() => encoded(column.number({ missing: 0 }), [null, ""])).toThrow(
      'fit: column "cell" must have at least one value; got only missing ones',
    );
  });
});

describe("category", () => {
  const cells = ["b", "a", "b", 7, true];

  test("one-hot: categories in order, then the slots for unknown and missing", () => {
    const made = column.category({ unknown: "slot", missing: "slot" });
    expect(names(made, cells)).toEqual(["cell=7", "cell=a", "cell=b", "cell=true", "cell unknown", "cell missing"]);
    expect(encoded(made, cells, ["a", "new", null, "7"])).toEqual([
      [0, 1, 0, 0, 0, 0],
      [0, 0, 0, 0, 1, 0],
      [0, 0, 0, 0, 0, 1],
      [1, 0, 0, 0, 0, 0],
    ]);
  });

  test("index: an int32 id for each row", () => {
    const inputs = { cell: column.category({ encode: "index", unknown: "slot", missing: "slot" }) };
    const fitted = schema({ inputs }).fit(rowsOf(cells));
    const { x } = fitted.dataset(rowsOf(["a", "new", null, "b"]));
    expect([x.dtype, x.shape, Array.from(x.data)]).toEqual(["int32", [4], [1, 4, 5, 2]]);
    expect(fitted.inputs).toEqual({ cell: { shape: [], dtype: "int32", size: 6 } });
  });

  test("numbers are in order of size", () => {
    expect(names(column.category(), [10, 9, 100])).toEqual(["cell=9", "cell=10", "cell=100"]);
  });

  test("hash: one feature for each slot, the same for the same text", () => {
    const made = column.category({ encode: "hash", slots: 8, missing: "slot" });
    const [a, again, missing] = encoded(made, ["x"], ["never seen", "never seen", null]);
    expect(a).toEqual(again);
    expect([a?.length, a?.reduce((sum, each) => sum + each, 0)]).toEqual([9, 1]);
    expect(missing).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1]);
  });

  test("unknown and missing ones are refused by default, and NaN always", () => {
    const made = column.category();
    expect(() => encoded(made, cells, ["a", "new"])).toThrow(
      'dataset: column "cell" of row 1 must be a category of the training rows (unknown: "slot" allows others); got "new"',
    );
    expect(() => encoded(made, cells, [null])).toThrow(
      'dataset: column "cell" of row 0 must have a value; got no value (missing: "slot" allows it)',
    );
    expect(() => encoded(column.category({ unknown: "slot" }), cells, [NaN])).toThrow(
      'dataset: column "cell" of row 0 must be a text, a number or true or false; got NaN',
    );
  });

  test("minCount: rare categories are unknown, and at least one must be frequent", () => {
    const made = column.category({ unknown: "slot", minCount: 2 });
    expect(names(made, cells)).toEqual(["cell=b", "cell unknown"]);
    expect(() => encoded(made, ["a", "b"])).toThrow(
      'fit: column "cell" must have a category of at least 2 rows, minCount; got none',
    );
    expect(() => column.category({ minCount: 2 })).toThrow(
      'column.category: unknown must be "slot" or "zeros" with minCount, as rare categories are unknown; got "refuse"',
    );
  });
});

describe("boolean", () => {
  test("booleans, 1 and 0, and words", () => {
    const cells = [true, false, 1, 0, 1n, "yes", " No ", "TRUE", "f", "0"];
    expect(encoded(column.boolean(), cells).flat()).toEqual([1, 0, 1, 0, 1, 1, 0, 1, 0, 0]);
  });

  test("a slot for missing ones", () => {
    expect(encoded(column.boolean({ missing: "slot" }), [true, null, false])).toEqual([
      [1, 0],
      [0, 1],
      [0, 0],
    ]);
  });

  test.each<[Cell]>([["maybe"], [2], [0.5], [null], [NaN]])("%j does not fit", (cell) => {
    expect(() => encoded(column.boolean(), [true], [cell])).toThrow('dataset: column "cell" of row 0 must ');
  });
});

describe("date", () => {
  test("parts with a period are shares of it, in UTC; year and time are standardized", () => {
    const parts = ["month", "day", "weekday", "dayOfYear", "hour", "minute", "year", "time"] as const;
    const made = column.date({ parts });
    const cells = ["2023-01-02", new Date("2025-12-31T18:45:00Z"), "2025-12-31T19:45+01:00", "2025-12-31 18:45"];
    const [first, second, third, fourth] = encoded(made, cells);
    // 2023-01-02 is a Monday, 2025-12-31 a Wednesday.
    expectClose(first?.slice(0, 6) ?? [], [0, 1 / 31, 0, 1 / 366, 0, 0]);
    expectClose(second?.slice(0, 6) ?? [], [11 / 12, 30 / 31, 2 / 7, 364 / 366, 0.75, 0.75]);
    expect([third, fourth]).toEqual([second, second]);
    // Years 2023, 2025, 2025, 2025: mean 2024.5, deviation √0.75.
    expectClose([first?.[6] ?? NaN, second?.[6] ?? NaN], [-1.5 / Math.sqrt(0.75), 0.5 / Math.sqrt(0.75)]);
    expectClose([first?.[7] ?? NaN, second?.[7] ?? NaN], [-1.5 / Math.sqrt(0.75), 0.5 / Math.sqrt(0.75)]);
    expect(names(made, cells)).toEqual(parts.map((part) => `cell ${part}`));
  });

  test("cyclic parts are on a circle: December is as near to January as May to June", () => {
    const made = column.date({ parts: ["month"], cyclic: true, missing: "slot" });
    const [december = [], january = [], missing] = encoded(made, ["2024-12-05", "2024-01-05", null]);
    expectClose(december, [Math.sin((11 / 6) * Math.PI), Math.cos((11 / 6) * Math.PI), 0]);
    expectClose(january, [0, 1, 0]);
    expect(missing).toEqual([0, 0, 1]);
    expect(names(made, ["2024-12-05"])).toEqual(["cell month sine", "cell month cosine", "cell missing"]);
  });

  test.each<[Cell]>([
    ["2023-02-29"],
    ["2024-13-01"],
    ["2024-01-01T24:00"],
    ["2024-01-01T10:00+25:00"],
    ["01/02/2024"],
    ["yesterday"],
    [1_700_000_000],
    [new Date(NaN)],
    [null],
  ])("%j does not fit", (cell) => {
    expect(() => encoded(column.date(), ["2024-02-29"], [cell])).toThrow('dataset: column "cell" of row 0 must ');
  });
});

describe("text", () => {
  test("tokens: the most frequent words first, 1 for unknown ones, 0 after the end, and no more than length", () => {
    const inputs = { cell: column.text({ encode: "tokens", length: 4, words: 3 }) };
    const fitted = schema({ inputs }).fit(rowsOf(["to be or not to be", "be not"]));
    const { x } = fitted.dataset(rowsOf(["To be, or NOT", "be", "", "be be be be be to"]));
    expect([x.dtype, x.shape]).toEqual(["int32", [4, 4]]);
    expect(x.toArray()).toEqual([
      [4, 2, 1, 3],
      [2, 0, 0, 0],
      [0, 0, 0, 0],
      [2, 2, 2, 2],
    ]);
    expect(fitted.inputs).toEqual({ cell: { shape: [4], dtype: "int32", size: 5 } });
  });

  test("a missing text is refused, or empty if the options say so; an empty text is no missing one", () => {
    expect(() => encoded(column.text(), ["some words"], [null])).toThrow(
      'dataset: column "cell" of row 0 must have a value; got no value (missing: "empty" allows it)',
    );
    expect(encoded(column.text({ missing: "empty" }), ["some words"], [null, ""]).flat()).toEqual([0, 0, 0, 0]);
  });

  test("texts without words teach nothing", () => {
    for (const encode of ["counts", "tf-idf"] as const) {
      expect(() => encoded(column.text({ encode }), ["", "?"])).toThrow(
        'fit: column "cell" must have a word that is in at least 1 texts; got none',
      );
    }
  });
});

describe("image", () => {
  const image = (shape: readonly number[], value = 0.25): Tensor<"float32"> =>
    new Tensor(shape, "float32", new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value));

  test("an image alone is x, [rows, channels, height, width]", () => {
    const fitted = schema({ inputs: { cell: column.image({ scale: "symmetric" }) } }).fit(rowsOf([image([3, 2, 4])]));
    const { x } = fitted.dataset(rowsOf([image([3, 2, 4]), image([3, 2, 4], 1)]));
    expect(x.shape).toEqual([2, 3, 2, 4]);
    expect([x.data[0], x.data[24]]).toEqual([-0.5, 1]);
    expect(fitted.inputs).toEqual({ cell: { shape: [3, 2, 4], dtype: "float32" } });
  });

  test("each channel is standardized over the training images", () => {
    const [a, b] = [tensor([[[1]], [[10]]]), tensor([[[3]], [[10]]])];
    expect(encoded(column.image({ scale: "standardize" }), [a, b])).toEqual([
      [-1, 0],
      [1, 0],
    ]);
  });

  test("other channels or sizes, other tensors and numbers that are not finite do not fit", () => {
    const made = column.image();
    const training = [image([1, 2, 2])];
    expect(() => encoded(made, training, [image([3, 2, 2])])).toThrow(
      'dataset: column "cell" of row 0 must be [1, 2, 2], as the training images; got float32 [3, 2, 2]',
    );
    const sizes = [column.image({ size: 3 }), column.image({ size: [3, 3] })].map(
      (each) => schema({ inputs: { cell: each } }).fit(rowsOf(training)).inputs,
    );
    expect(sizes[0]).toEqual({ cell: { shape: [1, 3, 3], dtype: "float32" } });
    expect(sizes[1]).toEqual(sizes[0]);
    expect(() => encoded(column.image({ size: [2, 2] }), training, [image([3, 5, 5])])).toThrow(
      "must be of 1 channels",
    );
    expect(() => encoded(made, training, [image([2, 2])])).toThrow(
      "must be a float32 tensor [channels, height, width]; got float32 [2, 2]",
    );
    expect(() => encoded(made, training, ["photo.png"])).toThrow("must be a float32 tensor");
    expect(() => encoded(made, training, [image([1, 2, 2], NaN)])).toThrow(
      "must have finite numbers; got NaN at index 0",
    );
    expect(() => encoded(made, [image([1, 2, 2]), image([1, 3, 2])])).toThrow(
      'fit: column "cell" must be float32 [1, 2, 2] as the first image, or have a size; got float32 [1, 3, 2]',
    );
  });
});

describe("options that are wrong", () => {
  test.each<[string, () => unknown, string]>([
    ["missing", () => column.number({ missing: "max" as never }), '"refuse", "mean" or "median"; got "max"'],
    [
      "missing of NaN",
      () => column.number({ missing: NaN }),
      "column.number: missing must be a finite number; got NaN",
    ],
    ["indicator", () => column.number({ indicator: true }), "missing must be mean, median or a number with indicator"],
    ["clip", () => column.number({ clip: [2, 1] }), "column.number: clip must be a least and a most number; got [2,1]"],
    ["log", () => column.number({ scale: "log", missing: -1 }), 'missing must be above -1 for scale "log"; got -1'],
    [
      "unknown",
      () => column.category({ encode: "index", unknown: "zeros" as never }),
      '"refuse" or "slot"; got "zeros"',
    ],
    [
      "slots",
      () => column.category({ encode: "hash", slots: 2 ** 21 }),
      "slots must be a whole number from 1 to 1048576",
    ],
    [
      "parts",
      () => column.date({ parts: ["year", "year"] }),
      "parts must be different ones, at least one; got year, year",
    ],
    ["parts of none", () => column.date({ parts: [] }), "parts must be different ones, at least one; got none"],
    [
      "ngrams",
      () => column.text({ ngrams: [2, 1] }),
      "ngrams must be two whole numbers from 1 to 10, ascending; got [2,1]",
    ],
    ["length", () => column.text({ encode: "counts", length: 3 } as never), "column.text: options must be"],
    ["one size", () => column.image({ size: 4097 }), "at most 2^24 pixels; got 4097"],
    ["size", () => column.image({ size: [0, 1] }), "column.image: size must be a number, or height and width"],
  ])("%s", (_, make, message) => {
    expect(make).toThrow(message);
  });
});
