import { expect, test } from "vitest";
import { Operand } from "../../src/graph/operand.ts";
import * as ops from "../../src/ops/index.ts";
import { type Tensor, tensor } from "../../src/base/tensor.ts";
import { Lambda, randomTensor } from "../support.ts";

const random = (shape: readonly number[], seed: number): Tensor => randomTensor(shape, seed);
const labels = tensor([2, 0, 1, 2], undefined, "int32");

const wrong: readonly [
  name: string,
  op: (...inputs: Operand[]) => Operand,
  inputs: readonly Tensor[],
  message: string,
][] = [
  [
    "add",
    ops.add,
    [random([2, 3], 1), random([2], 2)],
    "add: extents must agree from the last axis on, or be 1; got 3 of input 0 [2, 3] and 2 of input 1 [2]",
  ],
  [
    "matmul",
    (a, b) => ops.matmul(a, b),
    [random([32, 28], 1), random([784, 128], 2)],
    "matmul: inner sizes must agree; got 28 from input 0 [32, 28] and 784 from input 1 [784, 128]",
  ],
  [
    "matmul of one axis",
    (a, b) => ops.matmul(a, b),
    [random([2], 1), random([2, 2], 2)],
    "matmul: the operands must have two axes or more; got input 0 [2]",
  ],
  [
    "matmul of unequal batches",
    (a, b) => ops.matmul(a, b),
    [random([2, 3, 4], 1), random([3, 4, 5], 2)],
    "matmul: extents must agree from the last axis on, or be 1; got 2 of input 0 [2, 3, 4] and 3 of input 1 [3, 4, 5]",
  ],
  [
    "permute",
    (x) => ops.permute(x, [1, 0]),
    [random([2, 3, 4], 1)],
    "permute: axes must name every axis once; got [1, 0] for input [2, 3, 4]",
  ],
  [
    "permute with an axis twice",
    (x) => ops.permute(x, [1, 0, -2]),
    [random([2, 3, 4], 1)],
    "permute: axes must be different ones, and one at least; got [1, 0, -2] for input [2, 3, 4]",
  ],
  [
    "broadcast",
    (x) => ops.broadcast(x, [3, 4]),
    [random([2, 4], 1)],
    "broadcast: extents must be 1 or those of [3, 4] from the last on; got input [2, 4]",
  ],
  [
    "softmax",
    (x) => ops.softmax(x, 2),
    [random([2, 4], 1)],
    "softmax: axis must be from -2 to 1; got 2 for input [2, 4]",
  ],
  [
    "reshape",
    (x) => ops.reshape(x, [4, 2]),
    [random([2, 3], 1)],
    "reshape: the new shape must hold 6 elements; got [4, 2] for input [2, 3]",
  ],
  [
    "slice",
    (x) => ops.slice(x, 0, 1, 5),
    [random([2, 3], 1)],
    "slice: start and end must be from 0 to 2 in order; got 1 and 5 for input [2, 3]",
  ],
  [
    "axis",
    (x) => ops.slice(x, 2, 0, 1),
    [random([2, 3], 1)],
    "slice: axis must be from -2 to 1; got 2 for input [2, 3]",
  ],
  [
    "concatenate",
    (...xs) => ops.concatenate(xs, 1),
    [random([2, 3], 1), random([3, 3], 2)],
    "concatenate: operands must agree in dtype, and in shape except along axis 1; got input 0 [2, 3] and input 1 [3, 3]",
  ],
  ["mean", (x) => ops.mean(x, 3), [random([2, 3, 4], 1)], "mean: axis must be from -3 to 2; got 3 for input [2, 3, 4]"],
  [
    "sum over no axes",
    (x) => ops.sum(x, []),
    [random([2, 3], 1)],
    "sum: axes must be different ones, and one at least; got [] for input [2, 3]",
  ],
  [
    "sum with an unknown option",
    (x) => ops.sum(x, 0, { keepdims: true } as object),
    [random([2, 3], 1)],
    "sum: options must be keepDims; got keepdims",
  ],
  ["relu", (x) => ops.relu(x), [labels], "relu: x must be float32; got int32 input [4]"],
  [
    "labels",
    (x, y) => ops.crossEntropy(x, y),
    [random([4, 3], 1), random([4], 2)],
    'negativeLogLikelihood: labels must be int32, as tensor(values, shape, "int32") or an input { shape, dtype: "int32" } gives; got float32 input 1 [4]',
  ],
  [
    "label rows",
    (x, y) => ops.crossEntropy(x, y),
    [random([3, 3], 1), labels],
    "negativeLogLikelihood: labels must be [3], one for each row of logSoftmax [3, 3]; got input 1 [4]",
  ],
  [
    "labels that are computed",
    (x) => ops.crossEntropy(x, new Operand("counted", [4], [], { calls: () => [] }, "int32")),
    [random([4, 3], 1)],
    "negativeLogLikelihood: labels must come from an input; got counted [4]",
  ],
  [
    "a label out of range in a copied column",
    (x, y) => ops.crossEntropy(x, ops.reshape(ops.slice(y, 1, 1, 2), [2])),
    [
      random([2, 3], 1),
      tensor(
        [
          [0, 1],
          [2, 40],
        ],
        undefined,
        "int32",
      ),
    ],
    "negativeLogLikelihood: labels must be from 0 to 2 or -100; got 40 at index 3",
  ],
  [
    "a label out of range",
    (x, y) => ops.crossEntropy(x, y),
    [random([4, 2], 1), labels],
    "negativeLogLikelihood: labels must be from 0 to 1 or -100; got 2 at index 0",
  ],
];
test.each(wrong)("%s: wrong operands are refused", (_, op, inputs, message) => {
  expect(() => new Lambda(op).run(...inputs)).toThrow(expect.objectContaining({ message }));
});
