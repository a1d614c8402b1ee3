import { ShapeError, requireArray, requireWithin } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import { printShape } from "../../base/tensor.ts";
import { type SampleTransform, endsOf, requireProbability } from "./transform.ts";

/**
 * Adds noise from a normal distribution of mean 0.
 * @param std standard deviation, at least 0: one for all numbers, or one for each column, the last axis of a sample
 * @throws RangeError when a standard deviation is below 0 or not finite
 */
export function noise(std: number | readonly number[]): SampleTransform {
  const where = "noise";
  if (typeof std === "number") requireWithin(where, "std", std, 0, Infinity);
  else {
    requireArray(where, "std", std);
    std.forEach((each, column) => requireWithin(where, `std[${column}]`, each, 0, Infinity));
  }
  const scales = Float64Array.from(typeof std === "number" ? [std] : std);
  return {
    kind: "sample",
    name: where,
    isForImages: false,
    check: (shape) => {
      if (typeof std === "number" || shape.at(-1) === std.length) return;
      throw new ShapeError(
        `${where}: std must be one number for each column of samples ${printShape(shape)}; got ${std.length}`,
      );
    },
    change: (sample, draws) => {
      const normals = draws.normals(sample.length);
      let column = 0;
      for (let i = 0; i < sample.length; i++) {
        sample[i] = (sample[i] ?? NaN) + (normals[i] ?? 0) * (scales[column] ?? 0);
        if (++column === scales.length) column = 0;
      }
    },
  };
}

export interface MaskingOptions {
  /** Probability of each number to be replaced, from 0 to 1. Default: 0.1. */
  readonly p?: number;
  /** What replaces it, finite. Default: 0, the mean of standardized columns. */
  readonly value?: number;
}

/**
 * Replaces each number by a constant, with a probability: hides cells of a table.
 * @throws RangeError when p is not from 0 to 1, or the value is not finite
 */
export function masking(options: MaskingOptions = {}): SampleTransform {
  const { p, value } = withDefaults("masking", options, { p: 0.1, value: 0 });
  requireProbability("masking", p);
  requireWithin("masking", "value", value, -Infinity, Infinity);
  const end = p * 2 ** 32;
  return {
    kind: "sample",
    name: "masking",
    isForImages: false,
    change: (sample, draws) => {
      const words = draws.words(sample.length);
      for (let i = 0; i < sample.length; i++) if ((words[i] ?? 0) < end) sample[i] = value;
    },
  };
}

export interface ErasingOptions {
  /** Probability of an image to be changed, from 0 to 1. Default: 0.5. */
  readonly p?: number;
  /** Share of the image that the rectangle covers, from above 0 to 1. Default: [0.02, 0.33]. */
  readonly area?: readonly [low: number, high: number];
  /** Height of the rectangle by its width, above 0. Default: [0.3, 1 / 0.3]. */
  readonly ratio?: readonly [low: number, high: number];
  /** What fills it, finite. Default: 0. */
  readonly value?: number;
}

const LEAST = 1e-6; // area and ratio: above 0
const ATTEMPTS = 10; // rectangles drawn until one fits in the image, as in torchvision

/**
 * Erases a rectangle of an image, in all channels, with a probability. Its area is uniform in the range, and the logarithm of its
 * ratio too; an image in which none of 10 such rectangles fits is left as it is.
 *
 * Source: Zhong et al. 2017, https://arxiv.org/abs/1708.04896; defaults of torchvision's RandomErasing
 * @throws RangeError when an option is out of range
 */
export function erasing(options: ErasingOptions = {}): SampleTransform {
  const where = "erasing";
  const filled = withDefaults(where, options, { p: 0.5, area: [0.02, 0.33], ratio: [0.3, 1 / 0.3], value: 0 });
  const { p, value } = filled;
  requireProbability(where, p);
  requireWithin(where, "value", value, -Infinity, Infinity);
  requireArray(where, "area", filled.area);
  requireArray(where, "ratio", filled.ratio);
  const area = endsOf(where, "area", filled.area, 1, { least: LEAST, most: 1 });
  const [least, most] = endsOf(where, "ratio", filled.ratio, 1, { least: LEAST });
  const ratio = [Math.log(least), Math.log(most)] as const;
  return {
    kind: "sample",
    name: where,
    isForImages: true,
    change: (sample, draws, _, image) => {
      if (image === undefined || draws.uniform() >= p) return;
      const { channels, height, width } = image;
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const pixels = draws.between(area) * height * width;
        const shape = Math.exp(draws.between(ratio));
        const [rows, columns] = [Math.round(Math.sqrt(pixels * shape)), Math.round(Math.sqrt(pixels / shape))];
        if (rows > height || columns > width) continue;
        const [top, left] = [draws.below(height - rows + 1), draws.below(width - columns + 1)];
        for (let row = 0; row < channels * height; row++) {
          if (row % height < top || row % height >= top + rows) continue;
          sample.fill(value, row * width + left, row * width + left + columns);
        }
        return;
      }
    },
  };
}
