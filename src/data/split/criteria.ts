import { requireSwitch, shown } from "../../base/errors.ts";
import { inOrder } from "../../base/numbers.ts";
import { permutation } from "../../runtime/random.ts";
import { warn } from "../../runtime/warn.ts";
import type { AnyDataset } from "../dataset.ts";
import { type Divided, type Keys, classesOf, codesOf, isList } from "../keys.ts";
import { firstEqualRows } from "../row-index.ts";
import { type Times, spansOf } from "../times.ts";
import { isWindows, sharingSteps } from "../windows-overlap.ts";
import { byClass, requireClasses } from "./by-class.ts";
import { byGroup } from "./by-group.ts";
import { byOrder } from "./by-order.ts";
import { byTime } from "./by-time.ts";
import { countShared } from "./leaks.ts";
import type { Splitter } from "./splitter.ts";

/** How samples are divided. */
export interface Criteria {
  /** Whether parts are random samples, or random groups, not consecutive ones. Default: true; false with `times`. */
  readonly shuffle?: boolean;
  /** Classes to divide in equal shares: true for those in y, or one for each sample. Default: false. */
  readonly stratify?: boolean | Keys;
  /** Group of each sample: all samples of a group are in one part. Default: none. */
  readonly groups?: Keys;
  /**
   * Time of each sample, or its first and last time: later samples are in later parts, those of one time in one part. Samples
   * that begin before a cut and end after it are left out. Default: none.
   */
  readonly times?: Times;
  /** Whether to warn of samples whose inputs occur in another part too, which takes a pass over x. Default: false. */
  readonly checkRows?: boolean;
}

export const CRITERIA_DEFAULTS = {
  shuffle: undefined,
  stratify: false,
  groups: undefined,
  times: undefined,
  checkRows: false,
} as const;

/** Criteria with defaults filled in. */
export type FilledCriteria = { readonly [Name in keyof Criteria]-?: Exclude<Criteria[Name], undefined> | undefined };

/** @throws TypeError when options are of the wrong kind, or may not be combined */
export function checkCriteria(where: string, { shuffle, stratify, groups, times, checkRows }: FilledCriteria): void {
  if (shuffle !== undefined) requireSwitch(where, "shuffle", shuffle);
  requireSwitch(where, "checkRows", checkRows);
  if (typeof stratify !== "boolean" && !isList(stratify)) {
    throw new TypeError(`${where}: stratify must be true, false or a class for each sample; got ${shown(stratify)}`);
  }
  if (times === undefined) return;
  const others = Object.entries({ shuffle, groups, stratify }).filter(
    ([, value]) => value !== undefined && value !== false,
  );
  if (others.length === 0) return;
  throw new TypeError(`${where}: times must be the only criterion; got ${others.map(([name]) => name).join(", ")} too`);
}

/** What divides the samples by the criteria; `classesInGroups` whether groups may be stratified. */
export function splitterOf(
  where: string,
  dataset: Divided,
  { shuffle = true, stratify, groups, times }: FilledCriteria,
  { classesInGroups }: { readonly classesInGroups: boolean },
): Splitter {
  if (times !== undefined) return byTime(where, spansOf(where, "times", times, dataset.length));
  const classes = stratify === undefined || stratify === false ? undefined : classesOf(where, dataset, stratify);
  if (groups !== undefined) {
    if (classes && !classesInGroups) {
      throw new TypeError(`${where}: groups must be without stratify, which kFold can combine; got both`);
    }
    if (classes) requireClasses(where, classes);
    const codes = codesOf(where, "groups", groups, dataset.length);
    return byGroup(where, codes, orderOf(dataset, shuffle), shuffle, classes);
  }
  return classes ? byClass(where, classes, orderOf(dataset, shuffle)) : byOrder(orderOf(dataset, shuffle));
}

/**
 * Warns of windows that share steps with windows in another part and, with `checkRows`, of equal inputs in two parts.
 * @param parts samples of each part; none is in two
 */
export function warnOfLeaks(
  where: string,
  dataset: AnyDataset,
  { times, checkRows }: FilledCriteria,
  parts: readonly Int32Array[],
): void {
  const checksSteps = times === undefined && isWindows(dataset);
  if (!checksSteps && checkRows !== true) return;
  const partOf = new Int32Array(dataset.length).fill(-1);
  parts.forEach((part, number) => part.forEach((i) => (partOf[i] = number)));
  const sharing = checksSteps ? sharingSteps(dataset, partOf) : 0;
  if (sharing > 0) {
    warn(
      `${where}: ${sharing} of ${dataset.length} windows share steps with windows in another part, so their targets leak; ` +
        "times: set.times of the windows prevents that",
    );
  }
  const equal = checkRows === true ? countShared(firstEqualRows(dataset.x, dataset.length), partOf) : 0;
  if (equal > 0) {
    warn(
      `${where}: ${equal} of ${dataset.length} samples have the inputs of a sample in another part; ` +
        "groups: data.duplicateGroups(set) prevents that, findLeaks lists them",
    );
  }
}

function orderOf({ length }: Divided, shuffle: boolean): Int32Array {
  return shuffle ? permutation(length) : inOrder(length);
}
