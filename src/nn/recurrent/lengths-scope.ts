/** The lengths of the sequences that `nn.padded` is describing, for layers without a `lengths` operand. */
import { ShapeError } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";

/** Sequences of at most `steps` steps, [batch, steps, ...]. */
interface Sequences {
  readonly lengths: Operand;
  readonly steps: number;
}

let current: Sequences | undefined;

/** Runs `work` with these lengths [batch] in scope; `steps` includes padding. */
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
 * The lengths of the sequences x [batch, steps, ...] if the layer is in an `nn.padded`, else undefined.
 * @throws ShapeError when x has another batch or number of steps, or does not have the batch first
 */
export function lengthsAround(where: string, x: Operand, batchFirst = true): Operand | undefined {
  if (!current) return undefined;
  const { lengths, steps } = current;
  const [batch = 0] = lengths.shape;
  if (batchFirst && x.shape.length === 3 && x.shape[0] === batch && x.shape[1] === steps) return lengths;
  const order = batchFirst ? "" : ", with batchFirst";
  throw new ShapeError(
    `${where}: x must be [${batch}, ${steps}, features]${order}, as the input of nn.padded; got ${x}${batchFirst ? "" : ", steps first"}`,
  );
}

/**
 * Splits the inputs of a layer after x into others and lengths. The last one is lengths if it is int32 [batch] and x is a
 * batch, or if `most` inputs are before it.
 * @param most the largest number of inputs before lengths
 */
export function splitLengths(
  x: Operand,
  inputs: readonly (Operand | undefined)[],
  most: number,
): readonly [rest: readonly (Operand | undefined)[], lengths: Operand | undefined] {
  const last = inputs.findLastIndex((input) => input !== undefined);
  const lastInput = inputs[last];
  const isLengths =
    last === most || (x.shape.length === 3 && lastInput?.dtype === "int32" && lastInput.shape.length === 1);
  return isLengths ? [inputs.slice(0, last), lastInput] : [inputs, undefined];
}
