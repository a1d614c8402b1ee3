import { MASK_WORD, MaskRate, MaskTerms } from "#kernels/contract";
import { placesIn } from "../../base/layout.ts";
import { ShapeError } from "../../base/errors.ts";
import { Operand } from "../../graph/operand.ts";
import { countUse } from "../../graph/scope.ts";
import { call } from "../../graph/call.ts";
import type { RngState } from "../../memory/rng-state.ts";
import { requireFloat } from "../check.ts";
import { filled } from "../reduction/reduction.ts";
import { slice } from "../shape/slice.ts";
import { type MaskRows, type MaskLayout, maskRowsOf } from "./mask-layout.ts";

/** Where the terms of a mask begin in a rate that has them. */
const TERMS = placesIn(MaskRate);

/**
 * Zeroes elements with probability p and multiplies the others by a scale. The mask depends on the counter (seed, stream, step),
 * on how often the counter was used before in the same trace, and on the element's index.
 * @param rate begins with p and scale
 * @param sharing which elements share one draw. Default: none.
 * @throws ShapeError when rate has less than two elements
 */
export function dropout(x: Operand, counter: RngState, rate: Operand, sharing: MaskLayout = {}): Operand {
  requireFloat("dropout", "x", x);
  if (rate.size < placesIn(MaskRate)) throw new ShapeError(`dropout: rate must begin with p and a scale; got ${rate}`);
  const rows = maskRowsOf("dropout", x, sharing);
  const mask = keepMask(rows?.draws ?? x.size, counter, rate);
  return rows ? applyTerms(x, mask, rate, filled([placesIn(MaskTerms)], 0), rows) : applyMask(x, mask, rate);
}

/**
 * `floor` with probability p, else x * scale + shift. The mask is that of {@link dropout}.
 * @param rate [p, scale, shift, floor]
 * @param sharing which elements share one draw. Default: none.
 * @throws ShapeError when rate has not four elements
 */
export function alphaDropout(x: Operand, counter: RngState, rate: Operand, sharing: MaskLayout = {}): Operand {
  requireFloat("alphaDropout", "x", x);
  if (rate.size !== TERMS + placesIn(MaskTerms))
    throw new ShapeError(`alphaDropout: rate must hold p, scale, shift and floor; got ${rate}`);
  const rows = maskRowsOf("alphaDropout", x, sharing);
  const mask = keepMask(rows?.draws ?? x.size, counter, rate);
  return applyTerms(x, mask, rate, slice(rate, 0, TERMS, rate.size), rows);
}

/** One bit for each of `length` draws, in int32 words: 0 with probability p. */
export function keepMask(length: number, counter: RngState, rate: Operand): Operand {
  const use = countUse(counter);
  return new Operand(
    "dropoutMask",
    [Math.ceil(length / MASK_WORD)],
    [counter, rate],
    {
      calls: (bits) => [call("dropoutMask", bits, counter, use, rate, length)],
      flops: length,
    },
    "int32",
  );
}

/** x * scale where the mask is 1, else 0; linear in x, hence its own gradient. */
function applyMask(x: Operand, mask: Operand, rate: Operand): Operand {
  return new Operand("applyMask", x.shape, [x, mask, rate], {
    calls: (out) => [call("applyMask", x, mask, rate, out, x.size)],
    gradient: (dOut) => [applyMask(dOut, mask, rate), null, null],
    overwrites: [0],
  });
}

/** x * scale + shift where the mask is 1, else floor; `terms` is [shift, floor]. */
function applyTerms(x: Operand, mask: Operand, rate: Operand, terms: Operand, rows: MaskRows | null): Operand {
  const inputs = [x, mask, rate, terms, ...(rows ? [rows.index] : [])];
  return new Operand("applyMask", x.shape, inputs, {
    calls: (out) => {
      if (!rows) return [call("applyMaskTerms", x, mask, rate, terms, out, x.size)];
      const kernel = rows.drawsPerElement ? "applyMaskRows" : "applyMaskToRows";
      return [call(kernel, x, mask, rows.index, rate, terms, out, rows.rows, rows.columns)];
    },
    gradient: (dOut) => [
      applyTerms(dOut, mask, rate, filled([placesIn(MaskTerms)], 0), rows),
      ...inputs.slice(1).map(() => null),
    ],
    overwrites: [0],
  });
}
