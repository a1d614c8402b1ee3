import { describe, expect, test } from "vitest";
import { fromArrays, split, subset } from "../../src/data/index.ts";
import { ShapeError } from "../../src/base/errors.ts";
import { tensor } from "../../src/base/tensor.ts";

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

describe("subset of samples by index", () => {
  const asked: unknown[] = [];
  const indexed = {
    length: 5,
    rows: (indices: Int32Array, epoch: number) => {
      asked.push([[...indices], epoch]);
      return fromArrays(Float32Array.from(indices));
    },
  };

  test("asks for them by their index in the whole", async () => {
    const part = subset(indexed, [4, 1, 1]);
    expect([part.length, asked]).toEqual([3, []]);
    const { x } = await part.rows(Int32Array.of(2, 0), 7);
    expect([x.toArray(), asked]).toEqual([[1, 4], [[[1, 4], 7]]]);
    expect(() => part.rows(Int32Array.of(3), 1)).toThrow("rows: an index must be a whole number from 0 to 2; got 3");
    expect(() => subset(indexed, [5])).toThrow("subset: indices must be whole numbers from 0 to 4; got 5");
  });

  test("split gives such parts, and refuses what would read samples", () => {
    const {
      training,
      validation,
      test: none,
      indices,
    } = split(indexed, { validation: 0.4, groups: [0, 1, 1, 0, 0], shuffle: false });
    expect([training.length, validation.length, none.length]).toEqual([3, 2, 0]);
    expect([...indices.validation]).toEqual([1, 2]);
    expect(() => split(indexed, { test: 0.2, stratify: true as never })).toThrow(
      "split: stratify must be a class for each sample",
    );
    expect(() => split(indexed, { test: 0.2, checkRows: true } as never)).toThrow("split: checkRows must be false");
    expect(() => split({ ...indexed, length: 0 }, { test: 0.2 })).toThrow("split: the number of samples must be");
  });
});

describe("fromArrays of several", () => {
  const [a, b] = [tensor([1, 2]), tensor(Int32Array.of(3, 4))];

  test("without y the targets are the samples themselves", () => {
    const one = fromArrays(Float32Array.of(1, 2));
    expect(one.y).toBe(one.x);
    expect(fromArrays({ a, b }).y.b).toBe(b);
    // A variable that has no value is a mistake, not an autoencoder.
    expect(() => fromArrays(a, undefined as never)).toThrow("got undefined, in y of fromArrays");
  });

  test("an array of tensors is several in order, an object several by name, an array of numbers one", () => {
    const { x, y, length } = fromArrays([a, b], { size: [[5], [6]], label: Uint8Array.of(7, 8) });
    expect([x, String(y.size), String(y.label), length]).toEqual([[a, b], "float32 [2, 1]", "int32 [2]", 2]);
    const rows = [1, 2].map((each) => [each, each]);
    expect(String(fromArrays(rows, rows).x)).toBe("float32 [2, 2]");
  });

  test.each([
    [() => fromArrays([a, [1, 2]] as never, b), "fromArrays: all elements of x must be tensors if one is; got [1,2]"],
    [() => fromArrays(a, {}), "tensor: values must be numbers or arrays of them; got {}, in y of fromArrays"],
    [
      () => fromArrays({ a, rows: [1, 2, 3] }, b),
      "fromArrays: the first axes of x and y must agree; got x.a float32 [2], x.rows float32 [3] and y int32 [2]",
    ],
  ])("refuses what does not fit: %#", (act, message) => {
    expect(act).toThrow(expect.objectContaining({ message }));
  });
});
