import { expect, expectTypeOf, test } from "vitest";
import { nn } from "../../src/index.ts";
import { expectClose, randomTensor, thrownBy } from "../support.ts";

const made: readonly [module: nn.Module, state: Readonly<Record<string, readonly number[]>>, described: string][] = [
  [nn.layerNorm(4), { weight: [4], bias: [4] }, "layerNorm 4"],
  [nn.layerNorm([2, 3]), { weight: [2, 3], bias: [2, 3] }, "layerNorm [2, 3]"],
  [nn.layerNorm(4, { bias: false }), { weight: [4] }, "layerNorm 4, no bias"],
  [nn.layerNorm(4, { elementwiseAffine: false }), {}, "layerNorm 4, not affine"],
  [nn.rmsNorm(4), { weight: [4] }, "rmsNorm 4"],
  [nn.groupNorm(2, 4), { weight: [4], bias: [4] }, "groupNorm 4 in 2"],
  [nn.groupNorm(2, 4, { affine: false }), {}, "groupNorm 4 in 2, not affine"],
  [nn.rmsNorm([4], { elementwiseAffine: false }), {}, "rmsNorm 4, not affine"],
];

test.each(made)("the state of %s", (module, state, described) => {
  const shapes = Object.entries(module.stateDict()).map(([name, { shape }]) => [name, shape]);
  expect(shapes).toEqual(Object.entries(state));
  expect(module.describe()).toBe(described);
});

test("layerNorm at first gives mean 0 and variance 1, though the mean is large", () => {
  const x = randomTensor([3, 500], 1, Math.sqrt(3));
  x.data.forEach((value, i) => (x.data[i] = value + 1e4));
  const y = nn.layerNorm(500).run(x);
  for (let r = 0; r < 3; r++) {
    const row = [...y.data.subarray(r * 500, (r + 1) * 500)];
    const mean = row.reduce((sum, value) => sum + value, 0) / 500;
    // The mean of x is a float: rounded to half of 2^-10 near 1e4.
    expect(Math.abs(mean)).toBeLessThan(2 ** -11 * 1.1);
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 500;
    expectClose([variance], [1], { relative: 2e-5 }); // eps is 1e-5
  }
});

test("rmsNorm's eps is that of floats where left out", () => {
  const y = nn.rmsNorm(2).run(randomTensor([1, 2], 1, 0));
  expect([...y.data]).toEqual([0, 0]);
  expect(nn.rmsNorm(2).eps).toBe(2 ** -23);
});

test("the sizes of layers are checked at compile time", () => {
  expectTypeOf(nn.sequential(nn.linear(3, 8), nn.layerNorm(8), nn.rmsNorm(8))).toExtend<nn.Sequential>();
  // @ts-expect-error "expects 9 features, but the layer before gives 8"
  nn.sequential(nn.linear(3, 8), nn.layerNorm(9));
  expectTypeOf(nn.sequential(nn.linear(3, 8), nn.layerNorm([8]))).toExtend<nn.Sequential>();
});

const refused: readonly [() => unknown, string][] = [
  [() => nn.layerNorm(0), "RangeError: layerNorm: normalizedShape must be a whole number of at least 1; got 0"],
  [() => nn.layerNorm([]), "RangeError: layerNorm: normalizedShape must have at least one extent; got []"],
  [
    () => nn.layerNorm([2, NaN]),
    "RangeError: layerNorm: normalizedShape must be a whole number of at least 1; got NaN",
  ],
  [() => nn.layerNorm(2, { eps: NaN }), "RangeError: layerNorm: eps must be a finite number of at least 0; got NaN"],
  [
    () => nn.layerNorm(2, { affine: true } as never),
    "TypeError: layerNorm: options must be eps, elementwiseAffine, bias; got affine",
  ],
  [() => nn.rmsNorm(2, { eps: -1 }), "RangeError: rmsNorm: eps must be a finite number of at least 0; got -1"],
  [
    () => nn.rmsNorm(2, { bias: true } as never),
    "TypeError: rmsNorm: options must be eps, elementwiseAffine; got bias",
  ],
  [
    () => new nn.Sequential(nn.linear(3, 5), nn.layerNorm(4)).run(randomTensor([2, 3], 1)),
    'ShapeError: layerNorm: the last axes of x must be [4]; got add [2, 5] from "0" (linear 3 -> 5) (in "1" (layerNorm 4))',
  ],
];

test.each(refused)("%s", (act, message) => {
  expect(thrownBy(act)).toBe(message);
});
