import type { Codes } from "../keys.ts";
import { cutTwice } from "./by-order.ts";
import { type Splitter, foldsOf } from "./splitter.ts";

/** Divides samples so that each part and fold has its share of each class. */
export function byClass(where: string, classes: Codes, order: Int32Array): Splitter {
  const sorted = (indices: Int32Array): Int32Array =>
    indices.toSorted((a, b) => (classes.codes[a] ?? 0) - (classes.codes[b] ?? 0));
  /**
   * Sorts samples by class and selects each one at which round(share · position) increases. The selected part of any run,
   * so of any class, is less than one sample away from its share; the total is that of a cut by order.
   */
  const cutEachClass = (indices: Int32Array, share: number): readonly [Int32Array, Int32Array] => {
    const selected = new Set(sorted(indices).filter((_, i) => Math.round(share * (i + 1)) > Math.round(share * i)));
    return [indices.filter((index) => selected.has(index)), indices.filter((index) => !selected.has(index))];
  };
  return {
    cut: (shares) => {
      requireCounts(where, classes, 2, "to stratify");
      return cutTwice(order, shares, cutEachClass);
    },
    folds: (count) => {
      requireClasses(where, classes);
      requireCounts(where, classes, count, `to stratify in ${count} folds`);
      const foldOf = new Int32Array(order.length);
      // Each class is a run, so its counts in two folds differ by at most one; so do the sizes of folds.
      sorted(order).forEach((index, position) => (foldOf[index] = position % count));
      return foldsOf(foldOf, count);
    },
  };
}

/** @throws RangeError when all samples are of one class */
export function requireClasses(where: string, { keys }: Codes, why = "to stratify"): void {
  if (keys.length !== 1) return;
  throw new RangeError(`${where}: there must be at least 2 classes ${why}; got only class ${keys[0]}`);
}

function requireCounts(where: string, { keys, counts }: Codes, least: number, why: string): void {
  const rare = counts.findIndex((count) => count < least);
  if (rare < 0) return;
  throw new RangeError(
    `${where}: a class must have at least ${least} samples ${why}; got ${counts[rare]} of class ${keys[rare]}`,
  );
}
