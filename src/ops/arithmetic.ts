import { ShapeError } from "../errors.ts";
import { Operand } from "../graph/operand.ts";
import { call } from "../runtime/call.ts";
import { sameShape } from "../tensor.ts";
import { requireFloat } from "./check.ts";
import { sum, sumRows } from "./reduction.ts";
import { reshape } from "./shape.ts";

/** a + b, element by element; b may be a row [columns] or one number, and is then added everywhere. */
export function add(a: Operand, b: Operand): Operand {
  return combine("add", a, b, (dOut) => [dOut, dOut]);
}

/** a - b, element by element; b may be a row or one number. */
export function subtract(a: Operand, b: Operand): Operand {
  return combine("subtract", a, b, (dOut) => [dOut, affine(dOut, -1, 0)]);
}

/** a * b, element by element; b may be a row or one number. */
export function multiply(a: Operand, b: Operand): Operand {
  return combine("multiply", a, b, (dOut) => [multiply(dOut, b), multiply(dOut, a)]);
}

/** a / b, element by element; b may be a row or one number. */
export function divide(a: Operand, b: Operand): Operand {
  return combine("divide", a, b, (dOut, out) => {
    const dA = divide(dOut, b);
    return [dA, affine(multiply(dA, out), -1, 0)];
  });
}

/** x * factor + term, with two fixed numbers. */
export function affine(x: Operand, factor: number, term: number): Operand {
  requireFloat("affine", "x", x);
  return new Operand("affine", x.shape, [x], {
    calls: (out) => [call("affine", x, out, factor, term, x.size)],
    gradient: (dOut) => [affine(dOut, factor, 0)],
    overwrites: [0],
    elementwise: true,
  });
}

/** -x. */
export function negate(x: Operand): Operand {
  return affine(x, -1, 0);
}

/** |x|; the gradient at 0 is 0. */
export function abs(x: Operand): Operand {
  return pointwise("abs", x, (dOut) => {
    return new Operand("absGradient", x.shape, [dOut, x], {
      calls: (dx) => [call("absGradient", dOut, x, dx, x.size)],
      overwrites: [0, 1],
      elementwise: true,
    });
  });
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

/** An operand of two whose second may stand for many equal rows or numbers. */
function combine(
  name: "add" | "subtract" | "multiply" | "divide",
  a: Operand,
  b: Operand,
  gradient: (dOut: Operand, out: Operand) => readonly [Operand, Operand],
): Operand {
  requireFloat(name, "a", a);
  requireFloat(name, "b", b);
  if (sameShape(a.shape, b.shape)) {
    return new Operand(name, a.shape, [a, b], {
      calls: (out) => [call(name, a, b, out, a.size)],
      gradient,
      overwrites: [0, 1],
      elementwise: true,
    });
  }
  const columns = a.shape.at(-1) ?? 1;
  const isRow = b.size === columns && b.shape.at(-1) === columns;
  if (!isRow && b.size !== 1) {
    throw new ShapeError(`${name}: b must have the shape of a, be a row of it, or one number; got a ${a} and b ${b}`);
  }
  const rows = columns === 0 ? 0 : a.size / columns;
  return new Operand(name, a.shape, [a, b], {
    calls: (out) => [isRow ? call(`${name}Row`, a, b, out, rows, columns) : call(`${name}Scalar`, a, b, out, a.size)],
    gradient: (dOut, out) => {
      const [dA, dB] = gradient(dOut, out);
      return [dA, reshape(isRow ? sumRows(reshape(dB, [rows, columns])) : sum(dB), b.shape)];
    },
    overwrites: [0],
  });
}
