import { fillRange, zipRange } from "./elementwise";
import { Add } from "./functions";
import { bytes } from "./lanes";

/**
 * dTable[t, c] = sum of dOut[r, c] over the rows r with indices[r] = t, in order; 0 for t = skipped. Each worker looks at all
 * indices and writes every parts-th row of the table: rows that occur often tend to stand together.
 */
export function scatterRows(
  dOut: usize, indices: usize, dTable: usize, rows: i32, tableRows: i32, columns: i32, skipped: i32,
  part: i32, parts: i32,
): void {
  for (let t = part; t < tableRows; t += parts) {
    fillRange(dTable + bytes(t) * columns, f32x4.splat(0), 0, columns);
  }
  for (let r = 0; r < rows; r++) {
    const t = load<i32>(indices + bytes(r));
    if (t % parts != part || t == skipped) continue;
    const own = dTable + bytes(t) * columns;
    zipRange(changetype<Add>(0), own, dOut + bytes(r) * columns, own, 0, columns);
  }
}
