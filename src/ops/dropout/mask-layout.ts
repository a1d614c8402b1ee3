import { MASK_WORD } from "#kernels/contract";
import { shown } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { Variable } from "../../memory/variable.ts";
import { sizeOf } from "../../base/tensor.ts";
import { frontAxis } from "../check.ts";

/** Which elements share one draw of a mask. */
export interface MaskLayout {
  /** Axes along which all elements share one draw, from -rank to rank - 1. Default: none. */
  readonly axes?: readonly number[];
  /** Consecutive samples, along the first axis, that share one mask; `"batch"` is all of them. Default: 1. */
  readonly group?: number | "batch";
}

/** x as a matrix, and the draws of each row. */
export interface MaskRows {
  readonly rows: number;
  readonly columns: number;
  /** Whether there is one draw for each element; if not, there is one for each row. */
  readonly drawsPerElement: boolean;
  /** For each row of x the index of its row in the mask, or of its draw. */
  readonly index: Variable<"int32">;
  /** Draws in the mask; those of a row start at a whole word of 32. */
  readonly draws: number;
}

/** An axis of x with an extent other than 1. */
interface MaskAxis {
  readonly extent: number;
  /** Whether all indices along the axis share one draw. */
  readonly isShared: boolean;
  /** Consecutive indices that share one draw, if not all do. */
  readonly group: number;
}

/**
 * The layout of a mask for x; null if no elements share a draw.
 * @throws RangeError when an axis is not one of x
 */
export function maskRowsOf(where: string, x: Operand, { axes = [], group = 1 }: MaskLayout): MaskRows | null {
  const samples = x.shape[0] ?? 1;
  const shared = new Set(axes.map((axis) => frontAxis(where, x, axis)));
  if (group === "batch" || group >= samples) shared.add(0);
  const sampleGroup = group === "batch" || shared.has(0) ? 1 : group;
  const maskAxes = x.shape
    .map((extent, axis): MaskAxis => ({ extent, isShared: shared.has(axis), group: axis === 0 ? sampleGroup : 1 }))
    .filter(({ extent }) => extent !== 1);
  const last = maskAxes.at(-1);
  if (!last || maskAxes.every((axis) => !axis.isShared && axis.group === 1)) return null;
  // Columns are the last axes, as long as all share draws or none does.
  let inner = maskAxes.length;
  while (inner > 0 && maskAxes[inner - 1]?.isShared === last.isShared && maskAxes[inner - 1]?.group === 1) inner--;
  const outer = maskAxes.slice(0, inner);
  const drawsPerElement = inner < maskAxes.length && !last.isShared;
  const columns = sizeOf(maskAxes.slice(inner).map(({ extent }) => extent));
  const index = indexOf(outer);
  const drawsPerRow = drawsPerElement ? MASK_WORD * Math.ceil(columns / MASK_WORD) : 1;
  return { rows: index.size, columns, drawsPerElement, index, draws: drawsOf(outer) * drawsPerRow };
}

/** @throws TypeError when axes are not whole numbers; their range is checked when x is known */
export function requireAxes(where: string, axes: readonly number[]): void {
  if (Array.isArray(axes) && axes.every(Number.isInteger)) return;
  throw new TypeError(`${where}: axes must be an array of whole numbers; got ${shown(axes)}`);
}

/** Distinct draws along these axes. */
function drawsOf(axes: readonly MaskAxis[]): number {
  return axes.reduce((draws, { extent, isShared, group }) => draws * (isShared ? 1 : Math.ceil(extent / group)), 1);
}

/** The index of the draw at each position along these axes, in row-major order. */
function indexOf(axes: readonly MaskAxis[]): Variable<"int32"> {
  const index = new Variable("maskRows", [sizeOf(axes.map(({ extent }) => extent))], "int32");
  const draws = axes.reduce(
    (outerDraws, axis) =>
      outerDraws.flatMap((draw) =>
        Array.from({ length: axis.extent }, (_, i) =>
          axis.isShared ? draw : draw * drawsOf([axis]) + Math.floor(i / axis.group),
        ),
      ),
    [0],
  );
  index.write().set(draws);
  return index;
}
