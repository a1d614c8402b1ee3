import { expect, test } from "vitest";
import type { Operand } from "../../src/graph/operand.ts";
import * as ops from "../../src/ops/index.ts";
import { type Tensor, printShape, tensor } from "../../src/base/tensor.ts";
import { Lambda, expectClose, expectGradient, randomTensor, thrownBy } from "../support.ts";

interface Row {
  readonly name: string;
  readonly op: (...inputs: Operand[]) => Operand;
  readonly inputs: readonly Tensor[];
  /** The values, computed by hand. */
  readonly out?: readonly number[];
}

const root = Math.sqrt(1.5);

const ROWS: readonly Row[] = [
  {
    name: "layerNorm",
    op: (x) => ops.layerNorm(x, [3], {}, 0),
    inputs: [tensor([1, 2, 3, 40, 30, 20], [2, 3])],
    out: [-root, 0, root, root, 0, -root],
  },
  {
    name: "layerNorm with weight and bias over two axes",
    op: (x, weight, bias) => ops.layerNorm(x, [3, 5], { weight, bias }),
    inputs: [randomTensor([2, 3, 5], 1), randomTensor([3, 5], 2), randomTensor([3, 5], 3)],
  },
  {
    name: "layerNorm with a bias alone",
    op: (x, bias) => ops.layerNorm(x, [19], { bias }),
    inputs: [randomTensor([4, 19], 1), randomTensor([19], 3)],
  },
  {
    name: "rmsNorm",
    op: (x) => ops.rmsNorm(x, [2], {}, 0),
    inputs: [tensor([3, 4, -30, 40], [2, 2])],
    out: [3, 4, -3, 4].map((value) => value / Math.sqrt(12.5)),
  },
  {
    name: "rmsNorm with weight",
    op: (x, weight) => ops.rmsNorm(x, [19], { weight }),
    inputs: [randomTensor([2, 2, 19], 1), randomTensor([19], 2)],
  },
  {
    name: "groupNorm",
    op: (x) => ops.groupNorm(x, 2, {}, 0),
    inputs: [tensor([1, 2, 3, 2, 40, 40, 20, 20], [1, 4, 2])],
    out: [-Math.SQRT2, 0, Math.SQRT2, 0, 1, 1, -1, -1],
  },
  {
    name: "groupNorm with weight and bias",
    op: (x, weight, bias) => ops.groupNorm(x, 3, { weight, bias }),
    inputs: [randomTensor([2, 6, 3, 3], 1), randomTensor([6], 2), randomTensor([6], 3)],
  },
  {
    name: "groupNorm of features",
    op: (x, weight) => ops.groupNorm(x, 2, { weight }),
    inputs: [randomTensor([4, 10], 1), randomTensor([10], 2)],
  },
  {
    name: "batchNorm",
    op: (x) => ops.batchNorm(x, ops.channelMoments(x), {}, 0),
    inputs: [tensor([1, 40, 2, 30, 3, 20], [3, 2])],
    out: [-root, root, 0, 0, root, -root],
  },
  ...[
    [7, 5],
    [3, 5, 4],
    [2, 3, 3, 3],
  ].flatMap((shape): Row[] => [
    {
      name: `batchNorm ${printShape(shape)} with weight and bias`,
      op: (x, weight, bias) => ops.batchNorm(x, ops.channelMoments(x), { weight, bias }),
      inputs: [randomTensor(shape, 1), randomTensor([shape[1] ?? 0], 2), randomTensor([shape[1] ?? 0], 3)],
    },
    {
      name: `channelNorm ${printShape(shape)}`,
      op: (x, mean, variance, weight, bias) => ops.channelNorm(x, mean, ops.exp(variance), { weight, bias }),
      inputs: [randomTensor(shape, 1), ...[2, 3, 4, 5].map((seed) => randomTensor([shape[1] ?? 0], seed))],
    },
  ]),
  {
    name: "channelNorm by hand",
    op: (x, mean, variance) => ops.channelNorm(x, mean, variance, {}, 0.25),
    inputs: [tensor([1, 2, 3, 4], [2, 2]), tensor([1, 0]), tensor([0.75, 2])],
    out: [0, 4 / 3, 2, 8 / 3],
  },
];

test.each(ROWS)("$name: values and gradients", ({ op, inputs, out }) => {
  const module = new Lambda(op);
  if (out) expectClose(module.run(...inputs).data, out, { relative: 1e-6, absolute: 1e-6 });
  expectGradient(module, inputs);
});

const x = randomTensor([2, 3], 1);
const wrong: readonly [op: (...inputs: Operand[]) => Operand, inputs: readonly Tensor[], message: string][] = [
  [(x) => ops.layerNorm(x, [2, 4]), [x], "ShapeError: layerNorm: the last axes of x must be [2, 4]; got input [2, 3]"],
  [
    (x, bias) => ops.rmsNorm(x, [3], { bias } as never),
    [x, randomTensor([3], 1)],
    "TypeError: rmsNorm: options must be weight; got bias",
  ],
  [(x) => ops.rmsNorm(x, []), [x], "ShapeError: rmsNorm: the last axes of x must be []; got input [2, 3]"],
  [
    (x, weight) => ops.layerNorm(x, [3], { weight }),
    [x, randomTensor([2], 1)],
    "ShapeError: layerNorm: weight must be [3]; got input 1 [2]",
  ],
  [
    (x) => ops.groupNorm(x, 2),
    [x],
    "ShapeError: groupNorm: the number of channels must be a multiple of 2; got input [2, 3]",
  ],
  [(x) => ops.groupNorm(x, 1), [tensor([1])], "ShapeError: groupNorm: x must be [batch, channels, ...]; got input [1]"],
  [
    (x, bias) => ops.groupNorm(x, 1, { bias }),
    [x, randomTensor([2], 1)],
    "ShapeError: groupNorm: bias must be [3]; got input 1 [2]",
  ],
  [
    (x) => ops.channelMoments(x),
    [randomTensor([0, 3], 1)],
    "ShapeError: channelMoments: each channel must have a value; got input [0, 3]",
  ],
  [
    (x, mean) => ops.channelNorm(x, mean, mean),
    [x, randomTensor([2], 1)],
    "ShapeError: channelNorm: mean and variance must be [3]; got input 1 [2]",
  ],
  [
    (x) => ops.rmsNorm(x, [1]),
    [tensor([1], undefined, "int32")],
    "TypeError: rmsNorm: x must be float32; got int32 input [1]",
  ],
];

test.each(wrong)("%s refuses what does not fit", (op, inputs, message) => {
  expect(thrownBy(() => new Lambda(op).run(...inputs))).toBe(message);
});
