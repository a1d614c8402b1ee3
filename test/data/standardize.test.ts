import { describe, expect, test } from "vitest";
import {
  fromArrays,
  standardize,
  standardizer,
  type PairStandardizerState,
  type StandardizerState,
} from "../../src/data/index.ts";
import { ShapeError } from "../../src/base/errors.ts";
import { Tensor, tensor } from "../../src/base/tensor.ts";
import { randomTensor, thrownBy } from "../support.ts";

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

  test("refuses samples that are not finite, whose figures could not be loaded", () => {
    const holed = tensor([
      [1, 2],
      [3, NaN],
    ]);
    const message = "standardize: x must be finite; got NaN at sample 1, feature 1";
    expect(() => standardize(fromArrays(holed, [0, 0]))).toThrow(new RangeError(message));
    expect(() => standardize(tensor([[-Infinity]]))).toThrow(
      new RangeError("standardize: x must be finite; got -Infinity at sample 0, feature 0"),
    );
    // What the figures are used on may have such numbers.
    expect(standardize(training)(holed).data[3]).toBeNaN();
  });

  test("takes a tensor of samples as a data set without targets", () => {
    expect(standardize(training.x).toJSON()).toEqual(standardize(training).toJSON());
    expect(() => standardize(tensor([], [0, 2]))).toThrow(
      new RangeError("standardize: the number of samples must be a whole number of at least 1; got 0"),
    );
  });

  describe("its figures", () => {
    const uneven = fromArrays(randomTensor([40, 2, 3], 8, 50), new Int32Array(40));
    const standard = standardize(uneven);

    test("mean and deviation are tensors in the shape of a sample", () => {
      const features = Array.from({ length: 6 }, (_, feature) =>
        Array.from(uneven.x.data).filter((_value, i) => i % 6 === feature),
      );
      const means = features.map((values) => values.reduce((sum, value) => sum + value, 0) / 40);
      expect(standard.mean.shape).toEqual([2, 3]);
      expect([...standard.mean.data]).toEqual(means.map(Math.fround));
      const variance = (values: readonly number[], mean: number): number =>
        values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 40;
      const deviations = features.map((values, i) => Math.sqrt(variance(values, means[i] ?? NaN)));
      expect([...standard.deviation.data]).toEqual(deviations.map(Math.fround));
    });

    test("transform is the function itself, and inverse takes it back to a rounding", () => {
      const { x, y } = standard.transform(uneven);
      expect(x).toEqual(standard(uneven.x));
      expect(y).toBe(uneven.y);
      const back = standard.inverse({ x, y, length: 40 });
      expect(back.y).toBe(uneven.y);
      expect(standard.inverse(x)).toEqual(back.x);
      // x is rounded by 2^-24 of at most 3, times a deviation below 50, and back to float32 once more.
      back.x.data.forEach((value, i) =>
        expect(Math.abs(value - (uneven.x.data[i] ?? NaN))).toBeLessThan(200 * 2 ** -24),
      );
    });

    test("go through JSON and give the same bits", () => {
      const state = JSON.parse(JSON.stringify({ standard })) as { standard: StandardizerState };
      const again = standardizer(state.standard);
      expect(again(uneven).x).toEqual(standard(uneven).x);
      expect(again.inverse(uneven.x)).toEqual(standard.inverse(uneven.x));
      expect([again.mean, again.deviation]).toEqual([standard.mean, standard.deviation]);
      expect(again.toJSON()).toEqual(standard.toJSON());
    });

    test.each([
      [undefined, "TypeError: standardizer: state must be one that toJSON of a standardizer returned; got undefined"],
      [{ shape: [1], mean: [0] }, "TypeError: standardizer: deviation must be an array; got undefined"],
      [
        { shape: [1], mean: [0], deviation: [1], scale: [1] },
        "TypeError: standardizer: options must be shape, mean, deviation; got scale",
      ],
      [
        { shape: [1], mean: [null], deviation: [1] },
        "RangeError: standardizer: mean[0] must be a finite number; got null",
      ],
      [{ shape: [1], mean: [0], deviation: [0] }, "RangeError: standardizer: deviation[0] must be above 0; got 0"],
      [
        { shape: [2], mean: [0], deviation: [1] },
        "ShapeError: standardizer: mean and deviation must hold 2 numbers for samples [2]; got 1 and 1",
      ],
    ])("a state that is none is refused: %o", (state, message) => {
      expect(thrownBy(() => standardizer(state as never))).toBe(message);
    });
  });
});

describe("standardize with targets", () => {
  const training = fromArrays(
    [[0], [2]],
    [
      [10, 100],
      [30, 100],
    ],
    { weights: [1, 3] },
  );
  const scale = standardize(training, { targets: true });

  test("scales both by their own mean and deviation, and a tensor as samples", () => {
    const { x, y, weights, length } = scale(training);
    expect([x.toArray(), y.toArray()]).toEqual([
      [[-1], [1]],
      [
        [-1, 0],
        [1, 0],
      ],
    ]);
    expect([weights, length]).toEqual([training.weights, 2]);
    expect(scale.transform(training)).toEqual(scale(training));
    expect(scale(tensor([[3]])).toArray()).toEqual([[2]]);
    expect([scale.mean.toArray(), scale.deviation.toArray()]).toEqual([[1], [1]]);
  });

  test("gives predictions the units of the targets, and data sets those of both", () => {
    expect(scale.targets.inverse(tensor([[2, 0]])).toArray()).toEqual([[40, 100]]);
    const { x, y } = scale.inverse(scale(training));
    expect([x, y]).toEqual([training.x, training.y]);
    expect(scale.inverse(tensor([[2]])).toArray()).toEqual([[3]]);
  });

  test("is restored from JSON", () => {
    const state = JSON.parse(JSON.stringify(scale)) as PairStandardizerState;
    const restored = standardizer(state);
    expect(restored.targets.inverse(tensor([[2, 0]])).toArray()).toEqual([[40, 100]]);
    expect(restored.toJSON()).toEqual(scale.toJSON());
    expect(() => standardizer({ ...state, targets: { ...state.targets, mean: [NaN] } })).toThrow(
      "standardizer: targets: mean[0] must be",
    );
  });

  test("needs targets of one tensor, finite", () => {
    expect(() => standardize(training.x as never, { targets: true })).toThrow(
      "targets must be those of a data set; got float32",
    );
    const several = fromArrays(training.x, { a: training.y });
    expect(() => standardize(several as never, { targets: true })).toThrow("standardize: y must be one tensor");
    expect(() => scale(several as never)).toThrow("standardize: y must be one tensor");
    expect(() => standardize(fromArrays([1, 2], [1, NaN]), { targets: true })).toThrow(
      "standardize: y must be finite; got NaN",
    );
    expect(() => standardize(training, { targets: 1 as never })).toThrow(
      "standardize: targets must be true or false; got 1",
    );
  });
});
