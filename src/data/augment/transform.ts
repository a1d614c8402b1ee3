import { requireWithin, shown } from "../../base/errors.ts";
import type { Shape } from "../../base/tensor.ts";
import type { Tensors } from "../../base/tensors.ts";
import type { AffineMap, Image } from "./affine.ts";
import type { Draws } from "./draws.ts";

/** A change of samples at random, made by a function of `data.transforms`. */
export type Transform = Geometric | SampleTransform | PairTransform;

/** Moves the pixels of an image by an affine map; maps of transforms that follow one another are composed. */
export interface Geometric {
  readonly kind: "geometric";
  readonly name: string;
  /** Appends a map to `map`. @internal */
  readonly compose: (map: AffineMap, draws: Draws, image: Image) => void;
}

/** Changes the numbers of one sample. */
export interface SampleTransform {
  readonly kind: "sample";
  readonly name: string;
  /** @throws ShapeError when samples of this shape cannot be changed @internal */
  readonly check?: (shape: Shape) => void;
  /** Changes `sample` in place. @param image its size, for samples that are images @internal */
  readonly change: (sample: Float32Array, draws: Draws, shape: Shape, image: Image | undefined) => void;
  /** @internal */
  readonly isForImages: boolean;
}

/** Combines a sample with another one, drawn at random. */
export interface PairTransform {
  readonly kind: "pair";
  readonly name: string;
  /** Targets in the form that combined samples have. Default: as they are. @internal */
  readonly targets?: (y: Tensors) => Tensors;
  /**
   * Changes `own` in place.
   * @param areMixed whether targets of the two samples are mixed
   * @returns the share of its own targets in its new ones, 1 unless they are mixed
   * @internal
   */
  readonly combine: (own: Float32Array, other: Float32Array, draws: Draws, areMixed: boolean) => number;
}

/** A range of random numbers: its ends, or one number r for the range r to both sides of what changes nothing. */
export type Between = number | readonly [low: number, high: number];

/**
 * The ends of a range.
 * @param middle what changes nothing
 * @throws RangeError when an end is outside [least, most], or the ends are not in order
 */
export function endsOf(
  where: string,
  name: string,
  range: Between,
  middle: number,
  { least = -Infinity, most = Infinity }: { readonly least?: number; readonly most?: number } = {},
): readonly [number, number] {
  if (typeof range === "number") {
    requireWithin(where, name, range, 0, Number.isFinite(least) ? middle - least : Infinity);
    return [middle - range, middle + range];
  }
  if (!Array.isArray(range) || range.length !== 2) {
    throw new TypeError(`${where}: ${name} must be a number or [lowest, highest]; got ${shown(range)}`);
  }
  const [low, high] = range;
  for (const end of range) requireWithin(where, name, end, least, most);
  if (low <= high) return [low, high];
  throw new RangeError(`${where}: ${name} must be [lowest, highest]; got [${low}, ${high}]`);
}

/** Requires a probability. */
export function requireProbability(where: string, p: number): void {
  requireWithin(where, "p", p, 0, 1);
}
