import { inOrder } from "../base/numbers.ts";
import { Input, type Operand } from "./operand.ts";
import { type Range, printRange, requireInRange, unique } from "./range.ts";

/**
 * Requires that integers are in a range: those of an input, constants, and views and copies of both.
 * For integers cast from floats, the floats are checked, rounded toward 0.
 * @param elements the indices of the integers. Default: all.
 * @throws RangeError when constant integers are out of the range
 * @throws TypeError when the integers are computed, so that they cannot be checked before the run
 */
export function requireRange(x: Operand, range: Range, elements?: Int32Array): void {
  if (x instanceof Input) {
    const some = elements && unique(elements);
    return void x.ranges.push({ ...range, elements: some?.length === x.size ? undefined : some });
  }
  const { known, viewOffset, origins } = x.rule;
  if (known) return requireInRange(range, known, elements);
  if (x.rule.range) return requireWithinRange(x, range, x.rule.range);
  const [viewed] = x.inputs;
  if (viewed && viewOffset === 0 && viewed.size === x.size) return requireRange(viewed, range, elements);
  const own = elements ?? inOrder(x.size);
  const found =
    viewed && viewOffset !== undefined ? [[viewed, own.map((i) => i + viewOffset)] as const] : origins?.(own);
  if (!found) throw new TypeError(`${range.where}: ${range.what} must come from an input; got ${x}`);
  for (const [operand, theirs] of found) {
    requireRange(operand, operand.dtype === x.dtype ? range : { ...range, truncated: true }, theirs);
  }
}

function requireWithinRange(x: Operand, range: Range, [low, high]: readonly [number, number]): void {
  if (low >= range.low && high <= range.high) return;
  throw new RangeError(
    `${range.where}: ${range.what} must be ${printRange(range)}; got ${x}, which may be ${low} to ${high}`,
  );
}
