/** Size of one image, row-major [channels, height, width]. */
export interface Image {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/**
 * Where the pixels of a new image come from: the pixel at (u, v) is that of the old image at (a u + b v + tx, c u + d v + ty).
 * Coordinates are in pixels, to the right and down from the center of the image.
 */
export class AffineMap {
  a = 1;
  b = 0;
  c = 0;
  d = 1;
  tx = 0;
  ty = 0;

  /** Sets it to the map that changes nothing. */
  reset(): void {
    this.a = this.d = 1;
    this.b = this.c = this.tx = this.ty = 0;
  }

  get isIdentity(): boolean {
    return this.a === 1 && this.b === 0 && this.c === 0 && this.d === 1 && this.tx === 0 && this.ty === 0;
  }

  /** Moves the result by x to the right and y down. */
  shift(x: number, y: number): void {
    this.tx -= this.a * x + this.b * y;
    this.ty -= this.c * x + this.d * y;
  }

  /** Multiplies by a matrix, from the right. */
  multiply(a: number, b: number, c: number, d: number): void {
    const [ownA, ownC] = [this.a, this.c];
    this.a = ownA * a + this.b * c;
    this.b = ownA * b + this.b * d;
    this.c = ownC * a + this.d * c;
    this.d = ownC * b + this.d * d;
  }
}

/**
 * Resamples an image by bilinear interpolation: each number of `to` is interpolated from the four around the place where `map`
 * finds it in `from`. Numbers outside of the image are `fill`.
 *
 * @param start index of the first number of the image in `from` and in `to`
 */
export function resample(
  from: Float32Array,
  to: Float32Array,
  start: number,
  { channels, height, width }: Image,
  { a, b, c, d, tx, ty }: AffineMap,
  fill: number,
): void {
  const centerX = (width - 1) / 2;
  const centerY = (height - 1) / 2;
  const plane = height * width;
  const end = start + channels * plane;
  for (let row = 0; row < height; row++) {
    const v = row - centerY;
    const rowX = b * v + tx + centerX;
    const rowY = d * v + ty + centerY;
    for (let column = 0; column < width; column++) {
      const u = column - centerX;
      const x = a * u + rowX;
      const y = c * u + rowY;
      const first = start + row * width + column;
      if (!(x > -1 && y > -1 && x < width && y < height)) {
        for (let out = first; out < end; out += plane) to[out] = fill;
        continue;
      }
      const left = Math.floor(x) | 0;
      const top = Math.floor(y) | 0;
      const right = x - left; // share of the numbers to the right
      const below = y - top;
      let at = start + top * width + left;
      if (left >= 0 && top >= 0 && left < width - 1 && top < height - 1) {
        for (let out = first; out < end; out += plane, at += plane) {
          const upper = mix(from[at] ?? 0, from[at + 1] ?? 0, right);
          const lower = mix(from[at + width] ?? 0, from[at + width + 1] ?? 0, right);
          to[out] = mix(upper, lower, below);
        }
        continue;
      }
      const isLeft = left >= 0;
      const isRight = left < width - 1;
      for (let out = first; out < end; out += plane, at += plane) {
        let upper = fill;
        let lower = fill;
        if (top >= 0) upper = mix(isLeft ? (from[at] ?? 0) : fill, isRight ? (from[at + 1] ?? 0) : fill, right);
        if (top < height - 1) {
          const under = at + width;
          lower = mix(isLeft ? (from[under] ?? 0) : fill, isRight ? (from[under + 1] ?? 0) : fill, right);
        }
        to[out] = mix(upper, lower, below);
      }
    }
  }
}

/** From a, at share 0, to b, at share 1. */
function mix(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}
