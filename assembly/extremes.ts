import { Binary, Maximum, Minimum } from "./base/functions";
import { LANES, TURN, bytes, loadLanes, rowShare, shareStart, storeLanes } from "./base/lanes";

/** f over the numbers of a row, beginning with `first`. */
@inline
function reduceRow<F extends Binary>(f: F, x: usize, columns: i32, first: v128): f32 {
  let low = first;
  let high = first;
  let i = 0;
  for (; i + TURN <= columns; i += TURN) {
    low = f.apply(low, v128.load(x + bytes(i)));
    high = f.apply(high, v128.load(x + bytes(i), 16));
  }
  for (; i < columns; i += LANES) low = f.apply(low, loadLanes(x + bytes(i), columns - i, first));
  low = f.apply(low, high);
  low = f.apply(low, v128.shuffle<f32>(low, low, 2, 3, 0, 1));
  return f32x4.extract_lane(f.apply(low, v128.shuffle<f32>(low, low, 1, 0, 3, 2)), 0);
}

/** f over the rows of x [rows, columns], for the columns from `start` to below `end`. */
@inline
function reduceRows<F extends Binary>(
  f: F, x: usize, out: usize, rows: i32, columns: i32, first: v128, start: i32, end: i32,
): void {
  let c = start;
  for (; c + TURN <= end; c += TURN) {
    let low = first;
    let high = first;
    for (let r = 0; r < rows; r++) {
      const at = x + bytes(r * columns + c);
      low = f.apply(low, v128.load(at));
      high = f.apply(high, v128.load(at, 16));
    }
    v128.store(out + bytes(c), low);
    v128.store(out + bytes(c), high, 16);
  }
  for (; c < end; c += LANES) {
    const count = end - c;
    let most = first;
    for (let r = 0; r < rows; r++) most = f.apply(most, loadLanes(x + bytes(r * columns + c), count, first));
    storeLanes(out + bytes(c), count, most);
  }
}

/** out[o, c] = f over r of x[o, r, c]; shared over o, or over c where there are few o. */
@inline
function reduceMiddle<F extends Binary>(
  f: F, x: usize, out: usize, first: v128, outer: i32, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const byOuter = columns == 1 || outer >= 2 * parts;
  const end = byOuter ? rowShare(outer, part + 1, parts) : outer;
  const startColumn = byOuter ? 0 : shareStart(columns, part, parts);
  const endColumn = byOuter ? columns : shareStart(columns, part + 1, parts);
  for (let o = byOuter ? rowShare(outer, part, parts) : 0; o < end; o++) {
    const from = x + bytes(o * rows * columns);
    if (columns == 1) store<f32>(out + bytes(o), reduceRow(f, from, rows, first));
    else reduceRows(f, from, out + bytes(o * columns), rows, columns, first, startColumn, endColumn);
  }
}

/** out[o, c] = the largest x[o, r, c] over r, NaN where one is; -Infinity of none. */
export function maxMiddle(
  x: usize, out: usize, outer: i32, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  reduceMiddle(changetype<Maximum>(0), x, out, f32x4.splat(-Infinity), outer, rows, columns, part, parts);
}

/** out[o, c] = the smallest x[o, r, c] over r, NaN where one is; Infinity of none. */
export function minMiddle(
  x: usize, out: usize, outer: i32, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  reduceMiddle(changetype<Minimum>(0), x, out, f32x4.splat(Infinity), outer, rows, columns, part, parts);
}

/** out[o, c] = the first r whose sign * x[o, r, c] is largest, or is NaN; an integer. Shared over o and c together. */
export function argMiddle(
  x: usize, out: usize, sign: f32, outer: i32, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = shareStart(outer * columns, part + 1, parts);
  for (let i = shareStart(outer * columns, part, parts); i < end; i++) {
    const o = i / columns;
    const from = x + bytes(o * rows * columns + (i - o * columns));
    let most = load<f32>(from) * sign;
    let place = 0;
    for (let r = 1; r < rows && most == most; r++) {
      const value = load<f32>(from + bytes(r * columns)) * sign;
      if (value > most || value != value) {
        most = value;
        place = r;
      }
    }
    store<i32>(out + bytes(i), place);
  }
}
