import { fillRange, zipRange } from "./base/map";
import { Add } from "./base/functions";
import { bytes } from "./base/lanes";
import { addToTotals } from "./base/summation";
import { SCATTER_RUN } from "./contract/embedding";
import { LINE } from "./contract/workers";

/**
 * dTable[t, c] = sum of dOut[r, c] over the rows r with indices[r] = t, in order; 0 for t = skipped. Each worker looks at all
 * indices and writes every parts-th row of the table: frequent rows tend to be adjacent.
 * `workspace` has the size that `roomForScatter` returns.
 */
export function scatterRows(
  dOut: usize, indices: usize, dTable: usize, workspace: usize, rows: i32, tableRows: i32, columns: i32, skipped: i32,
  part: i32, parts: i32,
): void {
  if (parts == 1) memory.fill(dTable, 0, bytes(tableRows) * columns);
  else for (let t = part; t < tableRows; t += parts) {
    fillRange(dTable + bytes(t) * columns, f32x4.splat(0), 0, columns);
  }
  if (rows > SCATTER_RUN) {
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

/**
 * `scatterRows` into zeros, where a row of the table may be the sum of many. For each of its rows, every parts-th, a
 * worker stores the index of its totals, -1 without any, and, in a byte, how many rows were added since
 * the totals last changed.
 */
function scatterLong(
  dOut: usize, indices: usize, dTable: usize, workspace: usize, rows: i32, tableRows: i32, columns: i32, skipped: i32,
  part: i32, parts: i32,
): void {
  const share = (tableRows + parts - 1) / parts;
  const room = share + (share + 3) / 4 + LINE;
  const places = workspace + bytes(part * room);
  const counts = places + bytes(share);
  const totals = workspace + bytes(parts * room);
  memory.fill(places, 0xff, bytes(share));
  memory.fill(counts, 0, share);
  let next = -1;
  for (let r = 0; r < rows; r++) {
    const t = load<i32>(indices + bytes(r));
    const i = t / parts;
    if (t - i * parts != part || t == skipped) continue;
    const own = dTable + bytes(t) * columns;
    zipRange(changetype<Add>(0), own, dOut + bytes(r) * columns, own, 0, columns);
    const count = <i32>load<u8>(counts + i) + 1;
    store<u8>(counts + i, <u8>count);
    if (count < SCATTER_RUN) continue;
    if (next < 0) next = totalsBefore(indices, rows, part, parts);
    const place = load<i32>(places + bytes(i));
    const its = place < 0 ? next++ : place;
    store<i32>(places + bytes(i), its);
    addToTotals(own, totals + 2 * bytes(its) * columns, columns, place < 0);
    fillRange(own, f32x4.splat(0), 0, columns);
  }
  if (next < 0) return;
  for (let i = 0; i < share; i++) {
    const place = load<i32>(places + bytes(i));
    if (place < 0) continue;
    const own = dTable + bytes(i * parts + part) * columns;
    addToTotals(own, totals + 2 * bytes(place) * columns, columns, false);
  }
}

/** An upper bound of the totals that the workers before this one need: one for every SCATTER_RUN of their rows. */
function totalsBefore(indices: usize, rows: i32, part: i32, parts: i32): i32 {
  if (part == 0) return 0;
  let count = 0;
  for (let r = 0; r < rows; r++) count += i32(load<i32>(indices + bytes(r)) % parts < part);
  return count / SCATTER_RUN;
}
