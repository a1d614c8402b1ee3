import { fillRange, mapRangeWith } from "./base/map";
import { Multiply } from "./base/functions";
import { expSum, largestOf } from "./base/exponentials";
import { LANES, bytes, loadLanes, rowShare, storeLanes } from "./base/lanes";

/** The lowest finite float: masked scores are below it, so that e^(masked - largest) = 0 even if a whole row is masked. */
const LOWEST: f32 = -f32.MAX_VALUE;

/** out[c] = x[c] + mask[c], -Infinity where ignored[c] is not 0; an address of 0 means no mask. */
function maskRow(x: usize, mask: usize, ignored: usize, out: usize, columns: i32): void {
  const zero = f32x4.splat(0);
  for (let c = 0; c < columns; c += LANES) {
    const count = columns - c;
    let scores = loadLanes(x + bytes(c), count, zero);
    if (mask != 0) scores = f32x4.add(scores, loadLanes(mask + bytes(c), count, zero));
    if (ignored != 0) {
      const isIgnored = f32x4.ne(loadLanes(ignored + bytes(c), count, zero), zero);
      scores = v128.bitselect(f32x4.splat(-Infinity), scores, isIgnored);
    }
    storeLanes(out + bytes(c), count, scores);
  }
}

/**
 * out[r, c] = e^s[r, c] / sum over k of e^s[r, k], with s = x + mask[r modulo maskRows, c], but -Infinity where
 * ignored[r / (rows / samples), c] is not 0, where c >= lengths[r / (rows / samples)], and where c > r modulo queries if
 * `causal`; 0 where a whole row is masked. An address of 0 means no mask; `ignored` may hold floats or integers.
 */
export function maskedSoftmax(
  x: usize, mask: usize, maskRows: i32, ignored: usize, lengths: usize, samples: i32, out: usize, causal: i32,
  queries: i32, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const rowsOfSample = rows / max(1, samples);
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const row = out + bytes(r * columns);
    let seen = causal != 0 ? min(columns, (r % queries) + 1) : columns;
    if (lengths != 0) seen = min(seen, load<i32>(lengths + bytes(r / rowsOfSample)));
    maskRow(
      x + bytes(r * columns),
      mask == 0 ? 0 : mask + bytes((r % maskRows) * columns),
      ignored == 0 ? 0 : ignored + bytes((r / rowsOfSample) * columns),
      row,
      seen,
    );
    const largest = max<f32>(largestOf(row, seen), LOWEST);
    const total = expSum(row, f32x4.splat(largest), row, seen, true);
    mapRangeWith(changetype<Multiply>(0), row, f32x4.splat(total == 0 ? 0 : <f32>(1 / total)), row, 0, seen);
    fillRange(row, f32x4.splat(0), seen, columns);
  }
}
