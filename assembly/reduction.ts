import { fillRange, mapRangeWith } from "./base/map";
import { Multiply } from "./base/functions";
import { LANES, bytes, loadLanes, rowShare, shareStart, storeLanes } from "./base/lanes";
import { addToTotals, sumOf } from "./base/summation";

/** Rows added up before their sum goes to the total, so that neither sum is long. */
const ROW_BLOCK: i32 = 128;

/** Rows added up in f32 before their sums go to totals in f64. */
const LONG: i32 = ROW_BLOCK * 128;

/** Columns added side by side: two cache lines. */
const STRIP: i32 = 32;

/** out[0] = factor * (sum of x). */
export function sum(x: usize, out: usize, factor: f32, length: i32, part: i32, _parts: i32): void {
  if (part == 0) store<f32>(out, <f32>(sumOf(x, length) * factor));
}

/** out[r] = factor * (sum over c of x[r, c]). */
export function sumColumns(
  x: usize, out: usize, factor: f32, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    store<f32>(out + bytes(r), <f32>(sumOf(x + bytes(r * columns), columns) * factor));
  }
}

/**
 * out[c] = factor * (sum over r of x[r, c]); rows are read in order, a strip of columns at a time.
 * `totals` holds 2 columns floats where there are more than SHORT_SUM rows.
 */
export function sumRows(
  x: usize, out: usize, totals: usize, factor: f32, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const start = shareStart(columns, part, parts);
  sumRange(x, out, totals, factor, rows, columns, start, shareStart(columns, part + 1, parts));
}

/**
 * out[o, c] = factor * (sum over r of x[o, r, c]); shared over o, or over c where there are few o.
 * `totals` holds 2 outer columns floats where there are more than SHORT_SUM rows.
 */
export function sumMiddle(
  x: usize, out: usize, totals: usize, factor: f32, outer: i32, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const byOuter = outer >= 2 * parts;
  const end = byOuter ? rowShare(outer, part + 1, parts) : outer;
  const startColumn = byOuter ? 0 : shareStart(columns, part, parts);
  const endColumn = byOuter ? columns : shareStart(columns, part + 1, parts);
  for (let o = byOuter ? rowShare(outer, part, parts) : 0; o < end; o++) {
    const own = bytes(o * columns);
    const from = x + bytes(o * rows * columns);
    sumRange(from, out + own, totals + 2 * own, factor, rows, columns, startColumn, endColumn);
  }
}

/** `sumRows` for the columns from `start` to below `end`. */
function sumRange(
  x: usize, out: usize, totals: usize, factor: f32, rows: i32, columns: i32, start: i32, end: i32,
): void {
  if (rows <= LONG) {
    sumBlocks(x, out, factor, rows, columns, start, end);
    return;
  }
  for (let r = 0; r < rows; r += LONG) {
    sumBlocks(x + bytes(r * columns), out, factor, min(LONG, rows - r), columns, start, end);
    addToTotals(out + bytes(start), totals + 2 * bytes(start), end - start, r == 0);
  }
}

/** `sumRange` for at most LONG rows. */
function sumBlocks(x: usize, out: usize, factor: f32, rows: i32, columns: i32, start: i32, end: i32): void {
  let c = start;
  for (; c + STRIP <= end; c += STRIP) sumStrip(x + bytes(c), out + bytes(c), factor, rows, columns);
  for (; c < end; c += LANES) sumLanes(x + bytes(c), out + bytes(c), factor, rows, columns, min(LANES, end - c));
}

function sumStrip(x: usize, out: usize, factor: f32, rows: i32, columns: i32): void {
  const zero = f32x4.splat(0);
  let A = zero, B = zero, C = zero, D = zero, E = zero, F = zero, G = zero, H = zero;
  for (let start = 0; start < rows; start += ROW_BLOCK) {
    const end = min(rows, start + ROW_BLOCK);
    let a = zero, b = zero, c = zero, d = zero, e = zero, f = zero, g = zero, h = zero;
    for (let r = start; r < end; r++) {
      const at = x + bytes(r * columns);
      a = f32x4.add(a, v128.load(at));
      b = f32x4.add(b, v128.load(at, 16));
      c = f32x4.add(c, v128.load(at, 32));
      d = f32x4.add(d, v128.load(at, 48));
      e = f32x4.add(e, v128.load(at, 64));
      f = f32x4.add(f, v128.load(at, 80));
      g = f32x4.add(g, v128.load(at, 96));
      h = f32x4.add(h, v128.load(at, 112));
    }
    A = f32x4.add(A, a);
    B = f32x4.add(B, b);
    C = f32x4.add(C, c);
    D = f32x4.add(D, d);
    E = f32x4.add(E, e);
    F = f32x4.add(F, f);
    G = f32x4.add(G, g);
    H = f32x4.add(H, h);
  }
  const factors = f32x4.splat(factor); // here, because V8 crashes where it pairs products with a parameter of 128 bits
  v128.store(out, f32x4.mul(A, factors));
  v128.store(out, f32x4.mul(B, factors), 16);
  v128.store(out, f32x4.mul(C, factors), 32);
  v128.store(out, f32x4.mul(D, factors), 48);
  v128.store(out, f32x4.mul(E, factors), 64);
  v128.store(out, f32x4.mul(F, factors), 80);
  v128.store(out, f32x4.mul(G, factors), 96);
  v128.store(out, f32x4.mul(H, factors), 112);
}

/** `sumStrip` for `count` columns, at most 4. */
function sumLanes(x: usize, out: usize, factor: f32, rows: i32, columns: i32, count: i32): void {
  const zero = f32x4.splat(0);
  let total = zero;
  for (let start = 0; start < rows; start += ROW_BLOCK) {
    const end = min(rows, start + ROW_BLOCK);
    let block = zero;
    for (let r = start; r < end; r++) block = f32x4.add(block, loadLanes(x + bytes(r * columns), count, zero));
    total = f32x4.add(total, block);
  }
  storeLanes(out, count, f32x4.mul(total, f32x4.splat(factor)));
}

/** out[r, c] = factor * row[c]. */
export function expandRows(
  row: usize, out: usize, factor: f32, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  const factors = f32x4.splat(factor);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    mapRangeWith(changetype<Multiply>(0), row, factors, out + bytes(r * columns), 0, columns);
  }
}

/** out[r, c] = factor * column[r]. */
export function expandColumns(
  column: usize, out: usize, factor: f32, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const value = f32x4.splat(load<f32>(column + bytes(r)) * factor);
    fillRange(out + bytes(r * columns), value, 0, columns);
  }
}
