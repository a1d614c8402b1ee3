import { power as powerOf } from "../../../base/power.ts";
import { sizeOf } from "../../../base/tensor.ts";
import type { Operand } from "../../../graph/operand.ts";
import { abs, add, divide, exp, log, multiply, negate, sqrt, subtract } from "../../../ops/elementwise/arithmetic.ts";
import {
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  notEqual,
} from "../../../ops/elementwise/comparison.ts";
import { maximum, minimum } from "../../../ops/elementwise/larger.ts";
import { pow } from "../../../ops/elementwise/power.ts";
import { cast, ceil, floor, round, sign } from "../../../ops/elementwise/rounding.ts";
import { where } from "../../../ops/elementwise/where.ts";
import { broadcasted, reshaped } from "../movement.ts";
import type { Node, Operator, Operators } from "../node.ts";
import { elementOf } from "../numbers.ts";
import { MOST_FOLDED, type NumberType, Value, commonShape, roomFor } from "../value.ts";

/** A function of numbers, and the operation that computes it in a run. */
interface Elementwise {
  readonly fold: (...numbers: readonly number[]) => number;
  readonly apply: (node: Node, ...values: readonly Value[]) => Operand;
  /** Default: the type of the last value. */
  readonly type?: NumberType;
}

/** The function of every element, computed at once if all numbers are known. Values are broadcast. */
export function elementwise(node: Node, values: readonly Value[], { fold, apply, type }: Elementwise): Value {
  const shape = commonShape(
    node.where,
    values.map((value) => value.shape),
  );
  const result = type ?? values.at(-1)?.type ?? "float";
  const isKnown = values.every(({ numbers }) => numbers) && sizeOf(shape) <= MOST_FOLDED;
  if (!isKnown) return Value.of(apply(node, ...values), result);
  const lists = values.map((value) => broadcasted(node.where, value, shape).numbers);
  const numbers = roomFor(result, sizeOf(shape));
  for (let i = 0; i < numbers.length; i++) numbers[i] = fold(...lists.map((list) => list?.[i] ?? 0));
  return Value.known(result, shape, numbers);
}

/** Numbers of types that a comparison may mix: both int32, or both float32. */
function alike(node: Node, a: Value, b: Value): readonly [Operand, Operand] {
  if (a.type === b.type) return [a.operand, b.operand];
  return [node.float(a), node.float(b)];
}

/** Until opset 6, `b` was aligned with the axes of `a` from `axis` on. */
function aligned(node: Node, a: Value, b: Value): Value {
  if (node.opset > 6 || node.int("broadcast", 0) === 0) return b;
  const axis = node.int("axis", a.shape.length - b.shape.length);
  const after = a.shape.length - axis - b.shape.length;
  return after > 0 ? reshaped(node.where, b, [...b.shape, ...Array<number>(after).fill(1)]) : b;
}

function pair(fold: (a: number, b: number) => number, apply: (a: Operand, b: Operand) => Operand): Operator {
  return (node) => {
    const a = node.input(0);
    return elementwise(node, [a, aligned(node, a, node.input(1))], {
      fold: (x = 0, y = 0) => fold(x, y),
      apply: (_, x, y) => apply(node.float(x ?? a), node.float(y ?? a)),
      type: a.type,
    });
  };
}

function comparison(fold: (a: number, b: number) => boolean, apply: (a: Operand, b: Operand) => Operand): Operator {
  return (node) => {
    const a = node.input(0);
    return elementwise(node, [a, aligned(node, a, node.input(1))], {
      fold: (x = 0, y = 0) => Number(fold(x, y)),
      apply: (_, x, y) => apply(...alike(node, x ?? a, y ?? a)),
      type: "boolean",
    });
  };
}

export function unary(fold: (x: number) => number, apply: (x: Operand) => Operand): Operator {
  return (node) =>
    elementwise(node, [node.input(0)], {
      fold: (x = 0) => fold(x),
      apply: (_, x) => apply(node.float(x ?? node.input(0))),
    });
}

function variadic(fold: (a: number, b: number) => number, apply: (a: Operand, b: Operand) => Operand): Operator {
  return (node) =>
    node.all().reduce((a, b) =>
      elementwise(node, [a, b], {
        fold: (x = 0, y = 0) => fold(x, y),
        apply: () => apply(node.float(a), node.float(b)),
      }),
    );
}

const mean: Operator = (node) => {
  const sum = variadic((a, b) => a + b, add)(node);
  const factor = 1 / node.inputs.length;
  return sum instanceof Value ? Value.of(multiply(node.float(sum), factor)) : sum;
};

const castTo: Operator = (node) => {
  node.ignore("saturate");
  const x = node.input(0);
  const { type } = elementOf(node.where, node.int("to"));
  return converted(node, x, type);
};

function converted(node: Node, x: Value, type: NumberType): Value {
  return elementwise(node, [x], {
    type,
    fold: (each = 0) => (type === "boolean" ? Number(each !== 0) : type === "integer" ? Math.trunc(each) : each),
    apply: () => {
      if (x.type === type) return x.operand;
      if (type === "boolean") return notEqual(x.operand, 0);
      return cast(x.operand, type === "integer" ? "int32" : "float32");
    },
  });
}

const choose: Operator = (node) => {
  const [condition, a, b] = [node.input(0), node.input(1), node.input(2)];
  return elementwise(node, [condition, a, b], {
    fold: (isFirst = 0, x = 0, y = 0) => (isFirst === 0 ? y : x),
    apply: () => where(condition.operand, ...alike(node, a, b)),
  });
};

const power: Operator = (node) => {
  const [x, y] = [node.input(0), aligned(node, node.input(0), node.input(1))];
  return elementwise(node, [x, y], {
    type: x.type,
    fold: (a = 0, b = 0) => (Number.isInteger(b) && b < 0 ? 1 / powerOf(a, -b) : powerOf(a, b)),
    apply: () => {
      const exponent = y.size === 1 ? y.numbers?.[0] : undefined;
      if (exponent !== undefined && y.shape.length <= x.shape.length) return pow(node.float(x), exponent);
      return pow(node.float(x), y.type === "integer" ? cast(y.operand, "float32") : y.operand);
    },
  });
};

/** The quotient; of integers, without its fraction. */
const quotient: Operator = (node) => {
  const isInteger = node.input(0).type === "integer";
  return pair((a, b) => (isInteger ? Math.trunc(a / b) : a / b), divide)(node);
};

/** a - b ⌊a / b⌋, or with `fmod` the remainder of JavaScript. */
const remainder: Operator = (node) =>
  node.int("fmod", 0) === 0
    ? pair(
        (a, b) => a - b * Math.floor(a / b),
        (a, b) => subtract(a, multiply(b, floor(divide(a, b)))),
      )(node)
    : pair(
        (a, b) => a % b,
        (a, b) => {
          const ratio = divide(a, b);
          return subtract(a, multiply(b, multiply(sign(ratio), floor(abs(ratio)))));
        },
      )(node);

/** The nearest whole number, ties to even. */
function toEven(x: number): number {
  const rounded = Math.round(x);
  return Math.abs(x % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

const differs: Operator = comparison((a, b) => (a !== 0) !== (b !== 0), notEqual);

export const elementwiseOperators: Operators = {
  Add: pair((a, b) => a + b, add),
  Sub: pair((a, b) => a - b, subtract),
  Mul: pair((a, b) => a * b, multiply),
  Div: quotient,
  Mod: remainder,
  Pow: power,
  Sum: variadic((a, b) => a + b, add),
  Mean: mean,
  Max: variadic(Math.max, maximum),
  Min: variadic(Math.min, minimum),
  Abs: unary(Math.abs, abs),
  Neg: unary((x) => -x, negate),
  Sqrt: unary(Math.sqrt, sqrt),
  Exp: unary(Math.exp, exp),
  Log: unary(Math.log, log),
  Reciprocal: unary(
    (x) => 1 / x,
    (x) => divide(1, x),
  ),
  Floor: unary(Math.floor, floor),
  Ceil: unary(Math.ceil, ceil),
  Round: unary(toEven, round),
  Sign: unary(Math.sign, sign),
  Equal: comparison((a, b) => a === b, equal),
  Less: comparison((a, b) => a < b, less),
  LessOrEqual: comparison((a, b) => a <= b, lessEqual),
  Greater: comparison((a, b) => a > b, greater),
  GreaterOrEqual: comparison((a, b) => a >= b, greaterEqual),
  And: comparison((a, b) => a !== 0 && b !== 0, logicalAnd),
  Or: comparison((a, b) => a !== 0 || b !== 0, logicalOr),
  Xor: differs,
  Not: (node) =>
    elementwise(node, [node.input(0)], {
      fold: (x = 0) => Number(x === 0),
      apply: () => logicalNot(node.operand(0)),
      type: "boolean",
    }),
  IsNaN: (node) =>
    elementwise(node, [node.input(0)], {
      fold: (x = 0) => Number(Number.isNaN(x)),
      apply: () => notEqual(node.operand(0), node.operand(0)),
      type: "boolean",
    }),
  Where: choose,
  Cast: castTo,
  CastLike: (node) => converted(node, node.input(0), node.input(1).type),
  Identity: (node) => node.input(0),
};
