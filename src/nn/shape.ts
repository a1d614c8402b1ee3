import type { Operand } from "../graph/operand.ts";
import { frontAxis } from "../ops/check.ts";
import { reshape } from "../ops/shape.ts";
import { sizeOf } from "../tensor.ts";
import { Module } from "./module.ts";

/** The axes from startDim to endDim become one: [2, 3, 4] gives [2, 12]. */
export class Flatten extends Module<number, number> {
  constructor(
    readonly startDim = 1,
    readonly endDim = -1,
  ) {
    super();
  }

  override forward(x: Operand): Operand {
    const start = frontAxis("flatten", x, this.startDim);
    const end = frontAxis("flatten", x, this.endDim) + 1;
    if (start >= end)
      throw new RangeError(`flatten: startDim must not come after endDim; got ${this.startDim} and ${this.endDim}`);
    return reshape(x, [...x.shape.slice(0, start), sizeOf(x.shape.slice(start, end)), ...x.shape.slice(end)]);
  }

  override describe(): string {
    return "flatten";
  }
}

/** The axes from startDim to endDim become one; see {@link Flatten}. */
export function flatten(startDim?: number, endDim?: number): Flatten {
  return new Flatten(startDim, endDim);
}

/** y = x. */
export class Identity extends Module<"same", "same"> {
  override forward(x: Operand): Operand {
    return x;
  }

  override describe(): string {
    return "identity";
  }
}

/** y = x. */
export function identity(): Identity {
  return new Identity();
}
