import { copyRow, fillRange } from "../base/map";
import { bytes } from "../base/lanes";
import { Geometry } from "../contract/convolution";

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
