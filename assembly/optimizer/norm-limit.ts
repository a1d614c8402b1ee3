import { mapRangeWith } from "../base/map";
import { Multiply } from "../base/functions";
import { bytes, rowShare } from "../base/lanes";
import { dotOf } from "../base/summation";

/** Each row w[r] that is longer than `limit` is scaled to that length, in place; shared over r. */
export function limitRows(w: usize, limit: f32, rows: i32, columns: i32, part: i32, parts: i32): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const row = w + bytes(r) * <usize>columns;
    const length = sqrt(dotOf(row, row, columns));
    if (length <= limit) continue;
    const scale = f32x4.splat(<f32>(<f64>limit / length));
    mapRangeWith(changetype<Multiply>(0), row, scale, row, 0, columns);
  }
}
