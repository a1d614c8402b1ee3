import { Operand } from "../../graph/operand.ts";
import { type Call, call } from "../../graph/call.ts";
import { sizeOf } from "../../base/tensor.ts";
import { requireFloat, requireNumber } from "../check.ts";
import { type Scalar, pairOf } from "../constant.ts";
import { BlockSelection } from "../dropout/block-selection.ts";
import { activationGradient } from "./pointwise.ts";
import { broadcast, sumTo } from "../reduction/reduction.ts";
import {
  type FourLoops,
  type Loop,
  broadcastStrides,
  commonShape,
  fourLoops,
  loopArguments,
  loopsOver,
} from "../shape/strided.ts";

/**
 * a + b, element by element. a and b are broadcast; one may be a number.
 * @throws ShapeError when shapes do not broadcast
 */
export function add(a: Scalar, b: Scalar): Operand {
  if (isNumber(b) && !isNumber(a)) return scaled("add", "a", a, 1, b);
  if (isNumber(a) && !isNumber(b)) return scaled("add", "b", b, 1, a);
  return combine("add", a, b, (dOut) => [dOut, dOut]);
}

/**
 * a - b, element by element. a and b are broadcast; one may be a number.
 * @throws ShapeError when shapes do not broadcast
 */
export function subtract(a: Scalar, b: Scalar): Operand {
  if (isNumber(b) && !isNumber(a)) return scaled("subtract", "a", a, 1, -b);
  if (isNumber(a) && !isNumber(b)) return scaled("subtract", "b", b, -1, a);
  return combine("subtract", a, b, (dOut) => [dOut, affine(dOut, -1, 0)]);
}

/**
 * a * b, element by element. a and b are broadcast; one may be a number.
 * @throws ShapeError when shapes do not broadcast
 */
export function multiply(a: Scalar, b: Scalar): Operand {
  // x * factor + -0 keeps the sign of a zero product; + 0 would not.
  if (isNumber(b) && !isNumber(a)) return scaled("multiply", "a", a, b, -0);
  if (isNumber(a) && !isNumber(b)) return scaled("multiply", "b", b, a, -0);
  return combine("multiply", a, b, (dOut, _, [first, second]) => [multiply(dOut, second), multiply(dOut, first)]);
}

/**
 * a / b, element by element. a and b are broadcast; one may be a number.
 * @throws ShapeError when shapes do not broadcast
 */
export function divide(a: Scalar, b: Scalar): Operand {
  return combine("divide", a, b, (dOut, out, [, second]) => {
    const dA = divide(dOut, second);
    return [dA, affine(multiply(dA, out), -1, 0)];
  });
}

/** x * factor + term, for two constants. */
export function affine(x: Operand, factor: number, term: number): Operand {
  return scaled("affine", "x", x, factor, term);
}

function scaled(where: string, name: string, x: Operand, factor: number, term: number): Operand {
  requireFloat(where, name, x);
  requireNumber(where, "the factor", factor);
  requireNumber(where, "the term", term);
  return new Operand("affine", x.shape, [x], {
    calls: (out) => [call("affine", x, out, factor, term, x.size)],
    gradient: (dOut) => [affine(dOut, factor, 0)],
    onColumns: (columns) => affine(columns.of(x), factor, term),
    overwrites: [0],
    elementwise: true,
    attributes: { factor, term },
  });
}

/** -x. */
export function negate(x: Operand): Operand {
  return scaled("negate", "x", x, -1, 0);
}

/** |x|; the gradient at 0 is 0. */
export function abs(x: Operand): Operand {
  return pointwise("abs", x, (dOut) =>
    activationGradient("absGradient", [dOut, x], (dx) => call("absGradient", dOut, x, dx, x.size)),
  );
}

/** x², element by element. */
export function square(x: Operand): Operand {
  return pointwise("square", x, (dOut) => multiply(affine(dOut, 2, 0), x));
}

/** √x, element by element. */
export function sqrt(x: Operand): Operand {
  return pointwise("sqrt", x, (dOut, out) => divide(affine(dOut, 0.5, 0), out));
}

/** e to the power of x, element by element. */
export function exp(x: Operand): Operand {
  return pointwise("exp", x, (dOut, out) => multiply(dOut, out));
}

/** The natural logarithm, element by element. */
export function log(x: Operand): Operand {
  return pointwise("log", x, (dOut) => divide(dOut, x));
}

function pointwise(
  kernel: "abs" | "square" | "sqrt" | "exp" | "log",
  x: Operand,
  gradient: (dOut: Operand, out: Operand) => Operand,
): Operand {
  requireFloat(kernel, "x", x);
  return new Operand(kernel, x.shape, [x], {
    calls: (out) => [call(kernel, x, out, x.size)],
    gradient: (dOut, out) => [gradient(dOut, out)],
    overwrites: [0],
    elementwise: true,
  });
}

/** An operation of two operands, broadcast to their common shape. */
function combine(
  name: "add" | "subtract" | "multiply" | "divide",
  first: Scalar,
  second: Scalar,
  gradient: (dOut: Operand, out: Operand, inputs: readonly [Operand, Operand]) => readonly [Operand, Operand],
): Operand {
  const [a, b] = pairOf(name, first, second);
  requireFloat(name, "a", a);
  const shape = commonShape(name, a, b);
  const loops = loopsOver(shape, broadcastStrides(a.shape, shape), broadcastStrides(b.shape, shape));
  const four = fourLoops(loops, 2);
  if (!four) return combine(name, broadcast(a, shape), broadcast(b, shape), gradient);
  return new Operand(name, shape, [a, b], {
    calls: (out) => [combineCall(name, a, b, out, loops, four)],
    gradient: (dOut, out) => {
      const [dA, dB] = gradient(dOut, out, [a, b]);
      return [sumTo(dA, a.shape), sumTo(dB, b.shape)];
    },
    onColumns: (columns) => {
      if (a.size === b.size) return OPERATIONS[name](columns.of(a), columns.of(b));
      const isRow =
        name === "add" && columns instanceof BlockSelection && b.shape.length === 1 && columns.width === b.size;
      return isRow && a.shape.at(-1) === b.size ? columns.addRow(columns.of(a), b) : undefined;
    },
    overwrites: [0, 1],
    elementwise: a.size === b.size && a.size === sizeOf(shape),
  });
}

function isNumber(x: Scalar): x is number {
  return typeof x === "number";
}

const OPERATIONS = { add, subtract, multiply, divide };

/** The fastest kernel for these loops: b has the shape of a, is one number, is a row, or has any strides. */
function combineCall(
  name: "add" | "subtract" | "multiply" | "divide",
  a: Operand,
  b: Operand,
  out: Operand,
  loops: readonly Loop[],
  four: FourLoops,
): Call {
  if (a.size === out.size && b.size === out.size) return call(name, a, b, out, out.size);
  const [outer, inner] = loops;
  if (a.size === out.size && b.size === 1) return call(`${name}Scalar`, a, b, out, out.size);
  if (a.size === out.size && outer && inner?.strides[1] === 1 && loops.length === 2) {
    return call(`${name}Row`, a, b, out, outer.extent, inner.extent);
  }
  return call(`${name}Strided`, a, b, out, ...loopArguments(four));
}
