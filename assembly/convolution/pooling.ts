import { bytes, rowShare } from "../base/lanes";
import { sumOf } from "../base/summation";
import { PoolRange } from "../contract/pooling";

/** Places of a window that are added up one after the other in f32. */
const LONG: i32 = 256;

/** Bytes of a PoolRange. */
const RANGE: usize = offsetof<PoolRange>();

@inline
function windowAt(windows: usize, i: i32): PoolRange {
  return changetype<PoolRange>(windows + <usize>i * RANGE);
}

/**
 * out[p, y, x] = the largest x[p, h, w] in the window (y, x), NaN where there is one; step from place to place along
 * each axis. Workers share rows of out.
 */
export function maxPool(
  x: usize, out: usize, windows: usize, planes: i32, height: i32, width: i32, rows: i32, columns: i32, rowStep: i32,
  columnStep: i32, part: i32, parts: i32,
): void {
  const end = rowShare(planes * rows, part + 1, parts);
  const across = windows + <usize>rows * RANGE;
  for (let item = rowShare(planes * rows, part, parts); item < end; item++) {
    const plane = x + bytes((item / rows) * height * width);
    const row = windowAt(windows, item % rows);
    const to = out + bytes(item * columns);
    for (let c = 0; c < columns; c++) {
      const column = windowAt(across, c);
      const last = column.end;
      let most: f32 = -Infinity;
      for (let h = row.start; h < row.end; h += rowStep) {
        for (let w = column.start; w < last; w += columnStep) most = max(most, load<f32>(plane + bytes(h * width + w)));
      }
      store<f32>(to + bytes(c), most);
    }
  }
}

/**
 * dx[p, h, w] = the sum of dOut over the windows whose largest x is the one at (h, w): the first of equals, or the last
 * NaN. Workers share planes.
 */
export function maxPoolGradient(
  dOut: usize, x: usize, dx: usize, windows: usize, planes: i32, height: i32, width: i32, rows: i32, columns: i32,
  rowStep: i32, columnStep: i32, part: i32, parts: i32,
): void {
  const first = rowShare(planes, part, parts);
  const end = rowShare(planes, part + 1, parts);
  const across = windows + <usize>rows * RANGE;
  const floats = height * width;
  memory.fill(dx + bytes(first * floats), 0, bytes((end - first) * floats));
  for (let plane = first; plane < end; plane++) {
    const from = x + bytes(plane * floats);
    const to = dx + bytes(plane * floats);
    let upstream = dOut + bytes(plane * rows * columns);
    for (let r = 0; r < rows; r++) {
      const row = windowAt(windows, r);
      for (let c = 0; c < columns; c++) {
        const column = windowAt(across, c);
        const last = column.end;
        let most: f32 = -Infinity;
        let place = row.start * width + column.start;
        for (let h = row.start; h < row.end; h += rowStep) {
          for (let w = column.start; w < last; w += columnStep) {
            const value = load<f32>(from + bytes(h * width + w));
            if (value > most || value != value) {
              most = value;
              place = h * width + w;
            }
          }
        }
        store<f32>(to + bytes(place), load<f32>(to + bytes(place)) + load<f32>(upstream));
        upstream += 4;
      }
    }
  }
}

/** out[p, y, x] = the sum of x[p, h, w] in the window (y, x) / (row count * column count). Workers share rows of out. */
export function averagePool(
  x: usize, out: usize, windows: usize, planes: i32, height: i32, width: i32, rows: i32, columns: i32, part: i32,
  parts: i32,
): void {
  const end = rowShare(planes * rows, part + 1, parts);
  const across = windows + <usize>rows * RANGE;
  for (let item = rowShare(planes * rows, part, parts); item < end; item++) {
    const plane = x + bytes((item / rows) * height * width);
    const row = windowAt(windows, item % rows);
    const to = out + bytes(item * columns);
    for (let c = 0; c < columns; c++) {
      const column = windowAt(across, c);
      const last = column.end;
      const size = sizeOf(row, column);
      if ((row.end - row.start) * (last - column.start) > LONG) {
        store<f32>(to + bytes(c), longSum(plane, width, row, column) / size);
        continue;
      }
      let sum: f32 = 0;
      for (let h = row.start; h < row.end; h++) {
        for (let w = column.start; w < last; w++) sum += load<f32>(plane + bytes(h * width + w));
      }
      store<f32>(to + bytes(c), sum / size);
    }
  }
}

/** The divisor of the sum of a window. */
@inline
function sizeOf(row: PoolRange, column: PoolRange): f32 {
  return <f32>(<f64>row.count * <f64>column.count);
}

/** The sum of a window of a plane. */
function longSum(plane: usize, width: i32, row: PoolRange, column: PoolRange): f32 {
  let total: f64 = 0;
  for (let h = row.start; h < row.end; h++) {
    total += sumOf(plane + bytes(h * width + column.start), column.end - column.start);
  }
  return <f32>total;
}

/** dx[p, h, w] = the sum over the windows with (h, w) in them of dOut / (row count * column count). Workers share planes. */
export function averagePoolGradient(
  dOut: usize, dx: usize, windows: usize, planes: i32, height: i32, width: i32, rows: i32, columns: i32, part: i32,
  parts: i32,
): void {
  const first = rowShare(planes, part, parts);
  const end = rowShare(planes, part + 1, parts);
  const across = windows + <usize>rows * RANGE;
  const floats = height * width;
  memory.fill(dx + bytes(first * floats), 0, bytes((end - first) * floats));
  for (let plane = first; plane < end; plane++) {
    const to = dx + bytes(plane * floats);
    let upstream = dOut + bytes(plane * rows * columns);
    for (let r = 0; r < rows; r++) {
      const row = windowAt(windows, r);
      for (let c = 0; c < columns; c++) {
        const column = windowAt(across, c);
        const last = column.end;
        const share = load<f32>(upstream) / sizeOf(row, column);
        for (let h = row.start; h < row.end; h++) {
          for (let w = column.start; w < last; w++) {
            const at = to + bytes(h * width + w);
            store<f32>(at, load<f32>(at) + share);
          }
        }
        upstream += 4;
      }
    }
  }
}
