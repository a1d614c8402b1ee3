import { copyRow, fillRange } from "../base/map";
import { bytes } from "../base/lanes";

/**
 * Which numbers of an image go into which sum; src/ops/correlation-geometry.ts works it out and lays it in memory.
 * The positions of an output plane are cut into strips of whole rows, or one row into strips of columns; what a strip reads of an image lies in memory as
 * [channels, stripHeight, stripWidth], zeros around it, or, where nothing lies outside, in the image itself.
 * Element k of the patch at position p stands `offsets[k] + bases[p]` bytes from the strip's start.
 */
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
  /** Bytes from this table's start to the offsets, to the bases and to the places: where a strip's positions lie in the output plane, in floats. */
  offsetsAt: i32;
  basesAt: i32;
  placesAt: i32;
}

@inline
export function offsetsOf(geometry: Geometry): usize {
  return changetype<usize>(geometry) + geometry.offsetsAt;
}

@inline
export function basesOf(geometry: Geometry): usize {
  return changetype<usize>(geometry) + geometry.basesAt;
}

@inline
export function placesOf(geometry: Geometry): usize {
  return changetype<usize>(geometry) + geometry.placesAt;
}

/** Positions in a strip. */
@inline
export function positionsIn(geometry: Geometry, strip: i32): i32 {
  return strip == geometry.strips - 1 ? geometry.lastPositions : geometry.positions;
}

/** Floats of a strip. */
@inline
export function stripFloats(geometry: Geometry): i32 {
  return geometry.padded ? geometry.channels * geometry.stripHeight * geometry.stripWidth : 0;
}

/** Where strip `strip` of the planes of `unit`, a group of a sample, starts: in the image, or copied to `copy`. */
export function stripOf(geometry: Geometry, image: usize, unit: i32, strip: i32, copy: usize): usize {
  const height = geometry.height;
  const width = geometry.width;
  const first = geometry.firstRow + strip * geometry.advanceRows;
  const firstColumn = geometry.firstColumn + strip * geometry.advanceColumns;
  let plane = image + bytes(unit * geometry.channels * height * width);
  if (!geometry.padded) return plane + bytes(first * width + firstColumn);
  const stripWidth = geometry.stripWidth;
  const before = max(0, -firstColumn);
  const start = max(0, firstColumn);
  const count = max(0, min(stripWidth - before, width - start));
  const zero = f32x4.splat(0);
  let to = copy;
  for (let channel = geometry.channels; channel > 0; channel--) {
    for (let row = first; row < first + geometry.stripHeight; row++) {
      if (row < 0 || row >= height || count == 0) {
        fillRange(to, zero, 0, stripWidth);
      } else {
        fillRange(to, zero, 0, min(before, stripWidth));
        copyRow(plane + bytes(row * width + start), to + bytes(before), count);
        fillRange(to, zero, before + count, stripWidth);
      }
      to += bytes(stripWidth);
    }
    plane += bytes(height * width);
  }
  return copy;
}
