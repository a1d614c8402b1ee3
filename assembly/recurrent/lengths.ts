import { copyRow, fillRange } from "../base/map";
import { bytes, rowShare } from "../base/lanes";

// Sequences of different lengths: step t of sequence n is valid where t < lengths[n], else it is padding.

/** lengths[n] = 1 + the last t with ids[n, t] other than `padding`; 0 where all are padding. */
export function lengthsOf(
  ids: usize, padding: i32, lengths: usize, batch: i32, steps: i32, part: i32, parts: i32,
): void {
  const end = rowShare(batch, part + 1, parts);
  for (let n = rowShare(batch, part, parts); n < end; n++) {
    let length = steps;
    while (length > 0 && load<i32>(ids + bytes(n * steps + length - 1)) == padding) length--;
    store<i32>(lengths + bytes(n), length);
  }
}

/** mask[n, t] = 1 where t >= lengths[n], else 0: integers. */
export function paddingMask(lengths: usize, mask: usize, batch: i32, steps: i32, part: i32, parts: i32): void {
  const end = rowShare(batch, part + 1, parts);
  for (let n = rowShare(batch, part, parts); n < end; n++) {
    const length = load<i32>(lengths + bytes(n));
    const row = mask + bytes(n * steps);
    fillRange(row, i32x4.splat(0), 0, length);
    fillRange(row, i32x4.splat(1), length, steps);
  }
}

/**
 * out = x, but 0 in padding, also where x is NaN; x is [batch, steps, columns], or [steps, batch, columns] where
 * `stepsFirst` is not 0. out may be x.
 */
export function zeroPadding(
  x: usize, lengths: usize, out: usize, batch: i32, steps: i32, columns: i32, stepsFirst: i32, part: i32, parts: i32,
): void {
  const end = rowShare(batch * steps, part + 1, parts);
  for (let r = rowShare(batch * steps, part, parts); r < end; r++) {
    const n = stepsFirst != 0 ? r % batch : r / steps;
    const t = stepsFirst != 0 ? r / batch : r % steps;
    const row = out + bytes(r * columns);
    if (t >= load<i32>(lengths + bytes(n))) fillRange(row, f32x4.splat(0), 0, columns);
    else if (out != x) copyRow(x + bytes(r * columns), row, columns);
  }
}

/** out[r] = before[r] in the rows for which `step` is padding; the others stay. */
export function carryRows(
  before: usize, lengths: usize, step: i32, out: usize, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    if (step < load<i32>(lengths + bytes(r))) continue;
    copyRow(before + bytes(r * columns), out + bytes(r * columns), columns);
  }
}

/** Moves x[r] to out[r], and leaves zeros, in the rows for which `step` is padding; the others stay. */
export function extractRows(
  x: usize, lengths: usize, step: i32, out: usize, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    if (step < load<i32>(lengths + bytes(r))) continue;
    copyRow(x + bytes(r * columns), out + bytes(r * columns), columns);
    fillRange(x + bytes(r * columns), f32x4.splat(0), 0, columns);
  }
}
