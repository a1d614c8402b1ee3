import { describe, expect, test } from "vitest";
import { Input, Operand } from "../../src/graph/operand.ts";
import * as data from "../../src/data/index.ts";
import * as ops from "../../src/ops/index.ts";
import { ShapeError } from "../../src/base/errors.ts";
import { tensor } from "../../src/base/tensor.ts";

const float = (...shape: readonly number[]): Operand => new Input(shape, "float32");
const whole = (...shape: readonly number[]): Operand => new Input(shape, "int32");

/** A call of each operation that is right; what is not here is only called with nothing but wrong arguments. */
const RIGHT: Readonly<Record<string, readonly unknown[]>> = {
  add: [float(2, 3), float(3)],
  subtract: [float(2, 3), float(3)],
  multiply: [float(2, 3), float(3)],
  divide: [float(2, 3), float(3)],
  maximum: [float(2, 3), float(3)],
  minimum: [float(2, 3), float(3)],
  pow: [float(2, 3), float(3)],
  equal: [float(2, 3), float(3)],
  notEqual: [float(2, 3), float(3)],
  less: [float(2, 3), float(3)],
  lessEqual: [float(2, 3), float(3)],
  greater: [float(2, 3), float(3)],
  greaterEqual: [float(2, 3), float(3)],
  logicalAnd: [float(2, 3), float(3)],
  logicalOr: [float(2, 3), float(3)],
  where: [float(2, 3), float(3), float(2, 1)],
  matmul: [float(2, 3), float(3, 4)],
  affine: [float(2, 3), 2, 1],
  clamp: [float(2, 3), -1, 1],
  hardtanh: [float(2, 3), -1, 1],
  hardshrink: [float(2, 3), 0.5],
  softshrink: [float(2, 3), 0.5],
  leakyRelu: [float(2, 3), 0.1],
  elu: [float(2, 3), 1],
  celu: [float(2, 3), 1],
  softplus: [float(2, 3), 1, 20],
  cast: [float(2, 3), "int32"],
  max: [float(2, 3), 1],
  min: [float(2, 3), 1],
  sum: [float(2, 3), 1],
  mean: [float(2, 3), 1],
  argMax: [float(2, 3), 1],
  argMin: [float(2, 3), 1],
  softmax: [float(2, 3), 1],
  standardize: [float(2, 3), data.standardize(tensor([[1, 2, 3]]))],
  logSoftmax: [float(2, 3), 1],
  gather: [float(2, 3), whole(2, 1), 1],
  indexSelect: [float(2, 3), whole(4), 1],
  oneHot: [whole(4), 3],
  embedding: [whole(4), float(2, 3), 1],
  reshape: [float(2, 3), [6]],
  broadcast: [float(3), [2, 3]],
  slice: [float(2, 3), 1, 0, 2],
  concatenate: [[float(2, 3), float(2, 3)], 1],
  stack: [[float(2, 3), float(2, 3)], 1],
  split: [float(2, 3), [1, 2], 1],
  unbind: [float(2, 3), 1],
  permute: [float(2, 3), [1, 0]],
  transpose: [float(2, 3), 0, 1],
  filled: [[2, 3], 1],
  constant: [tensor([1, 2])],
  prelu: [float(2, 3), float(1)],
  layerNorm: [float(2, 3), [3]],
  rmsNorm: [float(2, 3), [3]],
  groupNorm: [float(2, 4, 3), 2],
  squaredError: [float(2, 3), float(2, 3)],
  absoluteError: [float(2, 3), float(2, 3)],
  crossEntropy: [float(2, 3), whole(2)],
  scaledDotProductAttention: [float(1, 2, 3, 4), float(1, 2, 3, 4), float(1, 2, 3, 4)],
};

const ONE_OPERAND = new Set(
  [
    "abs ceil exp floor gelu hardsigmoid hardswish log logSigmoid logicalNot mish negate relu relu6 round selu",
    "sigmoid sign silu softsign sqrt square step tanh tanhshrink",
  ].flatMap((names) => names.split(" ")),
);

const WRONG: readonly (readonly [name: string, value: unknown])[] = [
  ["undefined", undefined],
  ["null", null],
  ["NaN", NaN],
  ["true", true],
  ["text", "0.5"],
  ["an array", [1, 2]],
  ["an array of text", ["a"]],
  ["an object", {}],
  ["a function", () => 1],
  ["a tensor", tensor([1, 2, 3])],
];

const functions = Object.entries(ops as Readonly<Record<string, unknown>>).filter(
  (entry): entry is [string, (...given: readonly unknown[]) => unknown] => typeof entry[1] === "function",
);

/** What an error must not be: one that the engine throws where it trips over a value. */
const ENGINE =
  /Cannot|is not a function|is not iterable|is not defined|undefined \(|Invalid|Maximum call|got \[object Object\]/;

/** Whether an error says where, what must hold and what came instead. */
function expectOurs(act: () => unknown, mayPass = false): void {
  let error: unknown;
  try {
    act();
  } catch (thrown) {
    error = thrown;
  }
  if (mayPass && error === undefined) return;
  const isKind = error instanceof TypeError || error instanceof RangeError || error instanceof ShapeError;
  expect(isKind, String(error)).toBe(true);
  expect(String(error)).toMatch(/^\w+Error: .+: .+; got .+/s);
  expect(String(error)).not.toMatch(ENGINE);
}

describe("wrong kinds of arguments", () => {
  const right = functions.map(
    ([name, op]) => [name, op, RIGHT[name] ?? (ONE_OPERAND.has(name) ? [float(2, 3)] : undefined)] as const,
  );

  test.each(right)("%s: nothing but wrong ones", (_, op, given) => {
    for (const [, value] of WRONG) {
      if (op === ops.constant && value === WRONG.at(-1)?.[1]) continue;
      // Options of others are checked by the modules that hand them on.
      expectOurs(() => (given ? op(value, value, value, value) : op(value, value)));
    }
    expectOurs(() => op());
  });

  test.each(right.filter(([, , given]) => given))("%s: one wrong one among right ones", (name, op, given = []) => {
    expect(() => op(...given)).not.toThrow();
    given.forEach((was, i) => {
      for (const [, value] of WRONG) {
        // Options and trailing numbers have defaults; arrays may be right where arrays are asked for.
        const mayPass = value === undefined || Array.isArray(was) || name === "constant" || isAxes(name, i, value);
        expectOurs(() => op(...given.with(i, value)), mayPass);
      }
    });
  });

  test("a tensor among operands: the error says what makes an operand of it", () => {
    expect(() => ops.add(float(3), tensor([1, 2, 3]) as unknown as Operand)).toThrow(
      "add: b must be an operand, as ops.constant(tensor) gives; got a tensor float32 [3]",
    );
  });

  test("int32 where float32 is asked, and the other way round", () => {
    expect(() => ops.maximum(float(3), whole(3))).toThrow(
      "maximum: a and b must have one dtype, as ops.cast(x, dtype) gives; got float32 input [3] and int32 input [3]",
    );
    expect(() => ops.pow(whole(3), 2)).toThrow("pow: x must be float32; got int32 input [3]");
    expect(() => ops.where(whole(3), 1, 2)).toThrow("where: the condition must be float32; got int32 input [3]");
    expect(() => ops.equal(whole(3), 0.5)).toThrow("equal: b must be a whole number of 32 bits beside int32; got 0.5");
    expect(() => ops.add(1, 2)).toThrow("add: a or b must be an operand; got the numbers 1 and 2");
    expect(() => ops.cast(float(3), "float64" as "int32")).toThrow(
      'cast: dtype must be "float32" or "int32"; got "float64"',
    );
  });

  test("JavaScript operators are refused; an operand is still printed as text", () => {
    const x = float(10, 4);
    const refused = "operand: arithmetic must be written with ops.add, ops.multiply, ...; got a JavaScript operator on";
    const operators: readonly (() => unknown)[] = [
      () => (x as never) * 2,
      () => (x as never) + 1,
      () => -(x as never),
      () => (x as never) < 2,
      () => Number(x),
    ];
    for (const operator of operators) expect(operator).toThrow(new TypeError(`${refused} input [10, 4]`));
    expect([`${x}`, String(x), [x, x].join("; ")]).toEqual([
      "input [10, 4]",
      "input [10, 4]",
      "input [10, 4]; input [10, 4]",
    ]);
    expect(() => ops.softmax(x, x as never)).toThrow("softmax: axis must be from -2 to 1; got an operand");
  });

  test("shapes and axes that do not fit", () => {
    const x = float(2, 3);
    expect(() => ops.max(x, 2)).toThrow("max: axis must be from -2 to 1; got 2 for input [2, 3]");
    expect(() => ops.max(float(2, 0), 1)).toThrow("max: there must be an element to choose from; got input [2, 0]");
    expect(() => ops.where(x, float(2), 0)).toThrow("where: extents must agree from the last axis on, or be 1");
    expect(() => ops.gather(x, whole(3, 1), 1)).toThrow(
      "gather: indices must have as many axes as x, and extents of at most those of x except along axis 1; got input [3, 1] for input [2, 3]",
    );
    expect(() => ops.split(x, [1, 1], 1)).toThrow(
      "split: sizes must add up to 3 along axis 1; got [1, 1] for input [2, 3]",
    );
    expect(() => ops.stack([x, float(2)])).toThrow("stack: operands must agree in shape and dtype");
    expect(() => ops.clamp(x, 1, 0)).toThrow("clamp: low must be at most high; got 1 and 0");
  });
});

/** Whether an array is as good as a number there: axes of a reduction, a shape. */
function isAxes(name: string, i: number, value: unknown): boolean {
  return i === 1 && ["max", "min", "sum", "mean"].includes(name) && Array.isArray(value);
}
