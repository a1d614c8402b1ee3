/** Columns of a panel where V8 pairs registers to 256 bits: four registers of 128. */
@inline
export const WIDE_PANEL: i32 = 16;

/** Columns of a panel elsewhere, and of the last panel of any product where at most as many columns remain. */
@inline
export const NARROW_PANEL: i32 = 8;

/** Floats of workspace for each worker of a product: the largest tile, six rows of a wide panel. */
export const TILE_FLOATS: i32 = 6 * WIDE_PANEL;

/** Longest run of a sum that products add up at once. Longer sums are cut evenly; operands read in place need workspace. */
export const PRODUCT_RUN: i32 = 1024;
