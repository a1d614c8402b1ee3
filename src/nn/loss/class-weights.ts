import { requireWithin, shown } from "../../base/errors.ts";
import { Variable } from "../../memory/variable.ts";

/** One weight for each class, finite and at least 0. */
export type ClassWeights = readonly number[] | Float32Array;

/**
 * Class weights in kernel memory.
 * @throws TypeError when they are not an array of numbers
 * @throws RangeError when there is none, or one is not finite or is below 0
 */
export function classWeights(where: string, name: string, given: ClassWeights | undefined): Variable | undefined {
  if (given === undefined) return undefined;
  if (!Array.isArray(given) && !(given instanceof Float32Array)) {
    throw new TypeError(`${where}: ${name} must be an array of numbers, one for each class; got ${shown(given)}`);
  }
  if (given.length === 0) throw new RangeError(`${where}: ${name} must hold a number for each class; got none`);
  given.forEach((weight: number, i) => requireWithin(where, `${name}[${i}]`, weight, 0, Infinity));
  const weights = new Variable(name, [given.length]);
  weights.write().set(given);
  return weights;
}
