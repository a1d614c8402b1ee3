import { ShapeError, requireArray, shown } from "../../base/errors.ts";
import { Operand } from "../../graph/operand.ts";
import { call } from "../../graph/call.ts";
import { type Shape, sameShape, sizeOf } from "../../base/tensor.ts";
import { frontAxis, requireOperand } from "../check.ts";
import { from, view } from "./view.ts";

/**
 * The part of x from `start` to `end`, exclusive, along an axis: a view along the first axis, else a copy.
 * @param axis from -rank to rank - 1; -1 is the last
 * @throws RangeError when x has no such axis, or not 0 <= start <= end <= its extent in whole numbers
 */
export function slice(x: Operand, axis: number, start: number, end: number): Operand {
  const { front, extent, outer, inner } = axisExtents("slice", x, axis);
  if (!(Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && end <= extent)) {
    throw new RangeError(
      `slice: start and end must be from 0 to ${extent} in order; got ${shown(start)} and ${shown(end)} for ${x}`,
    );
  }
  const shape = x.shape.with(front, end - start);
  const gradient = (dOut: Operand): Operand => unslice(x.shape, front, [{ operand: dOut, start }]);
  const attributes = { axis: front, start, end };
  if (outer === 1) return view("slice", x, shape, start * inner, gradient, attributes);
  const columns = (end - start) * inner;
  const source = view("slice", x, [x.size - start * inner], start * inner, gradient);
  return new Operand(
    "slice",
    shape,
    [x],
    {
      calls: (out) => [call("copyBlock", source, extent * inner, out, columns, outer, columns)],
      gradient: (dOut) => [gradient(dOut)],
      origins: (elements) => [
        [x, elements.map((i) => Math.floor(i / columns) * extent * inner + start * inner + (i % columns))],
      ],
      flops: 0,
      attributes,
    },
    x.dtype,
  );
}

/**
 * Joins operands along an axis: [2, 3] and [2, 5] along axis 1 give [2, 8].
 * @param axis from -rank to rank - 1; -1 is the last. Default: 0.
 * @throws ShapeError when there is no operand, or dtypes or other extents differ
 */
export function concatenate(operands: readonly Operand[], axis = 0): Operand {
  requireArray("concatenate", "operands", operands);
  operands.forEach((each, i) => requireOperand("concatenate", `operand ${i}`, each));
  const [first] = operands;
  if (!first) throw new ShapeError("concatenate: there must be at least one operand; got none");
  const { front, outer, inner } = axisExtents("concatenate", first, axis);
  const wrong = operands.find(
    (each) =>
      each.dtype !== first.dtype ||
      !sameShape(each.shape.toSpliced(front, 1), first.shape.toSpliced(front, 1)) ||
      each.shape.length !== first.shape.length,
  );
  if (wrong) {
    throw new ShapeError(
      `concatenate: operands must agree in dtype, and in shape except along axis ${axis}; got ${first} and ${wrong}`,
    );
  }
  const extents = operands.map((each) => each.shape[front] ?? 0);
  const total = extents.reduce((sum, extent) => sum + extent, 0);
  const starts = extents.map((_, i) => extents.slice(0, i).reduce((sum, extent) => sum + extent, 0));
  const offsets = starts.map((start) => start * inner);
  return new Operand(
    "concatenate",
    first.shape.with(front, total),
    operands,
    {
      calls: (out, placement) =>
        operands.flatMap((each, i) => {
          const offset = offsets[i] ?? 0;
          if (each.size === 0 || (outer === 1 && placement.aliases(each, out, offset))) return [];
          const columns = (extents[i] ?? 0) * inner;
          return [call("copyBlock", each, columns, from(out, offset), total * inner, outer, columns)];
        }),
      gradient: (dOut) => starts.map((start, i) => slice(dOut, front, start, start + (extents[i] ?? 0))),
      origins: (elements) =>
        operands.map((each, i) => {
          const [columns, offset] = [(extents[i] ?? 0) * inner, offsets[i] ?? 0];
          const copied = elements.filter(
            (i) => i % (total * inner) >= offset && i % (total * inner) < offset + columns,
          );
          const rowOf = (i: number): number => Math.floor(i / (total * inner));
          return [each, copied.map((i) => rowOf(i) * columns + (i % (total * inner)) - offset)] as const;
        }),
      ...(outer === 1 && { slots: offsets }),
      flops: 0,
      attributes: { axis: front },
    },
    first.dtype,
  );
}

/** An operand and its start along an axis. */
interface Part {
  readonly operand: Operand;
  readonly start: number;
}

/** The parts of each result of `unslice`. */
const partsOf = new WeakMap<Operand, { readonly axis: number; readonly parts: readonly Part[] }>();

/** Disjoint parts, in order along an axis, in zeros of a shape: the gradient of `slice`. */
function unslice(shape: Shape, axis: number, parts: readonly Part[]): Operand {
  const extent = shape[axis] ?? 1;
  const outer = sizeOf(shape.slice(0, axis));
  const inner = sizeOf(shape.slice(axis + 1));
  const endOf = ({ operand, start }: Part): number => start + (operand.shape[axis] ?? 1);
  const gaps = [...parts.map(({ start }) => start), extent]
    .map((end, i) => [i === 0 ? 0 : (parts.map(endOf)[i - 1] ?? 0), end] as const)
    .filter(([start, end]) => start < end);
  const operands = parts.map(({ operand }) => operand);
  if (gaps.length === 0) return concatenate(operands, axis);
  const out = new Operand("unslice", shape, operands, {
    calls: (out, placement) => {
      const fills = (outer === 1 ? gaps : [[0, extent] as const]).map(([start, end]) =>
        call("fill", from(out, start * inner), 0, outer * (end - start) * inner),
      );
      const copied = parts.filter(({ operand, start }) => outer > 1 || !placement.aliases(operand, out, start * inner));
      const copies = copied.map(({ operand, start }) => {
        const columns = (operand.shape[axis] ?? 1) * inner;
        return call("copyBlock", operand, columns, from(out, start * inner), extent * inner, outer, columns);
      });
      return [...fills, ...copies];
    },
    gradient: (dOut) => parts.map((part) => slice(dOut, axis, part.start, endOf(part))),
    accumulate: (other) => {
      const added = partsOf.get(other);
      if (added?.axis !== axis || !sameShape(other.shape, shape)) return undefined;
      const all = [...parts, ...added.parts].toSorted((a, b) => a.start - b.start);
      const areDisjoint = all.every((part, i) => endOf(part) <= (all[i + 1]?.start ?? extent));
      return areDisjoint ? unslice(shape, axis, all) : undefined;
    },
    ...(outer === 1 && { slots: parts.map(({ start }) => start * inner) }),
    flops: 0,
  });
  partsOf.set(out, { axis, parts });
  return out;
}

/** An axis counted from the front, its extent, and the product of the extents before it (outer) and after it (inner). */
function axisExtents(
  where: string,
  x: Operand,
  axis: number,
): { front: number; extent: number; outer: number; inner: number } {
  const front = frontAxis(where, x, axis);
  return {
    front,
    extent: x.shape[front] ?? 1,
    outer: sizeOf(x.shape.slice(0, front)),
    inner: sizeOf(x.shape.slice(front + 1)),
  };
}
