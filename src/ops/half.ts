import { Half } from "#kernels/contract";
import { call } from "../graph/call.ts";
import { Operand } from "../graph/operand.ts";
import { viewSource } from "../graph/view.ts";
import type { WeightFormat } from "../graph/weights.ts";
import { formatOf } from "./weights.ts";

/** The formats of 16 bits: the upper half of a float32, and binary16 of IEEE 754. */
export type HalfFormat = Extract<WeightFormat, keyof typeof Half>;

/** The bits of infinity, and the largest finite number, in each format. */
const LIMITS: Readonly<Record<HalfFormat, { readonly infinity: number; readonly largest: number }>> = {
  bf16: { infinity: 0x7f80, largest: (2 - 2 ** -7) * 2 ** 127 },
  f16: { infinity: 0x7c00, largest: 65_504 },
};

/** Floats of memory that `count` numbers of 16 bits take. */
export function halfSize(count: number): number {
  return Math.ceil(count / 2);
}

/** x in 16 bits, rounded to the nearest, to even in the middle. x depends on variables alone, so the result is a cached constant. */
export function narrowed(x: Operand, format: HalfFormat): Operand {
  const { infinity, largest } = LIMITS[format];
  return new Operand("narrowed", [halfSize(x.size)], [x], {
    calls: (out) => [call("narrowToHalf", x, out, x.size, Half[format])],
    check: (words, { layer }) => {
      const halves = new Uint16Array(words.buffer, words.byteOffset, x.size);
      if (halves.every((half) => (half & infinity) !== infinity)) return;
      const where = layer === "" ? "" : ` (in ${layer})`;
      throw new RangeError(
        `weights: weights held as ${format} must be finite and at most ${largest}; got others in ${viewSource(x.inputs[0] ?? x)}${where}`,
      );
    },
    flops: 0,
    holds: format,
    opaque: true,
  });
}

/**
 * x, which depends on variables alone, for an operation that reads float32: where the layer that is being traced holds weights
 * in 16 bits, x is held so, and is widened at every run.
 */
export function heldInHalf(x: Operand): Operand {
  const format = formatOf(x);
  if (format !== "bf16" && format !== "f16") return x;
  const halves = narrowed(x, format);
  return new Operand("widened", x.shape, [halves], {
    calls: (out) => [call("widenHalf", halves, out, x.size, Half[format])],
    flops: 0,
    isTransient: true,
    ...(x.rule.opaque && { opaque: true }),
  });
}
