import { ShapeError } from "../../base/errors.ts";
import { Operand } from "../../graph/operand.ts";
import { countUse } from "../../graph/scope.ts";
import { call } from "../../graph/call.ts";
import type { RngState } from "../../memory/rng-state.ts";
import { requireFloat } from "../check.ts";
import { filled } from "../reduction.ts";
import { slice } from "../shape.ts";
import { type MaskRows, type MaskLayout, maskRowsOf } from "./mask-layout.ts";

/**
 * Zeroes with probability p and multiplies what is kept by a scale; `rate` begins with the two numbers [p, scale].
 * The mask is a function of the counter (seed, stream, step), of how often the counter was used before in the same
 * trace, and of the element's index; `sharing` says which elements have one draw in common.
 */
export function dropout(x: Operand, counter: RngState, rate: Operand, sharing: MaskLayout = {}): Operand {
  requireFloat("dropout", "x", x);
  if (rate.size < 2) throw new ShapeError(`dropout: rate must begin with p and a scale; got ${rate}`);
  const rows = maskRowsOf("dropout", x, sharing);
  const mask = keepMask(rows?.draws ?? x.size, counter, rate);
  return rows ? applyTerms(x, mask, rate, filled([2], 0), rows) : applyMask(x, mask, rate);
}

/**
 * x * scale + shift where it is kept, `floor` where it is dropped, with probability p; `rate` is [p, scale, shift, floor].
 * The mask is that of {@link dropout}.
 */
export function alphaDropout(x: Operand, counter: RngState, rate: Operand, sharing: MaskLayout = {}): Operand {
  requireFloat("alphaDropout", "x", x);
  if (rate.size !== 4) throw new ShapeError(`alphaDropout: rate must hold p, scale, shift and floor; got ${rate}`);
  const rows = maskRowsOf("alphaDropout", x, sharing);
  const mask = keepMask(rows?.draws ?? x.size, counter, rate);
  return applyTerms(x, mask, rate, slice(rate, 0, 2, 4), rows);
}

/** One bit for each of `length` draws: 1 where what it stands for is kept. */
export function keepMask(length: number, counter: RngState, rate: Operand): Operand {
  const use = countUse(counter);
  return new Operand(
    "dropoutMask",
    [Math.ceil(length / 32)],
    [counter, rate],
    {
      calls: (bits) => [call("dropoutMask", bits, counter, use, rate, length)],
      flops: length,
    },
    "int32",
  );
}

/** x * scale where the mask has a 1, else 0; linear in x, so its own gradient. */
function applyMask(x: Operand, mask: Operand, rate: Operand): Operand {
  return new Operand("applyMask", x.shape, [x, mask, rate], {
    calls: (out) => [call("applyMask", x, mask, rate, out, x.size)],
    gradient: (dOut) => [applyMask(dOut, mask, rate), null, null],
    overwrites: [0],
  });
}

/** x * scale + shift where the mask has a 1, else floor, `terms` being [shift, floor]. */
function applyTerms(x: Operand, mask: Operand, rate: Operand, terms: Operand, rows: MaskRows | null): Operand {
  const inputs = [x, mask, rate, terms, ...(rows ? [rows.index] : [])];
  return new Operand("applyMask", x.shape, inputs, {
    calls: (out) => {
      if (!rows) return [call("applyMaskTerms", x, mask, rate, terms, out, x.size)];
      const kernel = rows.own ? "applyMaskRows" : "applyMaskToRows";
      return [call(kernel, x, mask, rows.index, rate, terms, out, rows.rows, rows.columns)];
    },
    gradient: (dOut) => [applyTerms(dOut, mask, rate, filled([2], 0), rows), ...inputs.slice(1).map(() => null)],
    overwrites: [0],
  });
}
