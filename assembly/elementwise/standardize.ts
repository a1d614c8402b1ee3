import { bytes, shareStart } from "../base/lanes";

/** out[r, c] = (x[r, c] - center[c]) / spread[c], in f64; centers and spreads are f64. out may be x. */
export function standardizeRows(
  x: usize, center: usize, spread: usize, out: usize, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = shareStart(rows, part + 1, parts);
  for (let r = shareStart(rows, part, parts); r < end; r++) {
    const row = bytes(r) * columns;
    for (let c = 0; c < columns; c++) {
      const at = row + bytes(c);
      const value = (<f64>load<f32>(x + at) - load<f64>(center + 2 * bytes(c))) / load<f64>(spread + 2 * bytes(c));
      store<f32>(out + at, <f32>value);
    }
  }
}

/** out[r, c] = x[r, c] * spread[c] + center[c], in f64; centers and spreads are f64. out may be x. */
export function unstandardizeRows(
  x: usize, center: usize, spread: usize, out: usize, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = shareStart(rows, part + 1, parts);
  for (let r = shareStart(rows, part, parts); r < end; r++) {
    const row = bytes(r) * columns;
    for (let c = 0; c < columns; c++) {
      const at = row + bytes(c);
      const value = <f64>load<f32>(x + at) * load<f64>(spread + 2 * bytes(c)) + load<f64>(center + 2 * bytes(c));
      store<f32>(out + at, <f32>value);
    }
  }
}
