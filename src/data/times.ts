import { shown } from "../base/errors.ts";
import type { TensorLike } from "../base/tensor.ts";
import { type NumberArray, isList, listOf, requireLength } from "./keys.ts";

/** One time for each sample, in any unit: an array of numbers or Dates, a typed array, or a tensor [samples]. */
export type Moments = readonly (number | Date)[] | NumberArray | TensorLike;

/** When each sample was: at one time, or from a first to a last one, both included. */
export type Times = Moments | { readonly from: Moments; readonly to: Moments };

/** First and last time of each sample. */
export interface Spans {
  readonly from: Float64Array;
  readonly to: Float64Array;
}

/**
 * First and last times of samples.
 * @throws TypeError or RangeError when a time is not finite, or a sample ends before it begins
 * @throws ShapeError when there is not one time for each sample
 */
export function spansOf(where: string, name: string, times: unknown, length: number): Spans {
  if (isList(times) || typeof times !== "object" || times === null) {
    const moments = momentsOf(where, name, times, length);
    return { from: moments, to: moments };
  }
  if (!Object.keys(times).every((key) => key === "from" || key === "to")) {
    throw new TypeError(`${where}: ${name} must be times of samples, or { from, to } of them; got ${shown(times)}`);
  }
  const from = momentsOf(where, `${name}.from`, Reflect.get(times, "from"), length);
  const to = momentsOf(where, `${name}.to`, Reflect.get(times, "to"), length);
  const wrong = from.findIndex((time, i) => !(time <= (to[i] ?? NaN)));
  if (wrong < 0) return { from, to };
  throw new RangeError(
    `${where}: ${name}.to must not be before ${name}.from; got ${from[wrong]} to ${to[wrong]} at index ${wrong}`,
  );
}

/**
 * Times as numbers.
 * @throws TypeError when they are not an array, a typed array or a tensor
 * @throws RangeError when one is not finite
 * @throws ShapeError when they are not `length`
 */
export function momentsOf(
  where: string,
  name: string,
  given: unknown,
  length: number,
  what: "samples" | "steps" = "samples",
): Float64Array {
  const listed = listOf(where, name, given);
  requireLength(where, name, listed.length, length, what);
  return Float64Array.from(listed, (value, i) => {
    const time = value instanceof Date ? value.getTime() : value;
    if (typeof time === "number" && Number.isFinite(time)) return time;
    throw new RangeError(`${where}: ${name} must be finite numbers or Dates; got ${shown(value)} at index ${i}`);
  });
}

/** Indices of samples in the order in which they begin; those that begin together keep their order. */
export function inOrderOfTime({ from }: Spans): Int32Array {
  return Int32Array.from(from.keys()).toSorted((a, b) => (from[a] ?? 0) - (from[b] ?? 0));
}
