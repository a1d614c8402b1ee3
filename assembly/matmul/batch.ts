import { bytes, rowShare } from "../base/lanes";
import { TILE_FLOATS } from "../contract/matmul";
import { matmulPanels } from "./panels";
import { matmulDirect } from "./direct";
import { packPanels } from "./pack";

// Each worker computes ⌊batch / parts⌋ whole products; all workers share each of the remaining ones.

@inline
function evenly(batch: i32, parts: i32): i32 {
  return (batch / parts) * parts;
}

/** `packPanels` for every b, `bNext` floats from one to the next; panels are contiguous. */
export function packPanelsBatch(
  b: usize, bRow: i32, bColumn: i32, bNext: i32, panels: usize, batch: i32, K: i32, N: i32, panel: i32,
  part: i32, parts: i32,
): void {
  const size = ((N + panel - 1) / panel) * panel * K;
  const even = evenly(batch, parts);
  const end = rowShare(even, part + 1, parts);
  for (let i = rowShare(even, part, parts); i < end; i++) {
    packPanels(b + bytes(i * bNext), bRow, bColumn, panels + bytes(i * size), K, N, panel, 0, 1);
  }
  for (let i = even; i < batch; i++) {
    packPanels(b + bytes(i * bNext), bRow, bColumn, panels + bytes(i * size), K, N, panel, part, parts);
  }
}

/** `matmulPanels` for every a, `aNext` floats from one to the next; panels from `packPanelsBatch`, out [batch, M, N] dense. */
export function matmulPanelsBatch(
  a: usize, aRow: i32, aNext: i32, panels: usize, out: usize, batch: i32, M: i32, N: i32, K: i32, workspace: usize,
  panel: i32, part: i32, parts: i32,
): void {
  const size = ((N + panel - 1) / panel) * panel * K;
  const even = evenly(batch, parts);
  const end = rowShare(even, part + 1, parts);
  for (let i = rowShare(even, part, parts); i < end; i++) {
    const own = workspace + bytes(part * TILE_FLOATS);
    const to = out + bytes(i * M * N);
    matmulPanels(a + bytes(i * aNext), aRow, panels + bytes(i * size), to, M, N, K, own, panel, 0, 1);
  }
  for (let i = even; i < batch; i++) {
    const to = out + bytes(i * M * N);
    matmulPanels(a + bytes(i * aNext), aRow, panels + bytes(i * size), to, M, N, K, workspace, panel, part, parts);
  }
}

/** `matmulDirect` for every a and b, `aNext` and `bNext` floats from one to the next; out [batch, M, N] dense. */
export function matmulDirectBatch(
  a: usize, aRow: i32, aColumn: i32, aNext: i32, b: usize, bRow: i32, bColumn: i32, bNext: i32, out: usize,
  batch: i32, M: i32, N: i32, K: i32, workspace: usize, part: i32, parts: i32,
): void {
  const even = evenly(batch, parts);
  const end = rowShare(even, part + 1, parts);
  for (let i = rowShare(even, part, parts); i < end; i++) {
    const own = workspace + bytes(part * TILE_FLOATS);
    const to = out + bytes(i * M * N);
    matmulDirect(a + bytes(i * aNext), aRow, aColumn, b + bytes(i * bNext), bRow, bColumn, to, M, N, K, own, 0, 1);
  }
  for (let i = even; i < batch; i++) {
    const from = a + bytes(i * aNext);
    const to = out + bytes(i * M * N);
    matmulDirect(
      from, aRow, aColumn, b + bytes(i * bNext), bRow, bColumn, to, M, N, K, workspace, part, parts,
    );
  }
}
