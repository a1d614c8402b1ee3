import { requireWithin, shown } from "../../base/errors.ts";
import { Variable } from "../../memory/variable.ts";

/** One number for each class, finite and at least 0. */
export type ClassWeights = readonly number[] | Float32Array;

/**
 * Weights of classes where kernels can read them.
 * @throws TypeError when they are no list of numbers
 * @throws RangeError when there is none, or one is not finite or is below 0
 */
export function classWeights(where: string, name: string, given: ClassWeights | undefined): Variable | undefined {
  if (given === undefined) return undefined;
  if (!Array.isArray(given) && !(given instanceof Float32Array)) {
    throw new TypeError(`${where}: ${name} must be an array of numbers, one for each class; got ${shown(given)}`);
  }
  if (given.length === 0) throw new RangeError(`${where}: ${name} must hold a number for each class; got none`);
  given.forEach((each: number, i) => requireWithin(where, `${name}[${i}]`, each, 0, Infinity));
  const row = new Variable(name, [given.length]);
  row.write().set(given);
  return row;
}
