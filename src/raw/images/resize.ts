import { Tensor } from "../../base/tensor.ts";

/** The pixels that one pixel of the result is made of, and their weights, which sum to 1. */
interface Window {
  readonly start: number;
  readonly weights: readonly number[];
}

/**
 * An image [channels, height, width] in another size: bilinear where it grows, and where it shrinks the mean of the pixels
 * that a pixel covers, with weights that fall linearly from its centre.
 *
 * Source: the filter of `Image.resize(size, BILINEAR)` of PIL, and of `interpolate(antialias=True)` of PyTorch.
 */
export function resized(image: Tensor<"float32">, height: number, width: number): Tensor<"float32"> {
  const [channels = 0, H = 0, W = 0] = image.shape;
  if (H === height && W === width) return image;
  const narrow = alongRows(image.data, channels * H, W, windows(W, width));
  const out = new Float32Array(channels * height * width);
  const rows = windows(H, height);
  for (let channel = 0; channel < channels; channel++) {
    rows.forEach(({ start, weights }, y) => {
      const to = (channel * height + y) * width;
      weights.forEach((weight, i) => {
        const from = (channel * H + start + i) * width;
        for (let x = 0; x < width; x++) out[to + x] = (out[to + x] ?? 0) + weight * (narrow[from + x] ?? 0);
      });
    });
  }
  return new Tensor([channels, height, width], "float32", out);
}

function alongRows(from: Float32Array, rows: number, width: number, columns: readonly Window[]): Float32Array {
  const out = new Float32Array(rows * columns.length);
  for (let row = 0; row < rows; row++) {
    columns.forEach(({ start, weights }, x) => {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += (weights[i] ?? 0) * (from[row * width + start + i] ?? 0);
      out[row * columns.length + x] = sum;
    });
  }
  return out;
}

function windows(from: number, to: number): readonly Window[] {
  const scale = from / to;
  const reach = Math.max(scale, 1); // pixels to each side
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const start = Math.max(0, Math.floor(centre - reach + 0.5));
    const end = Math.min(from, Math.floor(centre + reach + 0.5));
    const raw = Array.from({ length: end - start }, (_each, k) =>
      Math.max(0, 1 - Math.abs((start + k + 0.5 - centre) / reach)),
    );
    const sum = raw.reduce((total, weight) => total + weight, 0);
    return { start, weights: raw.map((weight) => weight / sum) };
  });
}
