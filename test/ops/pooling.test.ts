import { describe, expect, test } from "vitest";
import type { Operand } from "../../src/graph/operand.ts";
import { nn } from "../../src/index.ts";
import { vjp } from "../../src/nn/vjp.ts";
import * as ops from "../../src/ops/index.ts";
import { Tensor } from "../../src/base/tensor.ts";
import { Lambda, expectClose, expectGradient, randomTensor, thrownBy } from "../support.ts";

/** (i factor) mod modulus - low at index i. */
function counted(shape: readonly number[], modulus: number, low: number, factor = 1): Tensor<"float32"> {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const data = Float32Array.from({ length: size }, (_, i) => ((i * factor) % modulus) - low);
  return new Tensor(shape, "float32", data);
}

const plane = counted([1, 1, 5, 7], 11, 5, 3);
const line = counted([2, 9], 4, 2, 3);

/** By PyTorch 1.13.1, for a gradient of out that counts -1, 0, 1, 2, 3, -1, ... */
const VALUES: readonly {
  readonly name: string;
  readonly op: (x: Operand) => Operand;
  readonly x: Tensor;
  readonly shape: readonly number[];
  readonly out: string;
  readonly dx: string;
}[] = [
  {
    name: "maxPool2d, a last window that is cut",
    op: (x) => ops.maxPool2d(x, [2, 3], { stride: 2, padding: [1, 0], ceilMode: true }),
    x: plane,
    shape: [1, 1, 3, 3],
    out: "1 4 2 5 5 5 5 4 4",
    dx: "0 0 -1 0 0 0 1 2 0 0 0 0 0 0 0 0 0 0 2 0 0 0 0 0 0 3 0 0 0 0 0 0 0 0 0",
  },
  {
    name: "maxPool2d, spread out",
    op: (x) => ops.maxPool2d(x, 2, { stride: 1, dilation: [3, 2], padding: 1 }),
    x: plane,
    shape: [1, 1, 4, 7],
    out: "-4 4 2 5 2 5 -3 -2 3 4 4 4 4 -1 5 5 5 3 3 3 -2 -4 4 2 5 2 5 -3",
    dx: "0 1 0 3 0 2 0 -1 0 0 2 0 -1 0 1 -1 0 5 4 1 0 2 0 0 0 0 0 0 0 3 0 0 4 0 0",
  },
  {
    name: "maxPool1d",
    op: (x) => ops.maxPool1d(x, 3, { stride: 2, padding: 1 }),
    x: line,
    shape: [2, 5],
    out: "1 1 1 1 -1 1 0 1 0 1",
    dx: "0 -1 0 0 0 3 0 3 0 -1 0 0 0 1 2 0 0 3",
  },
  {
    name: "avgPool2d, a last window that is cut",
    op: (x) => ops.avgPool2d(x, [2, 4], { stride: [2, 3], padding: [1, 2], ceilMode: true }),
    x: plane,
    shape: [1, 1, 3, 3],
    out: "-0.875 -0.125 -0.375 0.25 -0.375 -0.5 0.625 0.375 -0.625",
    dx:
      "-0.125 -0.125 0 0 0.125 0.125 0.125 0.25 0.625 0.375 0.375 0.25 -0.125 -0.125 0.25 0.625 0.375 0.375 0.25 " +
      "-0.125 -0.125 0 0.125 0.125 0.125 0.375 0.25 0.25 0 0.125 0.125 0.125 0.375 0.25 0.25",
  },
  {
    name: "avgPool2d, the padding not counted",
    op: (x) => ops.avgPool2d(x, [2, 4], { stride: [2, 3], padding: [1, 2], ceilMode: true, countIncludePad: false }),
    x: plane,
    shape: [1, 1, 3, 3],
    out: "-3.5 -0.25 -1 0.5 -0.375 -0.666667 1.25 0.375 -0.833333",
    dx:
      "-0.5 -0.5 0 0 0.333333 0.333333 0.333333 0.5 0.875 0.375 0.375 0.208333 -0.166667 -0.166667 0.5 0.875 0.375 " +
      "0.375 0.208333 -0.166667 -0.166667 0 0.125 0.125 0.125 0.458333 0.333333 0.333333 0 0.125 0.125 0.125 " +
      "0.458333 0.333333 0.333333",
  },
  {
    name: "avgPool1d",
    op: (x) => ops.avgPool1d(x, 4, { stride: 3, padding: 1 }),
    x: line,
    shape: [2, 3],
    out: "-0.25 -0.5 -0.5 0 -0.5 -0.5",
    dx: "-0.25 -0.25 -0.25 0 0 0.25 0.25 0.25 0.25 0.5 0.5 1.25 0.75 0.75 0.5 -0.25 -0.25 -0.25",
  },
  {
    name: "adaptiveAvgPool2d, windows that overlap",
    op: (x) => ops.adaptiveAvgPool2d(x, [2, 4]),
    x: plane,
    shape: [1, 1, 2, 4],
    out: "-0.833333 0 -0.111111 -0.5 0.833333 -0.777778 0.333333 -2.5",
    dx:
      "-0.166667 -0.166667 0 0.111111 0.111111 0.444444 0.333333 -0.166667 -0.166667 0 0.111111 0.111111 0.444444 " +
      "0.333333 0.333333 0.222222 -0.111111 0 0.111111 0.611111 0.5 0.5 0.388889 -0.111111 -0.111111 0 0.166667 " +
      "0.166667 0.5 0.388889 -0.111111 -0.111111 0 0.166667 0.166667",
  },
  {
    name: "adaptiveAvgPool1d",
    op: (x) => ops.adaptiveAvgPool1d(x, 3),
    x: counted([2, 8], 4, 2, 3),
    shape: [2, 3],
    out: "-0.333333 -0.5 0 -0.333333 -0.5 0",
    dx:
      "-0.333333 -0.333333 -0.333333 0 0 0.333333 0.333333 0.333333 0.666667 0.666667 1.416667 0.75 0.75 0.416667 " +
      "-0.333333 -0.333333",
  },
];

const numbers = (text: string): number[] => text.split(" ").map(Number);

describe("pooling", () => {
  test.each(VALUES)("$name: PyTorch's values", ({ op, x, shape, out, dx }) => {
    const found = vjp(new Lambda(op), [x], counted(shape, 5, 1));
    expect(found.output.shape).toEqual(shape);
    expectClose(found.output.data, numbers(out), { relative: 0, absolute: 1e-6 });
    expectClose(found.inputs[0]?.data ?? [], numbers(dx), { relative: 0, absolute: 1e-6 });
  });

  const gradients: readonly (readonly [name: string, op: (x: Operand) => Operand, shape: readonly number[]])[] = [
    ["maxPool2d", (x) => ops.maxPool2d(x, 2), [2, 2, 5, 9]],
    ["maxPool2d without samples", (x) => ops.maxPool2d(x, 3, { stride: 2, padding: 1 }), [2, 7, 6]],
    ["avgPool2d", (x) => ops.avgPool2d(x, 2), [2, 2, 5, 9]],
    ["avgPool2d, windows that overlap", (x) => ops.avgPool2d(x, 3, { stride: 1, padding: 1 }), [1, 2, 4, 5]],
    ["adaptiveAvgPool2d to one number", (x) => ops.adaptiveAvgPool2d(x, 1), [2, 3, 4, 5]],
    ["adaptiveAvgPool2d without samples", (x) => ops.adaptiveAvgPool2d(x, [2, 3]), [3, 5, 5]],
  ];
  test.each(gradients)("%s: gradients", (_, op, shape) => {
    // Numbers at least 0.1 apart, so that a step of 0.01 changes no maximum.
    const size = shape.reduce((product, extent) => product * extent, 1);
    const data = Float32Array.from({ length: size }, (_unused, i) => ((i * 37) % size) * 0.1 - 2);
    expectGradient(new Lambda((x) => op(x)), [new Tensor(shape, "float32", data)]);
  });

  test("NaN comes through wherever a window has one", () => {
    const x = new Tensor([1, 1, 6], "float32", Float32Array.of(1, 2, 2, NaN, NaN, 3));
    const out = new Lambda((each) => ops.maxPool1d(each, 2, { stride: 1 })).run(x);
    expect([...out.data]).toEqual([2, 2, NaN, NaN, NaN]);
  });

  test("layers say what differs from the usual", () => {
    expect(nn.maxPool2d(2).describe()).toBe("maxPool2d 2 x 2");
    expect(nn.maxPool2d(3, { stride: 2, padding: 1, dilation: 1, ceilMode: true }).describe()).toBe(
      "maxPool2d 3 x 3, stride 2 x 2, padding 1 x 1, dilation 1 x 1, ceilMode",
    );
    expect(nn.avgPool1d(3, { padding: 1, countIncludePad: false }).describe()).toBe(
      "avgPool1d 3, padding 1, padding not counted",
    );
    expect(nn.adaptiveAvgPool2d([1, 2]).describe()).toBe("adaptiveAvgPool2d to 1 x 2");
    expect(nn.adaptiveAvgPool1d(4).run(randomTensor([2, 9], 1)).shape).toEqual([2, 4]);
  });

  const run = (layer: nn.Module, ...shape: readonly number[]): unknown => layer.run(randomTensor(shape, 1));
  const wrong: readonly (readonly [act: () => unknown, message: string])[] = [
    [
      () => run(nn.maxPool2d(5), 1, 1, 4, 6),
      "ShapeError: maxPool2d: windows must fit in the padded input and overlap the input; got 5 x 5 and 4 x 6 from input [1, 1, 4, 6]",
    ],
    [
      () => run(nn.maxPool1d(2, { padding: 1, dilation: 2 }), 1, 1, 1),
      "ShapeError: maxPool1d: windows must fit in the padded input and overlap the input; got 3 and 3 from input [1, 1, 1]",
    ],
    [
      () => run(nn.avgPool2d(2), 4, 4),
      "ShapeError: avgPool2d: the input must be [N, C, H, W] or [C, H, W]; got input [4, 4]",
    ],
    [
      () => run(nn.adaptiveAvgPool2d(2), 1, 1, 0, 4),
      "ShapeError: adaptiveAvgPool2d: the input must not be empty; got input [1, 1, 0, 4]",
    ],
    [
      () => nn.maxPool2d(2, { padding: 2 }),
      "RangeError: maxPool2d: padding must be at most half of kernelSize; got 2 x 2 for 2 x 2",
    ],
    [
      () => nn.avgPool1d(3, { padding: 2 }),
      "RangeError: avgPool1d: padding must be at most half of kernelSize; got 2 for 3",
    ],
    [() => nn.maxPool2d(0), "RangeError: maxPool2d: kernelSize must be a whole number of at least 1; got 0"],
    [
      () => nn.maxPool2d(2, { stride: -1 }),
      "RangeError: maxPool2d: stride must be a whole number of at least 1; got -1",
    ],
    [
      () => nn.adaptiveAvgPool2d(1.5),
      "RangeError: adaptiveAvgPool2d: outputSize must be a whole number of at least 1; got 1.5",
    ],
    [
      () => nn.avgPool2d(2, { dilation: 2 } as object),
      "TypeError: avgPool2d: options must be stride, padding, ceilMode, countIncludePad; got dilation",
    ],
  ];
  test.each(wrong)("wrong arguments are refused: %#", (act, message) => expect(thrownBy(act)).toBe(message));
});
