import { bytes, rowShare } from "./lanes";
import { PANEL, transposeBlock } from "./matmul-pack";
import { TILE, tile } from "./matmul-tile";

/** Rows of A that stay in the L2 cache while every panel passes by. */
const BLOCK: i32 = 96;

/** Longest run of k: a panel of 8 x 1024 floats is 32 kB and lies in the L1 cache. Longer sums are cut evenly. */
const DEPTH: i32 = 1024;

/**
 * out[m, n] = sum over k of a[m * aRow + k * aColumn] * b[k, n], with b from `packPanels` and out [M, N] dense.
 * `workspace` holds parts * 96 * min(K, 1024) floats, used only where aColumn is not 1.
 * Workers share tiles of rows, or panels where tiles are few.
 */
export function matmulPanels(
  a: usize, aRow: i32, aColumn: i32, panels: usize, out: usize, M: i32, N: i32, K: i32, workspace: usize,
  part: i32, parts: i32,
): void {
  const tiles = (M + TILE - 1) / TILE;
  const count = (N + PANEL - 1) / PANEL;
  const byRows = tiles >= min(count, 4 * parts);
  const mStart = byRows ? rowShare(tiles, part, parts) * TILE : 0;
  const mEnd = byRows ? min(M, rowShare(tiles, part + 1, parts) * TILE) : M;
  const pStart = byRows ? 0 : rowShare(count, part, parts);
  const pEnd = byRows ? count : rowShare(count, part + 1, parts);
  if (pStart == pEnd) return;
  const packed = workspace + bytes(part * BLOCK * min(K, DEPTH));
  const runs = max(1, (K + DEPTH - 1) / DEPTH);
  for (let run = 0; run < runs; run++) {
    const k = rowShare(K, run, runs);
    const depth = rowShare(K, run + 1, runs) - k;
    for (let m = mStart; m < mEnd; m += BLOCK) {
      const rows = min(BLOCK, mEnd - m);
      let block = a + bytes(m * aRow + k * aColumn);
      let blockRow = aRow;
      if (aColumn != 1) {
        transposeBlock(block, aColumn, aRow, packed, depth, rows, depth);
        block = packed;
        blockRow = depth;
      }
      for (let p = pStart; p < pEnd; p++) {
        const n = p * PANEL;
        panelRows(
          block, bytes(blockRow), panels + bytes(n * K + k * PANEL), out + bytes(m * N + n), bytes(N),
          rows, min(PANEL, N - n), depth, run > 0,
        );
      }
    }
  }
}

/** The product of `rows` rows with one panel; row strides in bytes. */
function panelRows(
  a: usize, aRow: usize, panel: usize, out: usize, outRow: usize, rows: i32, columns: i32, K: i32, add: bool,
): void {
  while (rows > 0) {
    // Six rows at a time, unless fours cover the rest with less to spare.
    if (TILE == 4 || rows <= 4 || rows == 7 || rows == 8) {
      tile(4, PANEL, a, aRow, 4, panel, bytes(PANEL), out, outRow, rows, columns, K, add);
      a += aRow * 4;
      out += outRow * 4;
      rows -= 4;
    } else {
      tile(6, PANEL, a, aRow, 4, panel, bytes(PANEL), out, outRow, rows, columns, K, add);
      a += aRow * 6;
      out += outRow * 6;
      rows -= 6;
    }
  }
}
