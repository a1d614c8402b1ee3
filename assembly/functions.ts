// Functions that several kernels apply to each element; those of one kernel stand beside it.

/** A function of one number, on four lanes at a time. */
export abstract class Unary {
  abstract apply(x: v128): v128;
}

/** A function of two numbers, on four lanes at a time. */
export abstract class Binary {
  abstract apply(a: v128, b: v128): v128;
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

/** A function of three numbers, on four lanes at a time. */
export abstract class Ternary {
  abstract apply(a: v128, b: v128, c: v128): v128;
}

/** A function of four numbers, on four lanes at a time. */
export abstract class Quaternary {
  abstract apply(a: v128, b: v128, c: v128, d: v128): v128;
}
