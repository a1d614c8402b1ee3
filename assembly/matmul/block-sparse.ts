// Products that visit only selected blocks. A list has a `selectionLine` for each group of rows. A compact operand has the
// columns of selected blocks alone; an operand without a list (address 0) has all of its columns.

import { NARROW_PANEL, TILE_FLOATS, WIDE_PANEL } from "../contract/matmul";
import { SHORT_SUM } from "../contract/sums";
import { fill } from "../elementwise/arithmetic";
import { bytes, rowShare } from "../base/lanes";
import { panelWidth } from "./pack";
import { TILE, moveTile, tileOver } from "./tile";
import { addToTotals } from "../base/summation";

/** Columns of an operand without a list that are processed as one block. */
const PIECE: i32 = WIDE_PANEL;

/** Rows of the next tile: six, unless fours cover the rest with less to spare. */
@inline
function heightOf(rows: i32): i32 {
  return TILE == 4 || rows <= 4 || rows == 7 || rows == 8 ? 4 : 6;
}

/**
 * out[m, n] = sum over selected k of a[m, k] * b[k, n] for selected n, with b from `packPanels`, `panel` as given
 * there, a divisor of both blocks. `a` has aKeep blocks of aBlock columns where there is aList, else K columns; out
 * has outKeep blocks of outBlock columns where there is outList, else N. `aLine` and `outLine` are integers from one
 * line of a list to the next, `group` rows have one line; `workspace` holds parts * TILE_FLOATS floats.
 * Workers share the blocks of all groups.
 */
export function matmulBlockSparse(
  a: usize, aList: usize, aLine: i32, aKeep: i32, aBlock: i32, panels: usize, out: usize, outList: usize, outLine: i32,
  outKeep: i32, outBlock: i32, M: i32, N: i32, K: i32, group: i32, workspace: usize, panel: i32, part: i32, parts: i32,
): void {
  const groups = (M + group - 1) / group;
  const pieces = outList != 0 ? outKeep : (N + PIECE - 1) / PIECE;
  const piece = outList != 0 ? outBlock : PIECE;
  const aRow = aList != 0 ? aKeep * aBlock : K;
  const outRow = outList != 0 ? outKeep * outBlock : N;
  const scratch = workspace + bytes(part * TILE_FLOATS);
  const end = rowShare(groups * pieces, part + 1, parts);
  for (let unit = rowShare(groups * pieces, part, parts); unit < end; unit++) {
    const g = unit / pieces;
    const j = unit % pieces;
    const m = g * group;
    const first = (outList != 0 ? load<i32>(outList + bytes(g * outLine + j)) : j) * piece;
    const list = aList + bytes((g + 1) * aLine - aRow);
    for (let c = 0; c < min(piece, N - first); c += panel) {
      const columns = min(panel, N - first - c);
      const width = panelWidth(panel, columns);
      const b = panels + bytes((first + c) * K);
      const from = a + bytes(m * aRow);
      const to = out + bytes(m * outRow + j * piece + c);
      const rows = min(group, M - m);
      if (aList != 0) {
        if (width == WIDE_PANEL) selectedPanelRows16(from, bytes(aRow), b, to, bytes(outRow), rows, columns, aRow, list, scratch);
        else selectedPanelRows8(from, bytes(aRow), b, to, bytes(outRow), rows, columns, aRow, list, scratch);
      } else {
        if (width == WIDE_PANEL) densePanelRows16(from, bytes(aRow), b, to, bytes(outRow), rows, columns, K, scratch);
        else densePanelRows8(from, bytes(aRow), b, to, bytes(outRow), rows, columns, K, scratch);
      }
    }
  }
}

/** `rows` rows times one panel of `width` columns, a constant, whose blocks of K rows are skipped if `skips`. */
@inline
function panelRows(
  skips: bool, width: i32, a: usize, aRow: usize, b: usize, out: usize, outRow: usize, rows: i32, columns: i32, K: i32,
  list: usize, scratch: usize,
): void {
  while (rows > 0) {
    const height = heightOf(rows);
    const whole = columns == width && rows >= height;
    const to = whole ? out : scratch;
    const toRow = whole ? outRow : bytes(width);
    if (TILE == 4 || height == 4) {
      tileOver(false, skips, 4, width, a, aRow, 4, b, bytes(width), to, toRow, rows, K, list);
    } else {
      tileOver(false, skips, 6, width, a, aRow, 4, b, bytes(width), to, toRow, rows, K, list);
    }
    if (!whole) moveTile(scratch, bytes(width), out, outRow, min(rows, height), columns, false);
    a += aRow * height;
    out += outRow * height;
    rows -= height;
  }
}

function selectedPanelRows16(
  a: usize, aRow: usize, b: usize, out: usize, outRow: usize, rows: i32, columns: i32, K: i32, list: usize,
  scratch: usize,
): void {
  panelRows(true, WIDE_PANEL, a, aRow, b, out, outRow, rows, columns, K, list, scratch);
}

function selectedPanelRows8(
  a: usize, aRow: usize, b: usize, out: usize, outRow: usize, rows: i32, columns: i32, K: i32, list: usize,
  scratch: usize,
): void {
  panelRows(true, NARROW_PANEL, a, aRow, b, out, outRow, rows, columns, K, list, scratch);
}

function densePanelRows16(
  a: usize, aRow: usize, b: usize, out: usize, outRow: usize, rows: i32, columns: i32, K: i32, scratch: usize,
): void {
  panelRows(false, WIDE_PANEL, a, aRow, b, out, outRow, rows, columns, K, 0, scratch);
}

function densePanelRows8(
  a: usize, aRow: usize, b: usize, out: usize, outRow: usize, rows: i32, columns: i32, K: i32, scratch: usize,
): void {
  panelRows(false, NARROW_PANEL, a, aRow, b, out, outRow, rows, columns, K, 0, scratch);
}

/**
 * out[i, j] = sum over rows m of x[m, i] * y[m, j], only over rows in which both i and j are selected. x has xKeep blocks of
 * xBlock columns where there is xList, else I columns, y likewise of J; out is [I, J].
 * `panel`, 8 or 16, divides yBlock where there is yList. `workspace` holds parts * TILE_FLOATS floats, `totals` 2 I J where M is
 * above SHORT_SUM.
 * Workers share pieces of i. Without yList up to 15 floats behind y are read, to no effect.
 */
export function matmulBlockSparseGradient(
  x: usize, xList: usize, xLine: i32, xKeep: i32, xBlock: i32, y: usize, yList: usize, yLine: i32, yKeep: i32,
  yBlock: i32, out: usize, I: i32, J: i32, M: i32, group: i32, workspace: usize, totals: usize, panel: i32,
  part: i32, parts: i32,
): void {
  const piece = xList != 0 ? xBlock : PIECE;
  const pieces = (I + piece - 1) / piece;
  const xRow = bytes(xList != 0 ? xKeep * xBlock : I);
  const yRow = bytes(yList != 0 ? yKeep * yBlock : J);
  const yPieces = yList != 0 ? yKeep : (J + PIECE - 1) / PIECE;
  const yPiece = yList != 0 ? yBlock : PIECE;
  const scratch = workspace + bytes(part * TILE_FLOATS);
  const end = rowShare(pieces, part + 1, parts);
  for (let i = rowShare(pieces, part, parts); i < end; i++) {
    const rows = min(piece, I - i * piece);
    const to = out + bytes(i * piece * J);
    const own = totals + 2 * bytes(i * piece * J);
    let start = 0;
    do {
      fill(to, 0, rows * J, 0, 1);
      const stop = min(M, start + SHORT_SUM);
      for (let m = start; m < stop; ) {
        const g = m / group;
        const depth = min(min(group, M - g * group) - (m - g * group), stop - m);
        const place = xList != 0 ? load<i32>(xList + bytes(g * xLine + xKeep + i)) : i;
        const a = x + xRow * m + bytes(place * piece);
        const b = y + yRow * m;
        m += depth;
        if (place < 0) continue;
        for (let k = 0; k < yPieces; k++) {
          const first = (yList != 0 ? load<i32>(yList + bytes(g * yLine + k)) : k) * yPiece;
          for (let c = 0; c < min(yPiece, J - first); c += panel) {
            const columns = min(panel, J - first - c);
            const panelOfY = b + bytes(k * yPiece + c);
            const into = to + bytes(first + c);
            if (panel == WIDE_PANEL) outer16(a, xRow, panelOfY, yRow, into, bytes(J), rows, columns, depth, scratch);
            else outer8(a, xRow, panelOfY, yRow, into, bytes(J), rows, columns, depth, scratch);
          }
        }
      }
      if (M > SHORT_SUM) addToTotals(to, own, rows * J, start == 0);
      start = stop;
    } while (start < M);
  }
}

/** Adds to out the product of `rows` columns of a, transposed, with `width` columns of b, a constant, over K rows. */
@inline
function outer(
  width: i32, a: usize, aStep: usize, b: usize, bStep: usize, out: usize, outRow: usize, rows: i32, columns: i32,
  K: i32, scratch: usize,
): void {
  while (rows > 0) {
    const height = heightOf(rows);
    const whole = columns == width && rows >= height;
    const to = whole ? out : scratch;
    const toRow = whole ? outRow : bytes(width);
    if (!whole) moveTile(out, outRow, scratch, bytes(width), min(rows, height), columns, false);
    if (TILE == 4 || height == 4) {
      tileOver(true, false, 4, width, a, 4, aStep, b, bStep, to, toRow, rows, K, 0);
    } else {
      tileOver(true, false, 6, width, a, 4, aStep, b, bStep, to, toRow, rows, K, 0);
    }
    if (!whole) moveTile(scratch, bytes(width), out, outRow, min(rows, height), columns, false);
    a += bytes(height);
    out += outRow * height;
    rows -= height;
  }
}

function outer16(
  a: usize, aStep: usize, b: usize, bStep: usize, out: usize, outRow: usize, rows: i32, columns: i32, K: i32,
  scratch: usize,
): void {
  outer(WIDE_PANEL, a, aStep, b, bStep, out, outRow, rows, columns, K, scratch);
}

function outer8(
  a: usize, aStep: usize, b: usize, bStep: usize, out: usize, outRow: usize, rows: i32, columns: i32, K: i32,
  scratch: usize,
): void {
  outer(NARROW_PANEL, a, aStep, b, bStep, out, outRow, rows, columns, K, scratch);
}
