import { describe, expect, test } from "vitest";
import { type Tensor, data, ops, tensor } from "../../src/index.ts";
import { Lambda, expectGradient, randomTensor, thrownBy } from "../support.ts";

/** Features of different sizes, so that rounding in float32 would show. */
function samples(shape: readonly number[], seed: number): Tensor<"float32"> {
  const x = randomTensor(shape, seed);
  x.data.forEach((value, i) => (x.data[i] = value * 10 ** (i % 7) + 1e3 * (i % 5)));
  return x;
}

describe("standardize", () => {
  test.each([[[50, 6]], [[20, 3, 4]], [[9, 1]], [[30]]])("of %o has the bits of the standardizer", (shape) => {
    const [training, x] = [samples(shape, 1), samples(shape, 2)];
    const scale = data.standardize(training);
    const forward = new Lambda((given) => ops.standardize(given, scale));
    const inverse = new Lambda((given) => ops.standardize(given, scale, { inverse: true }));
    expect(forward.predict(x)).toEqual(scale(x));
    expect(inverse.predict(x)).toEqual(scale.inverse(x));
    const again = data.standardizer(JSON.parse(JSON.stringify(scale)) as ReturnType<typeof scale.toJSON>);
    expect(new Lambda((given) => ops.standardize(given, again)).predict(x)).toEqual(scale(x));
  });

  test("of samples and targets has the bits of both", () => {
    const set = data.fromArrays(samples([20, 3], 3), samples([20, 1], 4));
    const scale = data.standardize(set, { targets: true });
    const x = new Lambda((given) => ops.standardize(given, scale));
    const y = new Lambda((given) => ops.standardize(given, scale.targets, { inverse: true }));
    expect(x.predict(set.x)).toEqual(scale(set.x));
    expect(y.predict(set.y)).toEqual(scale.targets.inverse(set.y));
  });

  test("has the gradients of finite differences", () => {
    const scale = data.standardize(randomTensor([9, 4], 5, 2));
    for (const inverse of [true, false]) {
      expectGradient(new Lambda((x) => ops.standardize(x, scale, { inverse })), [randomTensor([3, 4], 6)]);
    }
  });

  const scale = data.standardize(randomTensor([9, 4], 7));
  const state = scale.toJSON();
  const wrong: readonly [string, () => unknown, string][] = [
    [
      "another shape",
      () => new Lambda((x) => ops.standardize(x, scale)).predict(tensor([[1, 2, 3]])),
      "ShapeError: standardize: rows of x must be [4] as in the training data; got input [1, 3]",
    ],
    [
      "int32",
      () => new Lambda((x) => ops.standardize(x, scale)).predict(tensor(new Int32Array(4), [1, 4])),
      "TypeError: standardize: x must be float32; got int32 input [1, 4]",
    ],
    [
      "no standardizer",
      () => new Lambda((x) => ops.standardize(x, state as never)).predict(tensor([[1, 2, 3, 4]])),
      "TypeError: standardize: standardizer must be one that data.standardize gives; got {",
    ],
    [
      "a state that is none",
      () =>
        new Lambda((x) => ops.standardize(x, { toJSON: () => ({ ...state, mean: [1, 2] }) })).predict(
          tensor([[1, 2, 3, 4]]),
        ),
      "ShapeError: standardize: mean must hold 4 numbers; got 2",
    ],
    [
      "an unknown option",
      () => new Lambda((x) => ops.standardize(x, scale, { back: true } as never)).predict(tensor([[1, 2, 3, 4]])),
      "TypeError: standardize: options must be",
    ],
  ];
  test.each(wrong)("refuses %s", (_, act, message) => {
    expect(thrownBy(act).slice(0, message.length)).toBe(message);
  });
});
