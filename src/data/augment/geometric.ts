import { requireOneOf } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import { type Between, type Geometric, endsOf, requireProbability } from "./transform.ts";

export interface ShiftOptions {
  /** To the right. Default: 0. */
  readonly x?: Between;
  /** Down. Default: 0. */
  readonly y?: Between;
  /** Whether x and y are pixels, or shares of the width and the height. Default: "pixels". */
  readonly unit?: "pixels" | "share";
}

export interface FlipOptions {
  /** Probability, from 0 to 1. Default: 0.5. */
  readonly p?: number;
}

/**
 * Shifts images, by fractions of a pixel too: `shift({ x: 2, y: [-1, 3] })` by up to 2 pixels to the left or to the right, and
 * from 1 pixel up to 3 pixels down.
 * @throws RangeError when a range is not finite or its ends are not in order, or the unit is unknown
 */
export function shift(options: ShiftOptions): Geometric {
  const filled = withDefaults("shift", options, { x: 0, y: 0, unit: "pixels" });
  const { unit } = filled;
  requireOneOf("shift", "unit", unit, ["pixels", "share"]);
  const [x, y] = [endsOf("shift", "x", filled.x, 0), endsOf("shift", "y", filled.y, 0)];
  return {
    kind: "geometric",
    name: "shift",
    compose: (map, draws, { width, height }) => {
      const [right, down] = [draws.between(x), draws.between(y)];
      if (unit === "pixels") map.shift(right, down);
      else map.shift(right * width, down * height);
    },
  };
}

/**
 * Rotates images about their center.
 * @param degrees counterclockwise; one number for up to that angle in both directions
 * @throws RangeError when the range is not finite or its ends are not in order
 */
export function rotation(degrees: Between): Geometric {
  const range = endsOf("rotation", "degrees", degrees, 0);
  return {
    kind: "geometric",
    name: "rotation",
    compose: (map, draws) => {
      const angle = (draws.between(range) * Math.PI) / 180;
      const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
      map.multiply(cosine, -sine, sine, cosine);
    },
  };
}

/** Zoom factors below this leave nothing of an image, and their inverse may be infinite. */
const LEAST_FACTOR = 1e-3;

/**
 * Zooms images about their center, by a factor uniform in the range: `zoom(0.1)` by 0.9 to 1.1, `zoom([1, 1.5])` by 1 to 1.5.
 * @param factor above 1 enlarges; at least 0.001
 * @throws RangeError when a factor is below 0.001 or not finite, or the ends are not in order
 */
export function zoom(factor: Between): Geometric {
  const range = endsOf("zoom", "factor", factor, 1, { least: LEAST_FACTOR });
  return {
    kind: "geometric",
    name: "zoom",
    compose: (map, draws) => {
      const inverse = 1 / draws.between(range);
      map.multiply(inverse, 0, 0, inverse);
    },
  };
}

/**
 * Exchanges left and right of images, with a probability.
 * @throws RangeError when p is not from 0 to 1
 */
export function horizontalFlip(options: FlipOptions = {}): Geometric {
  return flip("horizontalFlip", options, -1, 1);
}

/**
 * Exchanges top and bottom of images, with a probability.
 * @throws RangeError when p is not from 0 to 1
 */
export function verticalFlip(options: FlipOptions = {}): Geometric {
  return flip("verticalFlip", options, 1, -1);
}

function flip(name: string, options: FlipOptions, x: 1 | -1, y: 1 | -1): Geometric {
  const { p } = withDefaults(name, options, { p: 0.5 });
  requireProbability(name, p);
  return {
    kind: "geometric",
    name,
    compose: (map, draws) => {
      if (draws.uniform() < p) map.multiply(x, 0, 0, y);
    },
  };
}
