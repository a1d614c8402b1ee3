/** Sequences of different lengths: step t of sequence n is its own where t < lengths[n], else it is padding. */
import { ShapeError, requireWhole } from "../base/errors.ts";
import { Operand } from "../graph/operand.ts";
import { requireRange } from "../graph/require-range.ts";
import { call } from "../graph/call.ts";
import { printShape, sameShape } from "../base/tensor.ts";
import { matrixExtents, requireFloat, requireInteger } from "./check.ts";

/**
 * Refuses lengths that are not int32 [batch], and, before a run, those outside 0 to `steps`.
 * @throws TypeError when they are not int32, or neither come from an input nor from `lengthsOf`
 * @throws ShapeError when there is not one for each sequence
 */
export function requireLengths(where: string, lengths: Operand, batch: number, steps: number): void {
  requireInteger(where, "lengths", lengths);
  if (!sameShape(lengths.shape, [batch])) {
    throw new ShapeError(
      `${where}: lengths must be ${printShape([batch])}, one for each sequence; got ${printShape(lengths.shape)}`,
    );
  }
  requireRange(lengths, { where, what: "lengths", low: 0, high: steps });
}

/**
 * The lengths of sequences of ids that are filled up with a padding id: 1 + the place of the last other id, 0 where there
 * is none. Padding ids within a sequence count as its own.
 *
 * Shape: ids [batch, steps], int32, give [batch], int32. No gradient flows.
 * @throws TypeError or ShapeError when the ids are no such integers
 */
export function lengthsOf(ids: Operand, paddingIdx: number): Operand {
  requireInteger("lengthsOf", "ids", ids);
  const [batch, steps] = matrixExtents("lengthsOf", ids);
  return new Operand(
    "lengthsOf",
    [batch],
    [ids],
    {
      calls: (out) => [call("lengthsOf", ids, paddingIdx, out, batch, steps)],
      gradient: () => [null],
      range: [0, steps],
    },
    "int32",
  );
}

/**
 * 1 where a step is padding, else 0, as attention's `keyPaddingMask` takes it: mask[n, t] = t >= lengths[n].
 *
 * Shape: lengths [batch], int32 from 0 to `steps`, give [batch, steps], int32. No gradient flows.
 * @throws TypeError or ShapeError when lengths are no such integers
 */
export function paddingMask(lengths: Operand, steps: number): Operand {
  requireInteger("paddingMask", "lengths", lengths);
  requireWhole("paddingMask", "steps", steps, 0);
  const [batch = 0] = lengths.shape;
  requireLengths("paddingMask", lengths, batch, steps);
  return new Operand(
    "paddingMask",
    [batch, steps],
    [lengths],
    {
      calls: (out) => [call("paddingMask", lengths, out, batch, steps)],
      gradient: () => [null],
      range: [0, 1],
    },
    "int32",
  );
}

/**
 * x but for 0 in padding, whatever stands there, NaN too; no gradient flows there either.
 *
 * Shape: x [batch, steps, features] and lengths [batch], int32 from 0 to steps, give the shape of x.
 * @throws TypeError or ShapeError when x or lengths have another type or shape
 */
export function zeroPadding(x: Operand, lengths: Operand): Operand {
  return withoutPadding("zeroPadding", x, lengths, true);
}

/** What `withoutPadding` gave, and the lengths that it knew. */
const lengthsKnown = new WeakMap<Operand, Operand>();

/** `zeroPadding` of [batch, steps, features], or of [steps, batch, features]; x itself where it is without padding. */
export function withoutPadding(where: string, x: Operand, lengths: Operand, batchFirst: boolean): Operand {
  const [batch, steps, columns] = sequenceExtents(where, x, lengths, batchFirst);
  if (lengthsKnown.get(x) === lengths) return x;
  const out = new Operand("zeroPadding", x.shape, [x, lengths], {
    calls: (result) => [call("zeroPadding", x, lengths, result, batch, steps, columns, batchFirst ? 0 : 1)],
    gradient: (dOut) => [withoutPadding(where, dOut, lengths, batchFirst), null],
    overwrites: [0],
    flops: 0,
  });
  lengthsKnown.set(out, lengths);
  return out;
}

/** How many sequences x holds, of how many steps and features; lengths must fit where there are any. */
export function sequenceExtents(
  where: string,
  x: Operand,
  lengths: Operand | undefined,
  batchFirst = true,
): readonly [batch: number, steps: number, features: number] {
  requireFloat(where, "x", x);
  const [outer = 0, inner = 0, features = 0] = x.shape;
  const [batch, steps] = batchFirst ? [outer, inner] : [inner, outer];
  if (x.shape.length !== 3) {
    const axes = batchFirst ? "batch, steps" : "steps, batch";
    throw new ShapeError(`${where}: x must be [${axes}, features]; got ${x}`);
  }
  if (lengths) requireLengths(where, lengths, batch, steps);
  return [batch, steps, features];
}
