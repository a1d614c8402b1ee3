// Functions that several kernels apply to each element; those of a single kernel are in its file.

import { tanh4 } from "./math";

/** A function of one number, on four lanes at a time. */
export abstract class Unary {
  abstract apply(x: v128): v128;
}

/** A function of two numbers, on four lanes at a time. */
export abstract class Binary {
  abstract apply(a: v128, b: v128): v128;
}

/** A function of three numbers, on four lanes at a time. */
export abstract class Ternary {
  abstract apply(a: v128, b: v128, c: v128): v128;
}

/** A function of four numbers, on four lanes at a time. */
export abstract class Quaternary {
  abstract apply(a: v128, b: v128, c: v128, d: v128): v128;
}

/** a + b. */
@final
export class Add extends Binary {
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}

/** a - b. */
@final
export class Subtract extends Binary {
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.sub(a, b);
  }
}

/** a / b. */
@final
export class Divide extends Binary {
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.div(a, b);
  }
}

/** a * b. */
@final
export class Multiply extends Binary {
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
}

/** The larger of a and b, NaN where one is. */
@final
export class Maximum extends Binary {
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.max(a, b);
  }
}

/** The smaller of a and b, NaN where one is. */
@final
export class Minimum extends Binary {
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.min(a, b);
  }
}

/** tanh(x). */
@final
export class Tanh extends Unary {
  @inline
  apply(x: v128): v128 {
    return tanh4(x);
  }
}

/** max(x, 0); x is the first argument, so that NaN stays NaN. */
@final
export class Relu extends Unary {
  @inline
  apply(x: v128): v128 {
    return f32x4.pmax(x, f32x4.splat(0));
  }
}

/** d a (1 - a): d times the slope of the sigmoid whose value is a. */
@inline
export function throughSigmoid(d: v128, a: v128): v128 {
  return f32x4.mul(d, f32x4.mul(a, f32x4.sub(f32x4.splat(1), a)));
}

/** d (1 - a) (1 + a): d times the slope of the tanh whose value is a, with a small relative error where a is near 1. */
@inline
export function throughTanh(d: v128, a: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.mul(d, f32x4.mul(f32x4.sub(one, a), f32x4.add(one, a)));
}

@final
export class ThroughTanh extends Binary {
  @inline
  apply(d: v128, a: v128): v128 {
    return throughTanh(d, a);
  }
}

/** d where a, the value of a ReLU, is above 0 or NaN, as in PyTorch; else 0. */
@final
export class ThroughRelu extends Binary {
  @inline
  apply(d: v128, a: v128): v128 {
    return v128.andnot(d, f32x4.le(a, f32x4.splat(0)));
  }
}
