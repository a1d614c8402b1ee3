/** Which source pixels make an output pixel, and with which weights. */
interface Tap {
  readonly start: number;
  readonly weights: Float64Array;
}

/**
 * An image [channels, height, width] in another size: bilinear, and averaged over the pixels that an output pixel covers, so
 * that a smaller image has no aliasing.
 *
 * Source: interpolate of PyTorch with mode "bilinear" and antialias; resize of Pillow
 */
export function resized(
  from: Float32Array,
  [channels, height, width]: readonly [number, number, number],
  [outHeight, outWidth]: readonly [number, number],
): Float32Array {
  if (height === outHeight && width === outWidth) return from;
  const across = tapsOf(width, outWidth);
  const down = tapsOf(height, outHeight);
  const rows = new Float32Array(channels * height * outWidth);
  for (let row = 0; row < channels * height; row++) {
    across.forEach((tap, x) => (rows[row * outWidth + x] = sum(from, row * width, 1, tap)));
  }
  const out = new Float32Array(channels * outHeight * outWidth);
  for (let channel = 0; channel < channels; channel++) {
    down.forEach((tap, y) => {
      for (let x = 0; x < outWidth; x++) {
        out[(channel * outHeight + y) * outWidth + x] = sum(rows, channel * height * outWidth + x, outWidth, tap);
      }
    });
  }
  return out;
}

/** Weights of a triangle that is as wide as two output pixels, at least two source pixels. */
function tapsOf(from: number, to: number): readonly Tap[] {
  const scale = from / to;
  const reach = Math.max(scale, 1);
  return Array.from({ length: to }, (_, i) => {
    const center = (i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - reach + 0.5));
    const end = Math.min(from, Math.trunc(center + reach + 0.5));
    const weights = Float64Array.from({ length: end - start }, (_, k) =>
      Math.max(0, 1 - Math.abs((start + k + 0.5 - center) / reach)),
    );
    const total = weights.reduce((all, each) => all + each, 0);
    return { start, weights: weights.map((each) => each / total) };
  });
}

function sum(from: Float32Array, first: number, stride: number, { start, weights }: Tap): number {
  let total = 0;
  for (let k = 0; k < weights.length; k++) total += (weights[k] ?? 0) * (from[first + (start + k) * stride] ?? 0);
  return total;
}
