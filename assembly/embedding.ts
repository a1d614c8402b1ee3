import { fillRange, zipRange } from "./elementwise";
import { Add } from "./functions";
import { bytes } from "./lanes";
import { addToTotals } from "./summation";

/** Rows of one index that are added up in f32 before their sum goes to totals in f64. */
const LONG: i32 = 256;

/** Of one row of the table. */
@unmanaged
class Sum {
  /** Rows added up since its totals last grew. */
  count: i32;
  /** Which totals are its own; -1 before it has any. */
  totals: i32;
}

/** Bytes of a Sum. */
const SUM: usize = 8;

/**
 * dTable[t, c] = sum of dOut[r, c] over the rows r with indices[r] = t, in order; 0 for t = skipped. Each worker looks at all
 * indices and writes every parts-th row of the table: rows that occur often tend to stand together.
 * `workspace` holds 2 (tableRows + parts) + 2 columns floor(rows / 256) floats where there are more than 256 rows.
 */
export function scatterRows(
  dOut: usize, indices: usize, dTable: usize, workspace: usize, rows: i32, tableRows: i32, columns: i32, skipped: i32,
  part: i32, parts: i32,
): void {
  for (let t = part; t < tableRows; t += parts) {
    fillRange(dTable + bytes(t) * columns, f32x4.splat(0), 0, columns);
  }
  if (rows > LONG) {
    scatterLong(dOut, indices, dTable, workspace, rows, tableRows, columns, skipped, part, parts);
    return;
  }
  for (let r = 0; r < rows; r++) {
    const t = load<i32>(indices + bytes(r));
    if (t % parts != part || t == skipped) continue;
    const own = dTable + bytes(t) * columns;
    zipRange(changetype<Add>(0), own, dOut + bytes(r) * columns, own, 0, columns);
  }
}

/** `scatterRows` into zeros, where a row of the table may be the sum of many. */
function scatterLong(
  dOut: usize, indices: usize, dTable: usize, workspace: usize, rows: i32, tableRows: i32, columns: i32, skipped: i32,
  part: i32, parts: i32,
): void {
  const share = (tableRows + parts - 1) / parts;
  const sums = workspace + <usize>(part * share) * SUM;
  const totals = workspace + <usize>(parts * share) * SUM;
  for (let i = 0; i < share; i++) {
    const sum = changetype<Sum>(sums + <usize>i * SUM);
    sum.count = 0;
    sum.totals = -1;
  }
  let next = totalsBefore(indices, rows, part, parts);
  for (let r = 0; r < rows; r++) {
    const t = load<i32>(indices + bytes(r));
    if (t % parts != part || t == skipped) continue;
    const own = dTable + bytes(t) * columns;
    const sum = changetype<Sum>(sums + <usize>(t / parts) * SUM);
    if (sum.count == LONG) {
      const isFirst = sum.totals < 0;
      if (isFirst) sum.totals = next++;
      addToTotals(own, totals + 2 * bytes(sum.totals) * columns, columns, isFirst);
      fillRange(own, f32x4.splat(0), 0, columns);
      sum.count = 0;
    }
    sum.count++;
    zipRange(changetype<Add>(0), own, dOut + bytes(r) * columns, own, 0, columns);
  }
  for (let i = 0; i < share; i++) {
    const sum = changetype<Sum>(sums + <usize>i * SUM);
    if (sum.totals < 0) continue;
    const own = dTable + bytes(i * parts + part) * columns;
    addToTotals(own, totals + 2 * bytes(sum.totals) * columns, columns, false);
  }
}

/** No fewer than the totals that workers before this one need: one for every LONG rows of theirs, at most. */
function totalsBefore(indices: usize, rows: i32, part: i32, parts: i32): i32 {
  let count = 0;
  for (let r = 0; r < rows; r++) count += i32(load<i32>(indices + bytes(r)) % parts < part);
  return count / LONG;
}
