import { bytes, rowShare } from "../base/lanes";
import { NARROW_PANEL, PRODUCT_RUN, TILE_FLOATS, WIDE_PANEL } from "../contract/matmul";
import { panelWidth } from "./pack";
import { TILE, moveTile, tile } from "./tile";

/** Rows of A that stay in the L2 cache for all panels. */
@inline
export const BLOCK: i32 = 96;

/**
 * out[m, n] = sum over k of a[m * aRow + k] * b[k, n], with b from `packPanels` and out [M, N] dense.
 * `panel` is that of packPanels; `workspace` holds parts * TILE_FLOATS floats.
 * Workers share tiles of rows, or panels where tiles are few.
 */
export function matmulPanels(
  a: usize, aRow: i32, panels: usize, out: usize, M: i32, N: i32, K: i32, workspace: usize, panel: i32,
  part: i32, parts: i32,
): void {
  const tiles = (M + TILE - 1) / TILE;
  const count = (N + panel - 1) / panel;
  const byRows = tiles >= min(count, 4 * parts);
  const mStart = byRows ? rowShare(tiles, part, parts) * TILE : 0;
  const mEnd = byRows ? min(M, rowShare(tiles, part + 1, parts) * TILE) : M;
  const pStart = byRows ? 0 : rowShare(count, part, parts);
  const pEnd = byRows ? count : rowShare(count, part + 1, parts);
  const scratch = workspace + bytes(part * TILE_FLOATS);
  const runs = max(1, (K + PRODUCT_RUN - 1) / PRODUCT_RUN);
  let k = 0;
  for (let run = 0; run < runs; run++) {
    const end = run + 1 == runs ? K : rowShare(K, run + 1, runs);
    const depth = end - k;
    for (let m = mStart; m < mEnd; m += BLOCK) {
      const rows = min(BLOCK, mEnd - m);
      const block = a + bytes(m * aRow + k);
      for (let p = pStart; p < pEnd; p++) {
        const n = p * panel;
        const columns = min(panel, N - n);
        const width = panelWidth(panel, columns);
        const b = panels + bytes(n * K + k * width);
        const to = out + bytes(m * N + n);
        if (width == WIDE_PANEL) panelRows16(block, bytes(aRow), b, to, bytes(N), rows, columns, depth, run > 0, scratch);
        else panelRows8(block, bytes(aRow), b, to, bytes(N), rows, columns, depth, run > 0, scratch);
      }
    }
    k = end;
  }
}

/**
 * The product of `rows` rows with one panel of `width` columns, a constant; row strides in bytes.
 * Tiles that are incomplete, or added to out, are first computed in `scratch`.
 */
@inline
function panelRows(
  width: i32, a: usize, aRow: usize, panel: usize, out: usize, outRow: usize, rows: i32, columns: i32, K: i32,
  add: bool, scratch: usize,
): void {
  while (rows > 0) {
    // Six rows at a time, unless fours cover the rest with less to spare.
    const height = TILE == 4 || rows <= 4 || rows == 7 || rows == 8 ? 4 : 6;
    const whole = !add && columns == width && rows >= height;
    const to = whole ? out : scratch;
    const toRow = whole ? outRow : bytes(width);
    if (TILE == 4 || height == 4) tile(4, width, a, aRow, 4, panel, bytes(width), to, toRow, rows, K);
    else tile(6, width, a, aRow, 4, panel, bytes(width), to, toRow, rows, K);
    if (!whole) moveTile(scratch, bytes(width), out, outRow, min(rows, height), columns, add);
    a += aRow * height;
    out += outRow * height;
    rows -= height;
  }
}

export function panelRows8(
  a: usize, aRow: usize, panel: usize, out: usize, outRow: usize, rows: i32, columns: i32, K: i32, add: bool,
  scratch: usize,
): void {
  panelRows(NARROW_PANEL, a, aRow, panel, out, outRow, rows, columns, K, add, scratch);
}

export function panelRows16(
  a: usize, aRow: usize, panel: usize, out: usize, outRow: usize, rows: i32, columns: i32, K: i32, add: bool,
  scratch: usize,
): void {
  panelRows(WIDE_PANEL, a, aRow, panel, out, outRow, rows, columns, K, add, scratch);
}
