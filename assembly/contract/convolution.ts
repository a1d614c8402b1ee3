import { INT8_PANEL, WIDE_PANEL, int8RowFloats } from "./matmul";

/** Positions whose sums are computed together before they are written to their planes. */
export const CONVOLUTION_BLOCK: i32 = 96;

/** Longest run of a sum, so that a panel stays in the L1 cache for all positions. Longer sums are cut evenly. */
export const CONVOLUTION_RUN: i32 = 512;

/** Rows that the last tile may compute beyond those that are needed: offsets, bases and sums have room for them. */
export const SPARE_ROWS: i32 = 5;

/** Floats of workspace for each worker of `convolve`, besides a strip: sums of a block of positions. */
export const CONVOLUTION_FLOATS: i32 = (CONVOLUTION_BLOCK + SPARE_ROWS) * WIDE_PANEL;

/** Floats of workspace for each worker of `kernelGradient`, besides a strip: dOut of a run of positions. */
export const KERNEL_GRADIENT_FLOATS: i32 = CONVOLUTION_RUN * WIDE_PANEL;

/** Floats of workspace for each worker of `kernelGradientFew`, besides a strip: sums of lanes. */
export const KERNEL_GRADIENT_FEW_FLOATS: i32 = 32;

/** Which numbers of an image are terms of which sum. Three lists follow: offsets, bases and places. */
// The positions of an output plane are cut into strips of whole rows, or one row into strips of columns. A strip reads a
// copy of a part of the image, [channels, stripHeight, stripWidth] with zeros around it, or, where it reads no
// zeros, the image itself. Element k of the patch at position p is `offsets[k] + bases[p]` bytes from the strip's start.
@unmanaged
export class Geometry {
  samples: i32;
  groups: i32;
  /** Channels of the image in a group; height and width of their planes. */
  channels: i32;
  height: i32;
  width: i32;
  /** Row and column of the image at which the first strip starts; below 0 there are zeros. */
  firstRow: i32;
  firstColumn: i32;
  stripHeight: i32;
  stripWidth: i32;
  /** Rows and columns of the image from one strip to the next; strips follow each other along one axis. */
  advanceRows: i32;
  advanceColumns: i32;
  /** Whether strips are copied, zeros around them. */
  padded: i32;
  strips: i32;
  /** Positions in each strip but the last, and in that one. */
  positions: i32;
  lastPositions: i32;
  /** Positions in a row of a strip. */
  columns: i32;
  /** Channels of the output in a group; floats of their planes. */
  outputs: i32;
  outPlane: i32;
  /** Floats of an output plane from one strip to the next. */
  outAdvance: i32;
  /** Elements of a patch. */
  depth: i32;
  /** Bytes from the start to the offsets, to the bases and to the places, the floats from the start of a plane to each position. */
  offsetsAt: i32;
  basesAt: i32;
  placesAt: i32;
}

/** Positions whose patches are multiplied together in int8. */
export const INT8_POSITIONS: i32 = 16;

/** Floats that the kernels of int8 convolutions may copy beyond images and patches. */
export const INT8_SPARE: i32 = 8;

/** Floats of workspace for each worker of `convolveInt8`: patches of a block of positions, and its sums. */
export function int8PatchFloats(lines: i32): i32 {
  return INT8_POSITIONS * (int8RowFloats(lines) + INT8_PANEL) + INT8_SPARE;
}

/** The sizes of a convolution in int8; `imageFloats` are those of a quantized sample, with its scale and zero point. */
@unmanaged
export class Int8Convolution {
  samples: i32;
  groups: i32;
  /** Channels of the image in a group; height and width of their planes. */
  channels: i32;
  height: i32;
  width: i32;
  /** Output channels in a group; height and width of their planes. */
  outputs: i32;
  outHeight: i32;
  outWidth: i32;
  kernelHeight: i32;
  kernelWidth: i32;
  strideY: i32;
  strideX: i32;
  paddingY: i32;
  paddingX: i32;
  dilationY: i32;
  dilationX: i32;
  imageFloats: i32;
}
