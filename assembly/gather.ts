import { bytes, rowShare, shareStart } from "./base/lanes";

/**
 * out[o, j, c] = x[o, indices[o, j, c], c] with x [outer, rows, columns] and indices [outer, count, columns], whatever the
 * four bytes of an element mean; shared over the elements of out.
 */
export function gatherAlong(
  x: usize, indices: usize, out: usize, outer: i32, rows: i32, count: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = shareStart(outer * count * columns, part + 1, parts);
  for (let i = shareStart(outer * count * columns, part, parts); i < end; i++) {
    const row = i / columns;
    const c = i - row * columns;
    const from = (row / count) * rows + load<i32>(indices + bytes(i));
    store<i32>(out + bytes(i), load<i32>(x + bytes(from * columns + c)));
  }
}

/**
 * dx[o, r, c] = sum of dOut[o, j, c] over the j with indices[o, j, c] = r, in order. Shared over o; where there are few o,
 * each worker looks at all indices and writes every parts-th r.
 */
export function scatterAlong(
  dOut: usize, indices: usize, dx: usize, outer: i32, rows: i32, count: i32, columns: i32, part: i32, parts: i32,
): void {
  const byOuter = outer >= 2 * parts;
  const end = byOuter ? rowShare(outer, part + 1, parts) : outer;
  const own = byOuter ? 0 : part;
  const step = byOuter ? 1 : parts;
  for (let o = byOuter ? rowShare(outer, part, parts) : 0; o < end; o++) {
    const to = dx + bytes(o * rows * columns);
    for (let r = own; r < rows; r += step) memory.fill(to + bytes(r * columns), 0, bytes(columns));
    for (let j = 0; j < count; j++) {
      const at = bytes((o * count + j) * columns);
      for (let c = 0; c < columns; c++) {
        const r = load<i32>(indices + at + bytes(c));
        if (r % step != own) continue;
        const place = to + bytes(r * columns + c);
        store<f32>(place, load<f32>(place) + load<f32>(dOut + at + bytes(c)));
      }
    }
  }
}
