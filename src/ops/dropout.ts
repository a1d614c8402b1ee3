import { ShapeError } from "../errors.ts";
import { Operand } from "../graph/operand.ts";
import { countUse } from "../graph/scope.ts";
import { call } from "../runtime/call.ts";
import type { Counter } from "../runtime/lasting.ts";
import { requireFloat } from "./check.ts";

/**
 * Zeroes each element with probability p and multiplies the others by a scale; `rate` holds the two numbers [p, scale].
 * The mask is a function of the counter (seed, stream, step), of how often the counter was used before in the same
 * trace, and of the element's index.
 */
export function dropout(x: Operand, counter: Counter, rate: Operand): Operand {
  requireFloat("dropout", "x", x);
  if (rate.size !== 2) throw new ShapeError(`dropout: rate must hold p and a scale; got ${rate}`);
  return applyMask(x, keepMask(x.size, counter, rate), rate);
}

/** One bit for each of `length` elements: 1 where it is kept. */
function keepMask(length: number, counter: Counter, rate: Operand): Operand {
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
