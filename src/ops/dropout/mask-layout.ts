import { shown } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { Variable } from "../../memory/variable.ts";
import { sizeOf } from "../../base/tensor.ts";
import { frontAxis } from "../check.ts";

/** Which elements share one draw of a mask. */
export interface MaskLayout {
  /** Axes along which one mask is shared, from -rank to rank - 1; the others have draws of their own. Default: none. */
  readonly axes?: readonly number[];
  /** How many samples in a row, along the first axis, share one mask; `"batch"` is all of them. Default: 1. */
  readonly group?: number | "batch";
}

/** x as rows of one length, and what each of them has of the mask. */
export interface MaskRows {
  readonly rows: number;
  readonly columns: number;
  /** Whether each element of a row has a draw of its own; else there is one for the whole row. */
  readonly own: boolean;
  /** For each row of x, which row of the mask is its own, or which draw. */
  readonly index: Variable<"int32">;
  /** Draws in the mask; those for a row begin with a whole word. */
  readonly draws: number;
}

interface Run {
  readonly extent: number;
  readonly own: boolean;
  /** How many indices in a row share a draw. */
  readonly together: number;
}

/**
 * How a mask is laid out for x; null where every element has a draw of its own.
 * @throws RangeError when an axis is not one of x
 */
export function maskRowsOf(where: string, x: Operand, { axes = [], group = 1 }: MaskLayout): MaskRows | null {
  const samples = x.shape[0] ?? 1;
  const shared = new Set(axes.map((axis) => frontAxis(where, x, axis)));
  if (group === "batch" || group >= samples) shared.add(0);
  const together = group === "batch" || shared.has(0) ? 1 : group;
  const runs = x.shape
    .map((extent, axis): Run => ({ extent, own: !shared.has(axis), together: axis === 0 ? together : 1 }))
    .filter(({ extent }) => extent !== 1);
  if (runs.every((run) => run.own && run.together === 1)) return null;
  const last = runs.at(-1);
  let inner = runs.length;
  while (inner > 0 && runs[inner - 1]?.own === last?.own && runs[inner - 1]?.together === 1) inner--;
  const outer = runs.slice(0, inner);
  const own = inner < runs.length && last?.own === true;
  const columns = sizeOf(runs.slice(inner).map(({ extent }) => extent));
  const index = indexOf(outer);
  return { rows: index.size, columns, own, index, draws: drawsOf(outer) * (own ? 32 * Math.ceil(columns / 32) : 1) };
}

/** Refuses axes that are not whole numbers; which ones there are is known when x is. */
export function requireAxes(where: string, axes: readonly number[]): void {
  if (Array.isArray(axes) && axes.every(Number.isInteger)) return;
  throw new TypeError(`${where}: axes must be an array of whole numbers; got ${shown(axes)}`);
}

/** Draws along all runs, one for each set of indices that share one. */
function drawsOf(runs: readonly Run[]): number {
  return runs.reduce((draws, { extent, own, together }) => draws * (own ? Math.ceil(extent / together) : 1), 1);
}

/** For each place along the runs, row by row, the number of its draw. */
function indexOf(runs: readonly Run[]): Variable<"int32"> {
  const index = new Variable("maskRows", [sizeOf(runs.map(({ extent }) => extent))], "int32");
  const numbers = runs.reduce(
    (found, run) =>
      found.flatMap((before) =>
        Array.from({ length: run.extent }, (_, i) =>
          run.own ? before * drawsOf([run]) + Math.floor(i / run.together) : before,
        ),
      ),
    [0],
  );
  index.write().set(numbers);
  return index;
}
