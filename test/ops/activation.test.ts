import { expect, test } from "vitest";
import type { Operand } from "../../src/graph/operand.ts";
import { vjp } from "../../src/nn/vjp.ts";
import * as ops from "../../src/ops/index.ts";
import { Tensor, tensor } from "../../src/base/tensor.ts";
import { Lambda, expectClose, expectGradient, randomTensor, thrownBy } from "../support.ts";

const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);

/** An activation, the same in double precision, and where its slope jumps: inputs keep away from there. */
const ROWS: readonly [name: string, op: (x: Operand) => Operand, f: (x: number) => number, kinks: readonly number[]][] =
  [
    ["hardtanh", (x) => ops.hardtanh(x, -2, 1.5), (x) => clamp(x, -2, 1.5), [-2, 1.5]],
    ["relu6", ops.relu6, (x) => clamp(x, 0, 6), [0, 6]],
    ["hardsigmoid", ops.hardsigmoid, (x) => clamp(x + 3, 0, 6) / 6, [-3, 3]],
    ["hardswish", ops.hardswish, (x) => (x * clamp(x + 3, 0, 6)) / 6, [-3, 3]],
    ["hardshrink", (x) => ops.hardshrink(x, 0.7), (x) => (Math.abs(x) > 0.7 ? x : 0), [-0.7, 0.7]],
    ["softshrink", (x) => ops.softshrink(x, 0.7), (x) => x - clamp(x, -0.7, 0.7), [-0.7, 0.7]],
    ["softsign", ops.softsign, (x) => x / (1 + Math.abs(x)), []],
    ["mish", ops.mish, (x) => x * Math.tanh(Math.log1p(Math.exp(x))), []],
    ["tanhshrink", ops.tanhshrink, (x) => x - Math.tanh(x), []],
    ["celu", (x) => ops.celu(x, 1.5), (x) => Math.max(x, 0) + Math.min(0, 1.5 * Math.expm1(x / 1.5)), []],
    ["celu of alpha 1", (x) => ops.celu(x), (x) => Math.max(x, 0) + Math.min(0, Math.expm1(x)), []],
    ["logSigmoid", ops.logSigmoid, (x) => -Math.log1p(Math.exp(-x)), []],
  ];

test.each(ROWS)("%s: values and gradients", (_, op, f, kinks) => {
  const { data } = randomTensor([40], 4, 7);
  const x = new Tensor(
    [40],
    "float32",
    data.map((value) => (kinks.some((kink) => Math.abs(value - kink) < 0.05) ? value + 0.1 : value)),
  );
  const module = new Lambda(op);
  expectClose(module.run(x).data, [...x.data].map(f));
  expectGradient(module, [x]);
});

const awayFrom0 = (shape: readonly number[]): Tensor => {
  const x = randomTensor(shape, 1);
  x.data.forEach((value, i) => (x.data[i] = value + 0.05 * Math.sign(value)));
  return x;
};

test.each([
  ["one slope", [3, 4, 2], [1]],
  ["one slope of a vector", [5], [1]],
  ["one slope of a number", [], [1]],
  ["a slope for each feature", [3, 19], [19]],
  ["a slope for each channel", [2, 3, 5], [3]],
])("prelu, %s: values and gradients", (_, shape, slopes) => {
  const [x, slope] = [awayFrom0(shape), randomTensor(slopes, 2)];
  const module = new Lambda(ops.prelu);
  const length = (x.size / (shape[0] ?? 1) || 1) / slope.size;
  const expected = [...x.data].map((value, i) => {
    const own = slope.data[Math.floor(i / length) % slope.size] ?? NaN;
    return value > 0 ? value : own * value;
  });
  expectClose(module.run(x, slope).data, expected);
  expectGradient(module, [x, slope]);
});

test("prelu at 0 has the slope of the left side, as in PyTorch", () => {
  const module = new Lambda((x) => ops.prelu(x, ops.filled([1], 0.25)));
  expect(vjp(module, [tensor([0, -1, 1])], tensor([1, 1, 1])).inputs[0]?.data).toEqual(Float32Array.of(0.25, 0.25, 1));
});

test.each([
  ["two slopes for three channels", [4, 3], [2]],
  ["slopes for the elements of a vector", [3], [3]],
])("prelu refuses %s", (_, shape, slopes) => {
  const message = `ShapeError: prelu: there must be one slope, or one for each channel of x; got input 1 [${slopes.join()}] for input 0 [${shape.join(", ")}]`;
  expect(thrownBy(() => new Lambda(ops.prelu).run(randomTensor(shape, 1), randomTensor(slopes, 1)))).toBe(message);
});
