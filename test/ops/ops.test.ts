import { describe, expect, test } from "vitest";
import { gradients } from "../../src/autodiff/gradients.ts";
import { Input, Operand } from "../../src/graph/operand.ts";
import * as ops from "../../src/ops/index.ts";
import { Program } from "../../src/runtime/program.ts";
import { Tensor, tensor } from "../../src/base/tensor.ts";
import { Lambda, expectClose, expectGradient, randomTensor } from "../support.ts";

interface Row {
  readonly name: string;
  readonly op: (...inputs: Operand[]) => Operand;
  readonly inputs: readonly Tensor[];
  /** The values, computed without the library. */
  readonly out?: readonly number[];
}

/** Numbers from 0.5 to 1.5, for operations that end or bend at 0. */
const positive = (shape: readonly number[], seed: number): Tensor => {
  const { data } = randomTensor(shape, seed, 0.5);
  return new Tensor(
    shape,
    "float32",
    data.map((value) => value + 1),
  );
};
/** Numbers whose distance from 0 is at least 0.1, for operations with a kink there. */
const kinkFree = (shape: readonly number[], seed: number): Tensor => {
  const { data } = randomTensor(shape, seed, 2);
  return new Tensor(
    shape,
    "float32",
    data.map((value) => value + 0.1 * Math.sign(value)),
  );
};
const random = (shape: readonly number[], seed: number, scale = 1): Tensor => randomTensor(shape, seed, scale);
const labels = tensor([2, 0, 1, 2], undefined, "int32");

const weights = (): Operand => ops.concatenate([ops.filled([1], 0.5), ops.filled([2], 2)]);

const ROWS: readonly Row[] = [
  { name: "add", op: ops.add, inputs: [tensor([1, 2, 3]), tensor([10, 20, 30])], out: [11, 22, 33] },
  {
    name: "add a row",
    op: ops.add,
    inputs: [
      tensor([
        [1, 2],
        [3, 4],
      ]),
      tensor([10, 20]),
    ],
    out: [11, 22, 13, 24],
  },
  {
    name: "add one number",
    op: ops.add,
    inputs: [
      tensor([
        [1, 2],
        [3, 4],
      ]),
      tensor(10),
    ],
    out: [11, 12, 13, 14],
  },
  { name: "add x to itself", op: (x) => ops.add(x, x), inputs: [tensor([1, 2])], out: [2, 4] },
  { name: "subtract", op: ops.subtract, inputs: [tensor([1, 2, 3]), tensor([10, 20, 30])], out: [-9, -18, -27] },
  {
    name: "subtract a row",
    op: ops.subtract,
    inputs: [
      tensor([
        [1, 2],
        [3, 4],
      ]),
      tensor([10, 20]),
    ],
    out: [-9, -18, -7, -16],
  },
  { name: "multiply", op: ops.multiply, inputs: [tensor([1, 2, 3]), tensor([4, 5, 6])], out: [4, 10, 18] },
  { name: "multiply by a row", op: ops.multiply, inputs: [random([5, 7], 1), random([7], 2)] },
  { name: "multiply by one number", op: ops.multiply, inputs: [random([5, 7], 1), random([1], 2)] },
  { name: "divide", op: ops.divide, inputs: [tensor([1, 2, 3]), tensor([4, 5, 8])], out: [0.25, 0.4, 0.375] },
  { name: "divide by a row", op: ops.divide, inputs: [random([5, 7], 1), positive([7], 2)] },
  { name: "divide by one number", op: ops.divide, inputs: [random([5, 7], 1), positive([], 2)] },
  { name: "affine", op: (x) => ops.affine(x, 3, -1), inputs: [tensor([1, 2])], out: [2, 5] },
  { name: "negate", op: (x) => ops.negate(x), inputs: [tensor([1, -2])], out: [-1, 2] },
  { name: "abs", op: (x) => ops.abs(x), inputs: [tensor([1, -2, 0.5])], out: [1, 2, 0.5] },
  { name: "square", op: (x) => ops.square(x), inputs: [tensor([1, -2])], out: [1, 4] },
  { name: "sqrt", op: (x) => ops.sqrt(x), inputs: [tensor([1, 2.25])], out: [1, 1.5] },
  { name: "exp", op: (x) => ops.exp(x), inputs: [random([9], 3)] },
  { name: "log", op: (x) => ops.log(x), inputs: [positive([9], 3)] },
  {
    name: "sum",
    op: (x) => ops.sum(x),
    inputs: [
      tensor([
        [1, 2],
        [3, 4],
      ]),
    ],
    out: [10],
  },
  {
    name: "sum over rows",
    op: (x) => ops.sum(x, 0),
    inputs: [
      tensor([
        [1, 2],
        [3, 4],
      ]),
    ],
    out: [4, 6],
  },
  {
    name: "sum over columns",
    op: (x) => ops.sum(x, -1),
    inputs: [
      tensor([
        [1, 2],
        [3, 4],
      ]),
    ],
    out: [3, 7],
  },
  {
    name: "mean",
    op: (x) => ops.mean(x),
    inputs: [
      tensor([
        [1, 2],
        [3, 4],
      ]),
    ],
    out: [2.5],
  },
  {
    name: "mean over rows",
    op: (x) => ops.mean(x, 0),
    inputs: [
      tensor([
        [1, 2],
        [3, 4],
      ]),
    ],
    out: [2, 3],
  },
  { name: "mean over the last of three axes", op: (x) => ops.mean(x, 2), inputs: [random([2, 3, 4], 5)] },
  {
    name: "matmul",
    op: (a, b) => ops.matmul(a, b),
    inputs: [
      tensor([
        [1, 2],
        [3, 4],
      ]),
      tensor([
        [5, 6],
        [7, 8],
      ]),
    ],
    out: [19, 22, 43, 50],
  },
  {
    name: "matmul, a transposed",
    op: (a, b) => ops.matmul(a, b, { a: true }),
    inputs: [random([5, 3], 1), random([5, 4], 2)],
  },
  {
    name: "matmul, b transposed",
    op: (a, b) => ops.matmul(a, b, { b: true }),
    inputs: [random([3, 5], 1), random([4, 5], 2)],
  },
  {
    name: "matmul, both transposed",
    op: (a, b) => ops.matmul(a, b, { a: true, b: true }),
    inputs: [random([5, 3], 1), random([4, 5], 2)],
  },
  {
    name: "matmul, packed",
    op: (a, b) => ops.matmul(a, b),
    inputs: [random([33, 12], 1, 0.3), random([12, 35], 2, 0.3)],
  },
  {
    name: "transpose",
    op: (x) => ops.transpose(x),
    inputs: [
      tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    ],
    out: [1, 4, 2, 5, 3, 6],
  },
  {
    name: "reshape",
    op: (x) => ops.reshape(x, [3, -1]),
    inputs: [
      tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    ],
    out: [1, 2, 3, 4, 5, 6],
  },
  {
    name: "slice of rows",
    op: (x) => ops.slice(x, 0, 1, 2),
    inputs: [
      tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
    ],
    out: [3, 4],
  },
  {
    name: "slice of columns",
    op: (x) => ops.slice(x, 1, 1, 3),
    inputs: [
      tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    ],
    out: [2, 3, 5, 6],
  },
  {
    name: "concatenate rows",
    op: (...xs) => ops.concatenate(xs),
    inputs: [
      tensor([[1, 2]]),
      tensor([
        [3, 4],
        [5, 6],
      ]),
    ],
    out: [1, 2, 3, 4, 5, 6],
  },
  {
    name: "concatenate columns",
    op: (...xs) => ops.concatenate(xs, 1),
    inputs: [
      tensor([[1], [2]]),
      tensor([
        [3, 4],
        [5, 6],
      ]),
    ],
    out: [1, 3, 4, 2, 5, 6],
  },
  {
    name: "concatenate x with itself and a result",
    op: (x) => ops.concatenate([x, x, ops.square(x)]),
    inputs: [tensor([2, 3])],
    out: [2, 3, 2, 3, 4, 9],
  },
  { name: "sigmoid", op: (x) => ops.sigmoid(x), inputs: [random([19], 4, 3)] },
  { name: "tanh", op: (x) => ops.tanh(x), inputs: [random([19], 4, 3)] },
  { name: "relu", op: (x) => ops.relu(x), inputs: [tensor([-2, -0.5, 0.5, 2])], out: [0, 0, 0.5, 2] },
  {
    name: "leakyRelu",
    op: (x) => ops.leakyRelu(x, 0.1),
    inputs: [tensor([-2, -0.5, 0.5, 2])],
    out: [-0.2, -0.05, 0.5, 2],
  },
  { name: "elu", op: (x) => ops.elu(x, 1.5), inputs: [kinkFree([19], 4)] },
  { name: "selu", op: (x) => ops.selu(x), inputs: [kinkFree([19], 4)] },
  { name: "gelu", op: (x) => ops.gelu(x), inputs: [random([19], 4, 3)] },
  { name: "gelu, tanh", op: (x) => ops.gelu(x, "tanh"), inputs: [random([19], 4, 3)] },
  { name: "silu", op: (x) => ops.silu(x), inputs: [random([19], 4, 3)] },
  { name: "softplus", op: (x) => ops.softplus(x, 2), inputs: [random([19], 4, 3)] },
  { name: "softmax", op: (x) => ops.softmax(x), inputs: [random([3, 5], 6)] },
  { name: "logSoftmax", op: (x) => ops.logSoftmax(x), inputs: [random([3, 5], 6)] },
  {
    name: "squaredError",
    op: (x, y) => ops.squaredError(x, y),
    inputs: [random([3, 5], 1), random([3, 5], 2)],
  },
  {
    name: "squaredError, sum",
    op: (x, y) => ops.squaredError(x, y, "sum"),
    inputs: [tensor([1, 2]), tensor([3, 5])],
    out: [13],
  },
  {
    name: "absoluteError",
    op: (x, y) => ops.absoluteError(x, y),
    inputs: [tensor([1, 2]), tensor([3, 5])],
    out: [2.5],
  },
  {
    name: "binaryCrossEntropy",
    op: (x, y) => ops.binaryCrossEntropy(x, y),
    inputs: [tensor([0.2, 0.5, 0.7]), tensor([0.1, 0.9, 0.4])],
  },
  {
    name: "binaryCrossEntropyWithLogits",
    op: (x, y) => ops.binaryCrossEntropyWithLogits(x, y),
    inputs: [random([7], 1, 3), positive([7], 2)],
  },
  {
    name: "crossEntropy",
    op: (x, y) => ops.crossEntropy(x, y),
    inputs: [random([4, 3], 1), labels],
  },
  {
    name: "crossEntropy, sum, smoothed",
    op: (x, y) => ops.crossEntropy(x, y, { reduction: "sum", labelSmoothing: 0.2 }),
    inputs: [random([4, 3], 1), labels],
  },
  {
    name: "crossEntropy, weights, one row ignored",
    op: (x, y) => ops.crossEntropy(x, y, { weight: weights(), ignoreIndex: 1 }),
    inputs: [random([4, 3], 1), labels],
  },
];

describe("operations", () => {
  test.each(ROWS)("$name: values and gradients", ({ op, inputs, out }) => {
    const module = new Lambda(op);
    if (out) expectClose(module.run(...inputs).data, out, { relative: 1e-6, absolute: 1e-6 });
    expectGradient(module, inputs);
  });

  test("a result that is added to its own first row is not overwritten before that row was read", () => {
    const x = tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const firstRow = (h: Operand): Operand => ops.slice(h, 0, 0, 1);
    const cases: readonly ((x: Operand) => Operand)[] = [
      (h) => ops.add(h, firstRow(h)),
      (h) => ops.add(ops.affine(h, 1, 0), firstRow(ops.affine(h, 1, 0))),
      (h) => {
        const moved = ops.affine(h, 1, 0);
        return ops.add(moved, firstRow(moved));
      },
      (h) => {
        const first = ops.affine(firstRow(h), 1, 0);
        return ops.add(ops.concatenate([first, ops.affine(ops.slice(h, 0, 1, 3), 1, 0)]), first);
      },
    ];
    for (const op of cases) expectClose(new Lambda(op).run(x).data, [2, 4, 4, 6, 6, 8], { relative: 0, absolute: 0 });
  });

  test("a function that uses a result twice has the sum of both gradients", () => {
    expectGradient(new Lambda((x) => ops.multiply(ops.sigmoid(x), ops.add(ops.sigmoid(x), x))), [random([5], 8)]);
    expectGradient(
      new Lambda((x) => {
        const s = ops.sigmoid(x);
        return ops.multiply(s, ops.add(s, ops.tanh(s)));
      }),
      [random([5], 8)],
    );
  });

  test.each([0, 1])("slices along axis %i give one gradient together, apart or not", (axis) => {
    const piece = (x: Operand, start: number, end: number): Operand => ops.square(ops.slice(x, axis, start, end));
    const joined: readonly ((x: Operand) => Operand)[] = [
      (x) => ops.add(piece(x, 0, 2), piece(x, 3, 5)),
      (x) => ops.add(piece(x, 3, 5), piece(x, 0, 2)),
      (x) => ops.add(ops.slice(x, axis, 1, 3), ops.slice(x, axis, 3, 5)),
      (x) => ops.add(ops.add(piece(x, 4, 5), piece(x, 0, 1)), ops.add(piece(x, 1, 2), piece(x, 2, 3))),
      (x) => ops.add(piece(x, 0, 3), piece(x, 2, 5)),
      (x) => ops.add(ops.concatenate([piece(x, 0, 2), piece(x, 2, 5)], axis), x),
    ];
    for (const op of joined) expectGradient(new Lambda(op), [random([5, 5], 9)]);
  });

  test("what covers its source in slices is added up by no call", () => {
    const x = new Input([3, 4], "float32");
    const [a, b] = [ops.square(ops.slice(x, 0, 0, 1)), ops.square(ops.slice(x, 0, 1, 3))];
    const out = ops.add(ops.sum(a), ops.sum(b));
    const [dX] = gradients(out, ops.filled([], 1), [x]);
    expect(String(new Program([x], [dX!]))).not.toMatch(/add|fill\(.*, 0, |copyBlock/);
  });

  test("the step function says that it has no gradient", () => {
    const module = new Lambda((x) => ops.step(x));
    expect(() => expectGradient(module, [tensor([1, 2])])).toThrow(
      "gradient: every operation on the way must have one; step [2] has none",
    );
  });

  test("labels outside of the part that is read are nobody's business", () => {
    const loss = new Lambda((x, y) => ops.crossEntropy(x, ops.slice(y, 0, 0, 2)));
    expect(loss.run(random([2, 3], 1), tensor([0, 1, 99, 99], undefined, "int32")).item()).toBeGreaterThan(0);
  });
});
