import { expect, test } from "vitest";
import type { Operand } from "../../src/graph/operand.ts";
import * as ops from "../../src/ops/index.ts";
import { type Tensor, tensor } from "../../src/tensor.ts";
import { Lambda, expectClose, expectGradient, randomTensor, thrownBy } from "../support.ts";

interface Row {
  readonly name: string;
  readonly op: (...inputs: Operand[]) => Operand;
  readonly inputs: readonly Tensor[];
  /** The values, worked out by hand. */
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
];

test.each(ROWS)("$name: values and gradients", ({ op, inputs, out }) => {
  const module = new Lambda(op);
  if (out) expectClose(module.run(...inputs).data, out, { relative: 1e-6, absolute: 1e-6 });
  expectGradient(module, inputs);
});

const x = randomTensor([2, 3], 1);
const wrong: readonly [op: (...inputs: Operand[]) => Operand, inputs: readonly Tensor[], message: string][] = [
  [(x) => ops.layerNorm(x, [2, 4]), [x], "ShapeError: layerNorm: the last axes of x must be [2, 4]; got input [2, 3]"],
  [(x) => ops.rmsNorm(x, []), [x], "ShapeError: rmsNorm: the last axes of x must be []; got input [2, 3]"],
  [
    (x, weight) => ops.layerNorm(x, [3], { weight }),
    [x, randomTensor([2], 1)],
    "ShapeError: layerNorm: weight must be [3]; got input [2]",
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
