import { describe, expect, test } from "vitest";
import type { Operand } from "../../src/graph/operand.ts";
import { nn } from "../../src/index.ts";
import * as ops from "../../src/ops/index.ts";
import { call } from "../../src/graph/call.ts";
import type { KernelName } from "../../src/graph/kernels.ts";
import { Tensor } from "../../src/base/tensor.ts";
import { Lambda, expectGradient, randomTensor, thrownBy } from "../support.ts";

// Sizes that are large or out of range: bounded work, or an error before anything as large is made.

const ones = (shape: readonly number[]): Tensor<"float32"> =>
  new Tensor(shape, "float32", new Float32Array(shape.reduce((product, extent) => product * extent, 1)).fill(1));

describe("convolutions", () => {
  test.each([2, 5, 256, 10_000, 2 ** 31 - 1])("the gradient by the image at a stride of %i", (stride) => {
    const module = new Lambda((x, w, b) => ops.conv2d(x, w, b, { stride, padding: 1 }));
    expectGradient(module, [randomTensor([1, 2, 6, 7], 1), randomTensor([2, 2, 2, 3], 2), randomTensor([2], 3)]);
  });

  test("convTranspose2d whose patches stand apart: the bias between them, and all gradients", () => {
    const module = new Lambda((x, w, b) => ops.convTranspose2d(x, w, b, { stride: [300, 4] }));
    const inputs = [randomTensor([1, 2, 2, 2], 1), randomTensor([2, 3, 1, 2], 2), randomTensor([3], 3)];
    const out = module.run(...inputs);
    expect(out.shape).toEqual([1, 3, 301, 6]);
    // Rows 1 to 299, and columns 2 and 3 of row 0, are of no patch.
    const bias = inputs[2]?.data ?? [];
    for (const channel of [0, 1, 2]) {
      const plane = out.data.subarray(channel * 301 * 6, (channel + 1) * 301 * 6);
      expect(new Set([...plane.subarray(6, 300 * 6), ...plane.subarray(2, 4)])).toEqual(new Set([bias[channel]]));
    }
    const narrow = new Lambda((x, w, b) => ops.convTranspose2d(x, w, b, { stride: [3, 4] }));
    expectGradient(narrow, inputs);
  });

  test("a kernel as long as a sequence of 200,000", () => {
    const length = 200_000;
    const module = new Lambda((x, w) => ops.conv1d(x, w));
    const inputs = [ones([1, 1, length]), ones([1, 1, length])];
    expect(module.run(...inputs).item()).toBe(length);
  });

  test("patches of 1.6 million elements", () => {
    const module = new Lambda((x, w) => ops.conv2d(x, w));
    const inputs = [ones([1, 100_000, 4, 4]), ones([3, 100_000, 4, 4])];
    expect([...module.run(...inputs).data]).toEqual([1_600_000, 1_600_000, 1_600_000]);
  });
});

const MOST = 2 ** 31 - 1; // what an option may be
const TOO_LARGE = "the result must have at most 2^30 elements, the 4 GB that kernels reach; got";

/** An operation on an image [1, 1, 4, 4] and a kernel of one number, and what it throws. */
const refused: readonly (readonly [op: (x: Operand, w: Operand) => Operand, message: string])[] = [
  [
    (x) => ops.adaptiveAvgPool2d(x, 2 ** 31),
    "RangeError: adaptiveAvgPool2d: outputSize must be a whole number from 1 to 2147483647; got 2147483648",
  ],
  [(x) => ops.adaptiveAvgPool2d(x, MOST), `RangeError: adaptiveAvgPool2d: ${TOO_LARGE} [1, 1, 2147483647, 2147483647]`],
  [(x) => ops.adaptiveAvgPool2d(x, [1, MOST]), `RangeError: adaptiveAvgPool2d: ${TOO_LARGE} [1, 1, 1, 2147483647]`],
  [
    (x, w) => ops.conv2d(x, w, null, { padding: MOST }),
    `RangeError: conv2d: ${TOO_LARGE} [1, 1, 4294967298, 4294967298]`,
  ],
  [
    (x, w) => ops.convTranspose2d(x, w, null, { stride: MOST }),
    `RangeError: convTranspose2d: ${TOO_LARGE} [1, 1, 6442450942, 6442450942]`,
  ],
  [
    (x, w) => ops.conv2d(x, w, null, { padding: MOST, stride: MOST }),
    "RangeError: convolution: extents, strides and padding must span less than 2^31 positions; got",
  ],
  [
    (x) => ops.conv2d(x, x, null, { dilation: 20_000, padding: 40_000 }),
    "RangeError: memory: kernels reach 4 GB in all; got a request for",
  ],
];

test.each(refused)("sizes out of reach are refused: %s", (op, message) => {
  const got = thrownBy(() => new Lambda((x, w) => op(x, w)).run(ones([1, 1, 4, 4]), ones([1, 1, 1, 1])));
  expect(got.slice(0, message.length)).toBe(message);
});

test("a pool of windows of one place has no dilation", () => {
  const x = randomTensor([1, 1, 3, 3], 1);
  for (const dilation of [1, MOST]) {
    expect(new Lambda((each) => ops.maxPool2d(each, 1, { dilation })).run(x).data).toEqual(x.data);
  }
});

describe("numbers that a kernel would cut", () => {
  test.each([
    [() => call("multiMargin", 0, 0, 0, 0, 1, 0, 1, 2 ** 32, 2), 8, "a whole number of 32 bits; got 4294967296"],
    [() => call("add", 0, 0, 0, 1.5), 4, "a whole number of 32 bits; got 1.5"],
    [() => call("add", 0, 0, 0, 2 ** 31), 4, "a whole number of 32 bits; got 2147483648"],
    [() => call("add", 0, 0, 0, NaN), 4, "a whole number of 32 bits; got NaN"],
    [() => call("fill", 0, 1e39, 1), 2, "within the range of float32; got 1e+39"],
  ])("%# are refused", (act, argument, message) => {
    expect(thrownBy(act)).toMatch(
      new RegExp(`^RangeError: \\w+: argument ${argument} must be ${message.replace("+", ".")}`),
    );
  });

  test.each<readonly [KernelName, () => unknown]>([
    ["fill", () => call("fill", 0, -Infinity, -(2 ** 31))],
    ["fill", () => call("fill", 0, NaN, 2 ** 31 - 1)],
    ["fill", () => call("fill", 0, 1e-60, -0)],
    ["blockMask", () => call("blockMask", 0, 0, 1e300, 0, 1, 1, 1, 1)],
  ])("%s takes what its parameters hold", (_, act) => {
    expect(act).not.toThrow();
  });

  test("those of layers", () => {
    expect(thrownBy(() => nn.crossEntropyLoss({ ignoreIndex: 2 ** 32 + 1 }))).toMatch(
      /^RangeError: crossEntropyLoss: ignoreIndex must be .*; got 4294967297$/,
    );
    expect(thrownBy(() => nn.dropout(0.5, { block: 8, group: 2 ** 32 }))).toMatch(
      /^RangeError: dropout: group must be .*; got 4294967296$/,
    );
  });
});
