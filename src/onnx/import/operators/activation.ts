import type { Operand } from "../../../graph/operand.ts";
import {
  celu,
  elu,
  gelu,
  leakyRelu,
  mish,
  relu,
  selu,
  sigmoid,
  softplus,
  tanh,
} from "../../../ops/elementwise/activation.ts";
import { abs, add, affine, divide, exp, multiply, square, subtract } from "../../../ops/elementwise/arithmetic.ts";
import { greater, less } from "../../../ops/elementwise/comparison.ts";
import { maximum, minimum } from "../../../ops/elementwise/larger.ts";
import { clamp, hardsigmoid, hardswish, softsign } from "../../../ops/elementwise/piecewise.ts";
import { prelu } from "../../../ops/elementwise/prelu.ts";
import { sign } from "../../../ops/elementwise/rounding.ts";
import { where } from "../../../ops/elementwise/where.ts";
import { oneHot } from "../../../ops/gather.ts";
import { logSoftmax, softmax } from "../../../ops/reduction/softmax.ts";
import { argMax } from "../../../ops/reduction/extremes.ts";
import { moveAxis } from "../../../ops/shape/permute.ts";
import { reshape } from "../../../ops/shape/view.ts";
import { sizeOf } from "../../../base/tensor.ts";
import type { Node, Operator, Operators } from "../node.ts";
import { Value } from "../value.ts";
import { elementwise } from "./elementwise.ts";

/** An operator with one input and one output, both operands. */
function of(apply: (x: Operand, node: Node) => Operand): Operator {
  return (node) => Value.of(apply(node.operand(0), node));
}

/** min(max(alpha x + beta, 0), 1), by the operation for PyTorch's slope where it is that. */
function hardSigmoidOf(x: Operand, alpha: number, beta: number): Operand {
  if (Math.abs(alpha - 1 / 6) < 1e-6 && beta === 0.5) return hardsigmoid(x);
  return clamp(affine(x, alpha, beta), 0, 1);
}

/** Bounds are attributes until opset 10, then inputs. */
const clip: Operator = (node) => {
  const x = node.input(0);
  const bounds =
    node.opset < 11
      ? [Value.integers([node.real("min", -Infinity)], []), Value.integers([node.real("max", Infinity)], [])]
      : [node.optional(1), node.optional(2)];
  const [low, high] = bounds;
  if (x.numbers && (low?.numbers ?? true) && (high?.numbers ?? true)) {
    const [least = -Infinity, most = Infinity] = bounds.map((each) => each?.numbers?.[0]);
    return elementwise(node, [x], {
      fold: (each = 0) => Math.min(Math.max(each, least), most),
      apply: () => clamp(node.float(x), least, most),
    });
  }
  const [least, most] = bounds.map((each) => each?.numbers?.[0]);
  const isKnown = (!low || least !== undefined) && (!high || most !== undefined);
  if (isKnown && (least ?? -Infinity) <= (most ?? Infinity)) {
    return Value.of(clamp(node.float(x), least ?? -Infinity, most ?? Infinity));
  }
  const raised = low ? maximum(node.float(x), node.float(low)) : node.float(x);
  return Value.of(high ? minimum(raised, node.float(high)) : raised);
};

/** Slopes are those of channels where their shape is [C, 1, 1] or, until opset 6, [C]. */
const preluOf: Operator = (node) => {
  const [x, slope] = [node.operand(0), node.operand(1)];
  const { shape } = slope;
  const [, channels = 1, ...rest] = x.shape;
  const perChannel =
    x.shape.length > 1 &&
    slope.size === channels &&
    (node.opset < 7 ||
      (shape.length === rest.length + 1 ? shape[0] === channels : shape.length > rest.length + 1) ||
      (rest.length === 0 && shape.length === 1));
  if (slope.size === 1 || perChannel) return Value.of(prelu(x, reshape(slope, [slope.size])));
  return Value.of(where(less(x, 0), multiply(x, slope), x));
};

/** Along one axis since opset 13; before, along all axes from one on. */
function alongAxis(apply: (x: Operand, axis: number) => Operand): Operator {
  return of((x, node) => {
    const rank = Math.max(1, x.shape.length);
    if (node.opset >= 13) return apply(x, node.axis(node.int("axis", -1), rank));
    const axis = node.int("axis", 1) === rank ? rank : node.axis(node.int("axis", 1), rank);
    const matrix = reshape(x, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))]);
    return reshape(apply(matrix, 1), x.shape);
  });
}

function hardmax(x: Operand, axis: number): Operand {
  return moveAxis(oneHot(argMax(x, axis), x.shape[axis] ?? 1), x.shape.length - 1, axis);
}

/**
 * The error function: its Taylor series for |x| < 0.5, else 7.1.26 of Abramowitz and Stegun; within 2e-7 everywhere.
 * `gelu` computes x Φ(x) in one kernel.
 */
function erf(x: Operand): Operand {
  const size = abs(x);
  const t = divide(1, affine(size, 0.3275911, 1));
  const outer = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592];
  const tail = multiply(multiply(polynomial(t, outer), t), exp(affine(square(x), -1, 0)));
  const far = multiply(sign(x), affine(tail, -1, 1));
  const near = clamp(x, -0.5, 0.5);
  const inner = [-1 / 1320, 1 / 216, -1 / 42, 1 / 10, -1 / 3, 1].map((each) => (each * 2) / Math.sqrt(Math.PI));
  return where(less(size, 0.5), multiply(polynomial(square(near), inner), near), far);
}

/** The polynomial with these coefficients, that of the highest power first. */
function polynomial(x: Operand, [first = 0, second = 0, ...rest]: readonly number[]): Operand {
  return rest.reduce((sum, coefficient) => affine(multiply(sum, x), 1, coefficient), affine(x, first, second));
}

const shrink = of((x, node) => {
  const [lambd, bias] = [node.real("lambd", 0.5), node.real("bias", 0)];
  const above = where(greater(x, lambd), affine(x, 1, -bias), 0);
  return add(above, where(less(x, -lambd), affine(x, 1, bias), 0));
});

export const activationOperators: Operators = {
  Relu: of(relu),
  LeakyRelu: of((x, node) => leakyRelu(x, node.real("alpha", 0.01))),
  PRelu: preluOf,
  Elu: of((x, node) => elu(x, node.real("alpha", 1))),
  Selu: of((x, node) => {
    const [alpha, gamma] = [node.real("alpha", ALPHA), node.real("gamma", GAMMA)];
    const isUsual = Math.abs(alpha - ALPHA) < 1e-6 && Math.abs(gamma - GAMMA) < 1e-6;
    return isUsual ? selu(x) : affine(elu(x, alpha), gamma, 0);
  }),
  Celu: of((x, node) => celu(x, node.real("alpha", 1))),
  Sigmoid: of(sigmoid),
  HardSigmoid: of((x, node) => hardSigmoidOf(x, node.real("alpha", 0.2), node.real("beta", 0.5))),
  HardSwish: of(hardswish),
  Tanh: of(tanh),
  Softplus: of((x) => softplus(x)),
  Softsign: of(softsign),
  Mish: of(mish),
  Gelu: of((x, node) => gelu(x, node.word("approximate", ["none", "tanh"]) === "tanh" ? "tanh" : "none")),
  Erf: of(erf),
  Clip: clip,
  ThresholdedRelu: of((x, node) => where(greater(x, node.real("alpha", 1)), x, 0)),
  Shrink: shrink,
  Sinh: of((x) => affine(subtract(exp(x), exp(affine(x, -1, 0))), 0.5, 0)),
  Cosh: of((x) => affine(add(exp(x), exp(affine(x, -1, 0))), 0.5, 0)),
  Softmax: alongAxis(softmax),
  LogSoftmax: alongAxis(logSoftmax),
  Hardmax: alongAxis(hardmax),
};

const ALPHA = 1.6732632423543772;
const GAMMA = 1.0507009873554805;
