import { ShapeError, requireArray, requireDim, shown } from "../base/errors.ts";
import type { Operand } from "../graph/operand.ts";
import { frontAxis } from "../ops/check.ts";
import { reshape } from "../ops/shape/view.ts";
import { type Shape, printShape, sizeOf } from "../base/tensor.ts";
import { Module } from "./module/module.ts";
import { made } from "./configuration/made.ts";

/** Merges the axes from startDim to endDim, inclusive, into one: [2, 3, 4] gives [2, 12]. */
export class Flatten extends Module<number, number> {
  constructor(
    readonly startDim = 1,
    readonly endDim = -1,
  ) {
    super();
    requireDim("flatten", "startDim", startDim);
    requireDim("flatten", "endDim", endDim);
  }

  override forward(x: Operand): Operand {
    const start = frontAxis("flatten", x, this.startDim);
    const end = frontAxis("flatten", x, this.endDim) + 1;
    if (start >= end)
      throw new RangeError(`flatten: startDim must not come after endDim; got ${this.startDim} and ${this.endDim}`);
    return reshape(x, [...x.shape.slice(0, start), sizeOf(x.shape.slice(start, end)), ...x.shape.slice(end)]);
  }

  override configuration(): readonly unknown[] {
    return made(flatten, this.startDim, this.endDim);
  }

  override describe(): string {
    return "flatten";
  }
}

/** Merges the axes from startDim to endDim, inclusive, into one. Defaults: 1 and -1. See {@link Flatten}. */
export function flatten(startDim?: number, endDim?: number): Flatten {
  return new Flatten(startDim, endDim);
}

/**
 * Splits one axis into several, in row-major order: with dim 1 and sizes [3, 4], [2, 12] gives [2, 3, 4].
 *
 * @param dim the axis; negative: counted from the end
 * @param unflattenedSize the new extents; one may be -1 and is inferred
 * @throws RangeError when dim or an extent is out of its range, or there are no extents
 */
export class Unflatten extends Module<number, number> {
  readonly unflattenedSize: Shape;

  constructor(
    readonly dim: number,
    unflattenedSize: Shape,
  ) {
    super();
    requireDim("unflatten", "dim", dim);
    requireArray("unflatten", "sizes", unflattenedSize);
    this.unflattenedSize = [...unflattenedSize];
    const isValid = this.unflattenedSize.every(
      (extent) => extent === -1 || (Number.isSafeInteger(extent) && extent > 0),
    );
    const unknown = this.unflattenedSize.filter((extent) => extent === -1).length;
    if (!isValid || unknown > 1 || this.unflattenedSize.length === 0) {
      throw new RangeError(
        `unflatten: sizes must be whole numbers of at least 1, or -1 once; got ${shown(this.unflattenedSize)}`,
      );
    }
  }

  override forward(x: Operand): Operand {
    const axis = frontAxis("unflatten", x, this.dim);
    const extent = x.shape[axis] ?? 0;
    const known = sizeOf(this.unflattenedSize.filter((each) => each !== -1));
    const sizes = this.unflattenedSize.map((each) => (each === -1 ? extent / known : each));
    if (sizeOf(sizes) !== extent || !sizes.every(Number.isInteger)) {
      throw new ShapeError(
        `unflatten: sizes must multiply to the extent of axis ${this.dim}; got ${printShape(this.unflattenedSize)} for ${x}`,
      );
    }
    return reshape(x, x.shape.toSpliced(axis, 1, ...sizes));
  }

  override configuration(): readonly unknown[] {
    return made(unflatten, this.dim, this.unflattenedSize);
  }

  override describe(): string {
    return `unflatten ${this.dim} to ${printShape(this.unflattenedSize)}`;
  }
}

/** Splits one axis into several: with `unflatten(1, [3, 4])`, [2, 12] gives [2, 3, 4]. See {@link Unflatten}. */
export function unflatten(dim: number, unflattenedSize: readonly number[]): Unflatten {
  return new Unflatten(dim, unflattenedSize);
}

/** y = x. */
export class Identity extends Module<"same", "same"> {
  override forward(x: Operand): Operand {
    return x;
  }

  override configuration(): readonly unknown[] {
    return made(identity);
  }

  override describe(): string {
    return "identity";
  }
}

/** y = x. */
export function identity(): Identity {
  return new Identity();
}
