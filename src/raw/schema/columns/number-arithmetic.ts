import type { Operand } from "../../../graph/operand.ts";
import { equal, notEqual } from "../../../ops/elementwise/comparison.ts";
import { clamp } from "../../../ops/elementwise/piecewise.ts";
import { scaledBy } from "../../../ops/elementwise/standardize.ts";
import { where } from "../../../ops/elementwise/where.ts";
import { concatenate } from "../../../ops/shape/slice.ts";
import type { Arithmetic } from "../column.ts";
import type { Affine, Scale } from "./scale.ts";

/** All options. */
export interface NumberSettings {
  readonly missing: "refuse" | "mean" | "median" | number;
  readonly indicator: boolean;
  readonly clip: readonly [low: number, high: number] | undefined;
  readonly scale: Scale;
}

/** What a number column learns. */
export interface NumberState extends Affine {
  /** The logarithm, if the scale takes it, of what replaces a missing number. */
  readonly fill: number;
}

/** The encoding of numbers whose scale takes no logarithm. */
export function arithmeticOf(
  { fill, center, spread }: NumberState,
  { missing, indicator, clip }: NumberSettings,
): Arithmetic {
  const scaled = (value: number): number => Math.fround((value - center) / spread);
  return {
    numberOf: Number,
    encode: (x) => {
      // Scaling keeps the order of numbers, so clipping may follow it.
      let y = scaledBy("standardize", x, [center], [spread], false, noGradient);
      if (clip) y = clamp(y, scaled(clip[0]), scaled(clip[1]));
      if (missing !== "refuse") y = where(equal(x, x), y, scaled(fill));
      return indicator ? concatenate([y, notEqual(x, x)], 1) : y;
    },
  };
}

function noGradient(): Operand {
  throw new TypeError("encoding: gradients must not be asked for; got one by raw rows");
}
