import { ShapeError, requireArray, requireWhole } from "../../base/errors.ts";
import { type Shape, printShape } from "../../base/tensor.ts";
import type { Image } from "./affine.ts";

const LAYOUT = "[channels, height, width]";

/** @throws TypeError or RangeError unless it is three whole numbers of at least 1 */
export function requireImageShape(where: string, shape: readonly number[] | undefined): void {
  if (shape === undefined) return;
  requireArray(where, "shape", shape);
  if (shape.length !== 3) throw new RangeError(`${where}: shape must be ${LAYOUT}; got ${printShape(shape)}`);
  shape.forEach((extent, axis) => requireWhole(where, `shape[${axis}]`, extent, 1));
}

/**
 * The size of images.
 * @param sample shape of a sample
 * @param given `shape` of the options
 * @returns undefined for samples that are no images
 * @throws ShapeError when a sample has not as many numbers as the given shape
 */
export function imageOf(where: string, sample: Shape, given: readonly number[] | undefined): Image | undefined {
  const shape = given ?? (sample.length === 2 ? [1, ...sample] : sample);
  const [channels, height, width] = shape;
  if (shape.length !== 3 || channels === undefined || height === undefined || width === undefined) return undefined;
  if (channels * height * width === sample.reduce((product, extent) => product * extent, 1)) {
    return { channels, height, width };
  }
  throw new ShapeError(
    `${where}: shape must hold as many numbers as a sample, ${printShape(sample)}; got ${printShape(shape)}`,
  );
}
