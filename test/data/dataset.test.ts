import { describe, expect, test } from "vitest";
import { fromArrays, standardize, subset } from "../../src/data/index.ts";
import { ShapeError } from "../../src/errors.ts";
import { Tensor, tensor } from "../../src/tensor.ts";

describe("fromArrays", () => {
  test.each([
    {
      what: "nested arrays become float32",
      x: [
        [1, 2],
        [3, 4],
      ],
      y: [0, 1],
      as: "float32 [2, 2], float32 [2]",
    },
    { what: "whole typed arrays become int32", x: [[1], [2]], y: Uint8Array.of(0, 1), as: "float32 [2, 1], int32 [2]" },
    {
      what: "tensors stay as they are",
      x: tensor(new Float32Array(8), [2, 2, 2]),
      y: tensor(
        [
          [0, 1],
          [1, 0],
        ],
        undefined,
        "int32",
      ),
      as: "float32 [2, 2, 2], int32 [2, 2]",
    },
  ])("$what", ({ x, y, as }) => {
    const dataset = fromArrays(x, y);
    expect(`${String(dataset.x)}, ${String(dataset.y)}`).toBe(as);
    expect(dataset.length).toBe(2);
  });

  test("numbers are not copied", () => {
    const labels = Int32Array.of(0, 1);
    expect(fromArrays([[1], [2]], labels).y.data).toBe(labels);
  });

  test.each([
    { x: [[1], [2], [3]], y: [0, 1], got: "x float32 [3, 1] and y float32 [2]" },
    { x: 1, y: [0], got: "x float32 [] and y float32 [1]" },
    { x: [0], y: tensor(1, [], "int32"), got: "x float32 [1] and y int32 []" },
  ])("refuses $got", ({ x, y, got }) => {
    expect(() => fromArrays(x, y)).toThrow(
      new ShapeError(`fromArrays: the first axes of x and y must agree; got ${got}`),
    );
  });
});

describe("subset", () => {
  // widths on both sides of where rows are copied as blocks
  test.each([1, 2, 31, 32, 100])("gathers rows of %i numbers in the order of the indices", (width) => {
    const rows = Array.from({ length: 7 }, (_, row) => Array.from({ length: width }, (__, i) => row * 1000 + i));
    const { x, y, length } = subset(fromArrays(rows, Int32Array.of(0, 1, 2, 3, 4, 5, 6)), [6, 0, 3, 3]);
    expect(x.toArray()).toEqual([6, 0, 3, 3].map((row) => rows[row]));
    expect(y.toArray()).toEqual([6, 0, 3, 3]);
    expect(y.dtype).toBe("int32");
    expect(length).toBe(4);
  });

  test.each([3, -1, 0.5, NaN])("refuses the index %d", (index) => {
    expect(() => subset(fromArrays([1, 2, 3], [1, 2, 3]), [0, index])).toThrow(
      new RangeError(`subset: indices must be whole numbers from 0 to 2; got ${index}`),
    );
  });
});

describe("standardize", () => {
  // the example of scikit-learn's StandardScaler: means 0.5 and 0.5, deviations 0.5 and 0.5, and [2, 2] becomes [3, 3]
  const training = fromArrays(
    [
      [0, 0],
      [0, 0],
      [1, 1],
      [1, 1],
    ],
    Int32Array.of(0, 0, 1, 1),
  );

  test("gives the figures printed in the documentation of scikit-learn", () => {
    const standard = standardize(training);
    expect(standard(training).x.toArray()).toEqual([
      [-1, -1],
      [-1, -1],
      [1, 1],
      [1, 1],
    ]);
    expect(standard(tensor([[2, 2]])).toArray()).toEqual([[3, 3]]);
  });

  test("keeps the targets and leaves what it is given unchanged", () => {
    expect(standardize(training)(training).y).toBe(training.y);
    expect(training.x.toArray()).toEqual([
      [0, 0],
      [0, 0],
      [1, 1],
      [1, 1],
    ]);
  });

  test("gives any features mean 0 and deviation 1, whatever their shape and dtype", () => {
    const bytes = Uint8Array.from({ length: 50 * 2 * 3 }, (_, i) => (i * i * 31) % 251);
    const dataset = fromArrays(tensor(bytes, [50, 2, 3]), new Int32Array(50));
    const { x } = standardize(dataset)(dataset);
    expect(String(x)).toBe("float32 [50, 2, 3]");
    for (let feature = 0; feature < 6; feature++) {
      const values = Array.from({ length: 50 }, (_, row) => x.data[row * 6 + feature] ?? NaN);
      const mean = values.reduce((sum, value) => sum + value) / 50;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 50;
      // each value is rounded to float32 once: at most 2^-24 of values up to 4
      expect(Math.abs(mean)).toBeLessThan(4 * 2 ** -24);
      expect(Math.abs(variance - 1)).toBeLessThan(8 * 2 ** -24);
    }
  });

  test("a feature that never varies becomes 0", () => {
    const dataset = fromArrays(
      [
        [0.1, 1],
        [0.1, 3],
        [0.1, 5],
      ],
      [0, 0, 0],
    );
    const { x } = standardize(dataset)(dataset);
    expect([x.data[0], x.data[2], x.data[4]]).toEqual([0, 0, 0]);
  });

  test("refuses other shapes and no samples", () => {
    expect(() => standardize(training)(tensor([[1, 2, 3]]))).toThrow(
      new ShapeError("standardize: samples must be [2] as in the training data; got float32 [1, 3]"),
    );
    const empty = fromArrays(new Tensor([0, 2], "float32", new Float32Array()), []);
    expect(() => standardize(empty)).toThrow(
      new RangeError("standardize: the number of samples must be a whole number of at least 1; got 0"),
    );
  });
});
