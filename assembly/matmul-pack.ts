import { LANES, bytes, rowShare } from "./lanes";

/** Columns of B in one panel: two registers. */
export const PANEL: i32 = 8;

const LINE: i32 = 16; // floats in one cache line
const CHUNK: i32 = 16; // rows of B copied into all panels before the next ones

/**
 * panels[p, k, j] = b[k * bRow + (8 p + j) * bColumn], and 0 where 8 p + j >= N.
 * `panels` holds ceil(N / 8) * 8 * K floats; workers share whole panels.
 */
export function packPanels(
  b: usize, bRow: i32, bColumn: i32, panels: usize, K: i32, N: i32, part: i32, parts: i32,
): void {
  const count = (N + PANEL - 1) / PANEL;
  const first = rowShare(count, part, parts);
  const end = rowShare(count, part + 1, parts);
  const full = min(end, N / PANEL);
  if (bColumn == 1) {
    copyPanels(b, bRow, panels, K, first, full);
  } else {
    for (let p = first; p < full; p++) {
      const out = panels + bytes(p * PANEL * K);
      transposeBlock(b + bytes(p * PANEL * bColumn), bColumn, bRow, out, PANEL, K, PANEL);
    }
  }
  if (first <= full && full < end) {
    const out = panels + bytes(full * PANEL * K);
    memory.fill(out, 0, bytes(PANEL * K));
    transposeBlock(b + bytes(full * PANEL * bColumn), bColumn, bRow, out, PANEL, K, N - full * PANEL);
  }
}

/** Panels `first` to `end` of a B whose columns are adjacent: B is read in whole rows, a few at a time. */
function copyPanels(b: usize, bRow: i32, panels: usize, K: i32, first: i32, end: i32): void {
  for (let k = 0; k < K; k += CHUNK) {
    const rows = min(CHUNK, K - k);
    for (let p = first; p < end; p++) {
      let from = b + bytes(k * bRow + p * PANEL);
      let to = panels + bytes((p * K + k) * PANEL);
      for (let row = 0; row < rows; row++) {
        const low = v128.load(from);
        const high = v128.load(from, 16);
        v128.store(to, low);
        v128.store(to, high, 16);
        from += bytes(bRow);
        to += bytes(PANEL);
      }
    }
  }
}

/** out[r * outRow + c] = x[c * xRow + r * xColumn] for `rows` x `columns`; in blocks of 4 x 4 where xColumn is 1. */
export function transposeBlock(
  x: usize, xRow: i32, xColumn: i32, out: usize, outRow: i32, rows: i32, columns: i32,
): void {
  const wholeRows = xColumn == 1 ? rows & -LANES : 0;
  const wholeColumns = columns & -LANES;
  for (let line = 0; line < wholeRows; line += LINE) {
    const end = min(line + LINE, wholeRows);
    for (let c = 0; c < wholeColumns; c += LANES) {
      for (let r = line; r < end; r += LANES) {
        transpose4(x + bytes(c * xRow + r), bytes(xRow), out + bytes(r * outRow + c), bytes(outRow));
      }
    }
  }
  for (let r = 0; r < rows; r++) {
    for (let c = r < wholeRows ? wholeColumns : 0; c < columns; c++) {
      store<f32>(out + bytes(r * outRow + c), load<f32>(x + bytes(c * xRow + r * xColumn)));
    }
  }
}

/** Four rows of four become four columns; row strides in bytes. */
// @ts-ignore: decorator
@inline
function transpose4(x: usize, xRow: usize, out: usize, outRow: usize): void {
  const x0 = v128.load(x);
  const x1 = v128.load(x + xRow);
  const x2 = v128.load(x + xRow * 2);
  const x3 = v128.load(x + xRow * 3);
  const low01 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
  const low23 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
  const high23 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
  v128.store(out + outRow, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
  v128.store(out + outRow * 2, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
  v128.store(out + outRow * 3, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
}
