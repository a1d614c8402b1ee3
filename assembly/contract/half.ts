import { TILE_FLOATS } from "./matmul";

/** Formats of floats in 16 bits: the upper half of a float32, and binary16 of IEEE 754. */
export enum Half {
  bf16,
  f16,
}

/** Floats of workspace for each worker of `matmulHalfPanels`: a tile, and `depth` rows of a widened panel of 16 columns. */
export function halfPanelFloats(depth: i32): i32 {
  return TILE_FLOATS + 16 * depth;
}
