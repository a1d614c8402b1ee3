import { describe, expect, test } from "vitest";
import type { Operand } from "../../src/graph/operand.ts";
import { vjp } from "../../src/nn/vjp.ts";
import * as ops from "../../src/ops/index.ts";
import { Tensor } from "../../src/base/tensor.ts";
import { Lambda, expectGradient, randomTensor } from "../support.ts";

/** Whole numbers from -low on, over and over: sums of their products are exact. */
function counted(shape: readonly number[], modulus: number, low: number): Tensor {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return new Tensor(
    shape,
    "float32",
    Float32Array.from({ length: size }, (_, i) => (i % modulus) - low),
  );
}

const bias = new Tensor([2], "float32", Float32Array.of(1, -1));

/** By PyTorch 1.13.1. */
const VALUES: readonly {
  readonly name: string;
  readonly op: (...inputs: Operand[]) => Operand;
  readonly inputs: readonly Tensor[];
  readonly shape: readonly number[];
  readonly out: string;
}[] = [
  {
    name: "conv2d, as large as the input, an even kernel",
    op: (x, w, b) => ops.conv2d(x, w, b, { padding: "same" }),
    inputs: [counted([1, 2, 3, 4], 7, 3), counted([2, 2, 2, 2], 5, 2), bias],
    shape: [1, 2, 3, 4],
    out: "10 21 -3 -5 -9 -5 -1 12 18 1 -2 -3 -11 -17 -9 9 21 8 -5 -8 -8 -4 0 0",
  },
  {
    name: "conv2d, as large as the input, spread out along the width",
    op: (x, w) => ops.conv2d(x, w, null, { padding: "same", dilation: [1, 2] }),
    inputs: [counted([1, 2, 3, 4], 7, 3), counted([2, 2, 2, 3], 5, 2)],
    shape: [1, 2, 3, 4],
    out: "-3 8 8 -7 -8 3 4 -4 0 0 1 4 5 8 -9 -2 3 -8 5 5 8 -3 -1 -4",
  },
  {
    name: "convTranspose2d, stride, padding and output padding",
    op: (x, w, b) => ops.convTranspose2d(x, w, b, { stride: 2, padding: [1, 0], outputPadding: [1, 0] }),
    inputs: [counted([1, 2, 2, 3], 7, 3), counted([2, 2, 3, 2], 5, 2), bias],
    shape: [1, 2, 4, 6],
    out:
      "7 -8 -5 5 -3 4 -8 6 -2 4 -3 2 -1 3 1 2 3 1 2 1 3 -1 4 -3 " +
      "-10 -10 3 -2 2 -1 4 3 2 -2 0 0 1 0 0 1 -1 2 -1 -2 -3 -2 -5 -2",
  },
  {
    name: "convTranspose2d, groups, spread out",
    op: (x, w, b) => ops.convTranspose2d(x, w, b, { stride: [1, 2], groups: 2, dilation: [2, 1] }),
    inputs: [counted([1, 2, 2, 3], 7, 3), counted([2, 1, 2, 2], 5, 2), bias],
    shape: [1, 2, 4, 6],
    out:
      "7 4 5 3 3 2 1 1 -1 0 -3 -1 1 -2 1 -1 1 0 1 1 1 2 1 3 " +
      "5 -7 -7 5 -5 3 -3 1 -1 -1 1 -3 -4 -1 2 -1 1 -1 0 -1 -1 -1 -2 -1",
  },
];

/** Shapes of x and weight; the bias has a number for each output. */
const GRADIENTS: readonly {
  readonly name: string;
  readonly op: (x: Operand, weight: Operand, bias: Operand) => Operand;
  readonly x: readonly number[];
  readonly weight: readonly number[];
  readonly outputs: number;
}[] = [
  {
    name: "conv1d",
    op: (x, w, b) => ops.conv1d(x, w, b, { stride: 2, padding: 1 }),
    x: [2, 2, 7],
    weight: [3, 2, 3],
    outputs: 3,
  },
  { name: "conv1d without samples", op: (x, w, b) => ops.conv1d(x, w, b), x: [2, 7], weight: [3, 2, 3], outputs: 3 },
  {
    name: "conv2d",
    op: (x, w, b) => ops.conv2d(x, w, b, { stride: [1, 2], padding: [0, 1] }),
    x: [2, 2, 4, 5],
    weight: [3, 2, 3, 2],
    outputs: 3,
  },
  {
    name: "conv2d, groups, spread out",
    op: (x, w, b) => ops.conv2d(x, w, b, { groups: 2, dilation: [2, 1], padding: "valid" }),
    x: [1, 4, 5, 4],
    weight: [4, 2, 2, 2],
    outputs: 4,
  },
  {
    name: "conv2d, each channel by itself",
    op: (x, w, b) => ops.conv2d(x, w, b, { groups: 3, padding: "same" }),
    x: [2, 3, 4, 5],
    weight: [6, 1, 3, 3],
    outputs: 6,
  },
  {
    name: "conv2d without samples",
    op: (x, w, b) => ops.conv2d(x, w, b),
    x: [2, 4, 5],
    weight: [3, 2, 3, 3],
    outputs: 3,
  },
  {
    name: "convTranspose2d",
    op: (x, w, b) => ops.convTranspose2d(x, w, b, { stride: 2, padding: 1, outputPadding: 1 }),
    x: [2, 2, 3, 4],
    weight: [2, 3, 3, 3],
    outputs: 3,
  },
  {
    name: "convTranspose2d, groups, spread out, without samples",
    op: (x, w, b) => ops.convTranspose2d(x, w, b, { stride: [3, 1], groups: 2, dilation: [1, 2] }),
    x: [4, 3, 3],
    weight: [4, 2, 2, 2],
    outputs: 4,
  },
];

describe("convolutions", () => {
  test.each(VALUES)("$name: PyTorch's values", ({ op, inputs, shape, out }) => {
    const result = new Lambda(op).run(...inputs);
    expect(result.shape).toEqual(shape);
    expect([...result.data].join(" ")).toBe(out);
  });

  test.each(GRADIENTS)("$name: gradients", ({ op, x, weight, outputs }) => {
    const module = new Lambda((...inputs) => op(...(inputs as [Operand, Operand, Operand])));
    expectGradient(module, [randomTensor(x, 1), randomTensor(weight, 2), randomTensor([outputs], 3)]);
  });

  test("no samples: an empty result, and gradients of zero", () => {
    const module = new Lambda((x, w) => ops.conv2d(x, w));
    const inputs = [new Tensor([0, 2, 4, 4], "float32", new Float32Array()), randomTensor([3, 2, 3, 3], 1)];
    const out = module.run(...inputs);
    expect(out.shape).toEqual([0, 3, 2, 2]);
    expect(vjp(module, inputs, out).inputs[1]?.data).toEqual(new Float32Array(54));
  });

  const zeros = (...shape: readonly number[]): Tensor => counted(shape, 1, 0);
  const wrong: readonly (readonly [
    op: (...inputs: Operand[]) => Operand,
    inputs: readonly Tensor[],
    message: string,
  ])[] = [
    [
      (x, w) => ops.conv2d(x, w),
      [zeros(1, 1, 3, 4), zeros(1, 1, 5, 3)],
      "conv2d: the kernel must not be larger than the padded input; got 5 x 3 and 3 x 4 from input 0 [1, 1, 3, 4]",
    ],
    [
      (x, w) => ops.conv1d(x, w, null, { padding: 1, dilation: 3 }),
      [zeros(1, 1, 4), zeros(1, 1, 3)],
      "conv1d: the kernel must not be larger than the padded input; got 7 and 6 from input 0 [1, 1, 4]",
    ],
    [
      (x, w) => ops.conv2d(x, w, null, { groups: 2 }),
      [zeros(1, 3, 5, 5), zeros(4, 2, 3, 3)],
      "conv2d: the input must have 4 channels for input 1 [4, 2, 3, 3]; got 3 from input 0 [1, 3, 5, 5]",
    ],
    [
      (x, w) => ops.conv2d(x, w, null, { groups: 2 }),
      [zeros(1, 4, 5, 5), zeros(3, 2, 3, 3)],
      "conv2d: output channels must be divisible by groups; got 3 and 2",
    ],
    [
      (x, w) => ops.convTranspose2d(x, w, null, { groups: 2 }),
      [zeros(1, 3, 5, 5), zeros(3, 2, 3, 3)],
      "convTranspose2d: input channels must be divisible by groups; got 3 and 2",
    ],
    [
      (x, w) => ops.convTranspose2d(x, w, null, { padding: 2 }),
      [zeros(1, 1, 2, 2), zeros(1, 1, 3, 3)],
      "convTranspose2d: the output must have at least one row and column; got 0 x 0 from input 0 [1, 1, 2, 2]",
    ],
    [
      (x, w) => ops.conv2d(x, w),
      [zeros(5, 5), zeros(1, 1, 3, 3)],
      "conv2d: the input must be [N, C, H, W] or [C, H, W]; got input 0 [5, 5]",
    ],
    [
      (x, w) => ops.conv1d(x, w),
      [zeros(1, 1, 5, 5), zeros(1, 1, 3)],
      "conv1d: the input must be [N, C, L] or [C, L]; got input 0 [1, 1, 5, 5]",
    ],
    [
      (x, w) => ops.conv2d(x, w),
      [zeros(1, 1, 5, 5), zeros(1, 1, 3)],
      "conv2d: the weight must have 4 axes, none of them empty; got input 1 [1, 1, 3]",
    ],
    [
      (x, w, b) => ops.conv2d(x, w, b),
      [zeros(1, 1, 5, 5), zeros(2, 1, 3, 3), zeros(1)],
      "conv2d: the bias must be [2]; got input 2 [1]",
    ],
  ];
  test.each(wrong)("wrong operands are refused: %#", (op, inputs, message) => {
    expect(() => new Lambda(op).run(...inputs)).toThrow(expect.objectContaining({ message }));
  });
});
