import { TILE_FLOATS, WIDE_PANEL } from "./matmul";

/** Formats of floats in 16 bits: the upper half of a float32, and binary16 of IEEE 754. */
export enum Half {
  bf16,
  f16,
}

/** Rows of a panel that are widened before they are transposed. */
export const HALF_STRIP: i32 = 64;

/** Most workers that share a product of several rows with weights of 16 bits. */
export const HALF_WORKERS: i32 = 16;

/** Floats of workspace for each worker of such a product: a tile, a strip, and `depth` rows of a widened panel. */
export function halfPanelFloats(depth: i32): i32 {
  return TILE_FLOATS + WIDE_PANEL * HALF_STRIP + WIDE_PANEL * depth;
}
