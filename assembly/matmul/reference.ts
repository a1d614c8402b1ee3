import { bytes } from "../base/lanes";

/** out[m, n] = sum over k of a[m * aRow + k * aColumn] * b[k * bRow + n * bColumn], in the order of k: the oracle. */
export function matmulReference(
  a: usize, aRow: i32, aColumn: i32, b: usize, bRow: i32, bColumn: i32, out: usize,
  M: i32, N: i32, K: i32, part: i32, parts: i32,
): void {
  if (part != 0) return;
  for (let m = 0; m < M; m++) {
    for (let n = 0; n < N; n++) {
      let sum: f32 = 0;
      for (let k = 0; k < K; k++) {
        sum += load<f32>(a + bytes(m * aRow + k * aColumn)) * load<f32>(b + bytes(k * bRow + n * bColumn));
      }
      store<f32>(out + bytes(m * N + n), sum);
    }
  }
}
