/** How long the sequences are that are being described, for layers that are not told. */
import { ShapeError } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";

/** Sequences of at most `steps` steps, [batch, steps, ...]. */
interface Sequences {
  readonly lengths: Operand;
  readonly steps: number;
}

let current: Sequences | undefined;

/** Describes what `work` describes with sequences of these lengths, [batch], and so many steps with padding. */
export function withLengths<T>(lengths: Operand, steps: number, work: () => T): T {
  const outer = current;
  current = { lengths, steps };
  try {
    return work();
  } finally {
    current = outer;
  }
}

/**
 * The lengths of the sequences x [batch, steps, ...]: those of `nn.padded` where the layer stands in one, else undefined.
 * @throws ShapeError when x does not hold those sequences, or not with the batch first
 */
export function lengthsAround(where: string, x: Operand, batchFirst = true): Operand | undefined {
  if (!current) return undefined;
  const { lengths, steps } = current;
  const [batch = 0] = lengths.shape;
  if (batchFirst && x.shape.length === 3 && x.shape[0] === batch && x.shape[1] === steps) return lengths;
  const order = batchFirst ? "" : ", by batchFirst";
  throw new ShapeError(
    `${where}: x must be [${batch}, ${steps}, features]${order}, as nn.padded knows its lengths; got ${x}${batchFirst ? "" : ", steps first"}`,
  );
}

/**
 * Inputs of a layer beside x, and lengths: the last of them where x is a batch and they are int32 with one axis.
 * @param most how many inputs there may be before lengths
 */
export function splitLengths(
  x: Operand,
  inputs: readonly (Operand | undefined)[],
  most: number,
): readonly [rest: readonly (Operand | undefined)[], lengths: Operand | undefined] {
  const last = inputs.findLastIndex((input) => input !== undefined);
  const found = inputs[last];
  const isLengths = last === most || (x.shape.length === 3 && found?.dtype === "int32" && found.shape.length === 1);
  return isLengths ? [inputs.slice(0, last), found] : [inputs, undefined];
}
