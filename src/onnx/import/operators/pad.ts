import { ShapeError } from "../../../base/errors.ts";
import { joined, requireSize, sliced, taken, uniform, upTo } from "../movement.ts";
import type { Value } from "../value.ts";

/** How many elements are added before and after; below 0, how many are removed. */
export type Margins = readonly [before: number, after: number];

/** x with elements added along one axis: equal numbers, a reflection without the edge, or the edge repeated. */
export function padded(
  where: string,
  x: Value,
  axis: number,
  [before, after]: Margins,
  mode = "constant",
  value = 0,
): Value {
  if (before === 0 && after === 0) return x;
  const extent = x.shape[axis] ?? 1;
  const length = extent + before + after;
  if (length < 0)
    throw new ShapeError(`${where}: pads must leave elements; got ${before} and ${after} for ${String(x)}`);
  requireSize(where, x.shape.with(axis, length));
  if (mode !== "constant") {
    const at = (i: number): number => (mode === "edge" ? Math.min(Math.max(i, 0), extent - 1) : reflected(i, extent));
    return taken(
      where,
      x,
      axis,
      upTo(length).map((i) => at(i - before)),
    );
  }
  const [first, last] = [Math.max(0, -before), extent - Math.max(0, -after)];
  const kept = sliced(where, x, axis, first, Math.max(first, last));
  const margin = (count: number): readonly Value[] =>
    count > 0 ? [uniform(where, x.type, x.shape.with(axis, count), value)] : [];
  return joined(where, [...margin(before), kept, ...margin(after)], axis);
}

/** An index mirrored at both edges as often as needed. */
function reflected(index: number, extent: number): number {
  const period = Math.max(1, 2 * (extent - 1));
  const i = ((index % period) + period) % period;
  return i < extent ? i : period - i;
}
