/** Sequences of different lengths: step t of sequence n is valid where t < lengths[n], else it is padding. */
import { ShapeError, requireWhole } from "../base/errors.ts";
import { Operand } from "../graph/operand.ts";
import { requireRange } from "../graph/require-range.ts";
import { call } from "../graph/call.ts";
import { printShape, sameShape } from "../base/tensor.ts";
import { matrixExtents, requireFloat, requireInteger } from "./check.ts";

/**
 * Requires lengths [batch], int32.
 * @throws TypeError when they are not int32, or come neither from an input nor from `lengthsOf`
 * @throws ShapeError when there is not one for each sequence
 * @throws RangeError, before a run, when one is not from 0 to `steps`
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
 * The lengths of padded sequences of ids: out[n] = 1 + the last t with ids[n, t] other than `paddingIdx`, or 0 if there is none.
 * A padding id before the last other id is part of its sequence. No gradient flows.
 *
 * Shape: ids [batch, steps], int32, give [batch], int32.
 * @throws TypeError when ids are not int32
 * @throws ShapeError when ids have not two axes
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
      attributes: { paddingIdx },
    },
    "int32",
  );
}

/**
 * out[n, t] = 1 where t >= lengths[n], else 0: a `keyPaddingMask` for attention. No gradient flows.
 *
 * Shape: lengths [batch], int32 from 0 to `steps`, give [batch, steps], int32.
 * @throws TypeError or ShapeError when lengths are not int32 [batch]
 * @throws RangeError, before a run, when a length is not from 0 to `steps`
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
 * out[n, t] = x[n, t] where t < lengths[n], else 0, also where x is NaN. No gradient flows to padding.
 *
 * Shape: x [batch, steps, features] and lengths [batch], int32 from 0 to steps, give the shape of x.
 * @throws TypeError or ShapeError when x or lengths have another type or shape
 * @throws RangeError, before a run, when a length is not from 0 to steps
 */
export function zeroPadding(x: Operand, lengths: Operand): Operand {
  return withoutPadding("zeroPadding", x, lengths, true);
}

/** The lengths by which an operand was padded with zeros. */
const zeroedBy = new WeakMap<Operand, Operand>();

/** `zeroPadding` of [batch, steps, features], or of [steps, batch, features]; x itself where it was already applied. */
export function withoutPadding(where: string, x: Operand, lengths: Operand, batchFirst: boolean): Operand {
  const [batch, steps, columns] = sequenceExtents(where, x, lengths, batchFirst);
  if (zeroedBy.get(x) === lengths) return x;
  const out = new Operand("zeroPadding", x.shape, [x, lengths], {
    calls: (result) => [call("zeroPadding", x, lengths, result, batch, steps, columns, batchFirst ? 0 : 1)],
    gradient: (dOut) => [withoutPadding(where, dOut, lengths, batchFirst), null],
    overwrites: [0],
    flops: 0,
    attributes: { batchFirst },
  });
  zeroedBy.set(out, lengths);
  return out;
}

/**
 * The extents of x, sequences of features.
 * @throws TypeError or ShapeError when x or lengths have another type or shape
 */
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
