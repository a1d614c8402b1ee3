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

/** Columns of a float32 weight that lie together for products of a few rows: a register of them. */
@inline
export const ROWS_GROUP: i32 = 4;

/** The largest int8 weight; -128 is not used. */
@inline
export const INT8_LARGEST: i32 = 127;

/** Output channels in a panel of int8 weights. */
@inline
export const INT8_PANEL: i32 = 16;

/** Neighbours along K in a line of int8 weights and activations; K is padded with zeros to whole lines. */
@inline
export const INT8_LINE: i32 = 8;

/** Most K for which sums of products of int8 weights and 7-bit activations have 32 bits: 127 * 127 * K < 2^31. */
export const INT8_LONGEST: i32 = 133_144;

/** Floats of one panel of int8 weights, `lines` being K / INT8_LINE rounded up: weights, then a scale and a sum for each channel. */
@inline
export function int8PanelFloats(lines: i32): i32 {
  return 32 * lines + 2 * INT8_PANEL;
}

/** Floats of one row of quantized activations: at most 16 bits each, then a scale and a zero point. */
@inline
export function int8RowFloats(lines: i32): i32 {
  return 4 * lines + 2;
}
