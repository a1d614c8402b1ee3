import { LANES, TURN, bytes, rowShare } from "../base/lanes";
import { NARROW_PANEL, WIDE_PANEL } from "../contract/matmul";
import { LINE } from "../contract/workers";

const CHUNK: i32 = 16; // rows of B copied into all panels before the next ones

/** Columns of a panel in memory: the last wide panel is narrow where that is enough. */
@inline
export function panelWidth(panel: i32, columns: i32): i32 {
  return columns <= NARROW_PANEL ? NARROW_PANEL : panel;
}

/**
 * panels[p, k, j] = b[k * bRow + (panel p + j) * bColumn], and 0 where panel p + j >= N; j < panel, 8 or 16.
 * Of 16 columns the last panel has 8 where that is enough.
 * `panels` holds ceil(N / panel) * panel * K floats; workers share whole panels.
 */
export function packPanels(
  b: usize, bRow: i32, bColumn: i32, panels: usize, K: i32, N: i32, panel: i32, part: i32, parts: i32,
): void {
  const count = (N + panel - 1) / panel;
  const first = rowShare(count, part, parts);
  const end = rowShare(count, part + 1, parts);
  const full = min(end, N / panel);
  if (bColumn == 1) {
    copyPanels(b, bRow, panels, K, panel, first, full);
  } else {
    for (let p = first; p < full; p++) {
      const n = p * panel;
      transposeBlock(b + bytes(n * bColumn), bColumn, bRow, panels + bytes(n * K), panel, K, panel);
    }
  }
  if (first <= full && full < end) {
    const n = full * panel;
    const width = panelWidth(panel, N - n);
    const out = panels + bytes(n * K);
    memory.fill(out, 0, bytes(width * K));
    transposeBlock(b + bytes(n * bColumn), bColumn, bRow, out, width, K, N - n);
  }
}

/** Panels `first` to `end` of a B whose columns are adjacent: B is read in whole rows, a few at a time. */
function copyPanels(b: usize, bRow: i32, panels: usize, K: i32, panel: i32, first: i32, end: i32): void {
  for (let k = 0; k < K; k += CHUNK) {
    const rows = min(CHUNK, K - k);
    for (let p = first; p < end; p++) {
      let from = b + bytes(k * bRow + p * panel);
      let to = panels + bytes((p * K + k) * panel);
      for (let row = 0; row < rows; row++) {
        copyEight(from, to);
        if (panel == WIDE_PANEL) copyEight(from + 32, to + 32);
        from += bytes(bRow);
        to += bytes(panel);
      }
    }
  }
}

@inline
function copyEight(from: usize, to: usize): void {
  const low = v128.load(from);
  const high = v128.load(from, 16);
  v128.store(to, low);
  v128.store(to, high, 16);
}

/** out[r * outRow + c] = x[c * xRow + r * xColumn] for `rows` x `columns`; in blocks of 4 x 8 where xColumn is 1. */
export function transposeBlock(
  x: usize, xRow: i32, xColumn: i32, out: usize, outRow: i32, rows: i32, columns: i32,
): void {
  const wholeRows = xColumn == 1 ? rows & -LANES : 0;
  const wholeColumns = columns & -TURN;
  for (let line = 0; line < wholeRows; line += LINE) {
    const end = min(line + LINE, wholeRows);
    for (let c = 0; c < wholeColumns; c += TURN) {
      for (let r = line; r < end; r += LANES) {
        transpose8(x + bytes(c * xRow + r), bytes(xRow), out + bytes(r * outRow + c), bytes(outRow));
      }
    }
  }
  for (let r = 0; r < rows; r++) {
    for (let c = r < wholeRows ? wholeColumns : 0; c < columns; c++) {
      store<f32>(out + bytes(r * outRow + c), load<f32>(x + bytes(c * xRow + r * xColumn)));
    }
  }
}

/** Eight rows of four become four rows of eight; row strides in bytes. */
@inline
function transpose8(x: usize, xRow: usize, out: usize, outRow: usize): void {
  const y = x + xRow * 4;
  const x0 = v128.load(x);
  const x1 = v128.load(x + xRow);
  const x2 = v128.load(x + xRow * 2);
  const x3 = v128.load(x + xRow * 3);
  const y0 = v128.load(y);
  const y1 = v128.load(y + xRow);
  const y2 = v128.load(y + xRow * 2);
  const y3 = v128.load(y + xRow * 3);
  const xLow01 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
  const yLow01 = v128.shuffle<f32>(y0, y1, 0, 4, 1, 5);
  const xLow23 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
  const yLow23 = v128.shuffle<f32>(y2, y3, 0, 4, 1, 5);
  const xHigh01 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
  const yHigh01 = v128.shuffle<f32>(y0, y1, 2, 6, 3, 7);
  const xHigh23 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
  const yHigh23 = v128.shuffle<f32>(y2, y3, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<f32>(xLow01, xLow23, 0, 1, 4, 5));
  v128.store(out, v128.shuffle<f32>(yLow01, yLow23, 0, 1, 4, 5), 16);
  v128.store(out + outRow, v128.shuffle<f32>(xLow01, xLow23, 2, 3, 6, 7));
  v128.store(out + outRow, v128.shuffle<f32>(yLow01, yLow23, 2, 3, 6, 7), 16);
  v128.store(out + outRow * 2, v128.shuffle<f32>(xHigh01, xHigh23, 0, 1, 4, 5));
  v128.store(out + outRow * 2, v128.shuffle<f32>(yHigh01, yHigh23, 0, 1, 4, 5), 16);
  v128.store(out + outRow * 3, v128.shuffle<f32>(xHigh01, xHigh23, 2, 3, 6, 7));
  v128.store(out + outRow * 3, v128.shuffle<f32>(yHigh01, yHigh23, 2, 3, 6, 7), 16);
}
