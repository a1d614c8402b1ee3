import { inOrder } from "../../base/numbers.ts";
import { permutation } from "../../runtime/random.ts";
import type { Codes } from "../keys.ts";
import { type Shares, type Splitter, foldsOf, unitEnds } from "./splitter.ts";

/**
 * Divides samples so that all of a group are in one part.
 * @param classes the folds have similar shares of them. Default: one class for all.
 */
export function byGroup(where: string, groups: Codes, order: Int32Array, shuffle: boolean, classes?: Codes): Splitter {
  const groupOrder = shuffle ? permutation(groups.keys.length) : inOrder(groups.keys.length);
  return {
    cut: (shares) => {
      const partOf = partOfEach(where, groups, groupOrder, shares);
      const part = (number: number): Int32Array => order.filter((i) => partOf[groups.codes[i] ?? 0] === number);
      return { training: part(0), validation: part(1), test: part(2) };
    },
    folds: (count) => {
      requireGroups(where, groups, count, "folds");
      const foldOfGroup = foldOfEach(groups, groupOrder, count, classes);
      return foldsOf(
        groups.codes.map((group) => foldOfGroup[group] ?? 0),
        count,
      );
    },
  };
}

/** The part of each group; parts are consecutive in the order of groups. */
function partOfEach(where: string, { keys, counts }: Codes, order: Int32Array, shares: Shares): Int32Array {
  const parts = [shares.training, shares.validation, shares.test].flatMap((share, part) =>
    share > 0 ? [{ share, part }] : [],
  );
  requireGroups(where, { keys }, parts.length, "parts");
  const samples = counts.reduce((sum, count) => sum + count, 0);
  let share = 0;
  const targets = parts.slice(0, -1).map((each) => (share += each.share) * samples);
  const ends = unitEnds(
    order.map((group) => counts[group] ?? 0),
    targets,
  );
  const partOf = new Int32Array(keys.length);
  order.forEach((group, position) => {
    const passed = ends.filter((end) => end <= position).length;
    partOf[group] = parts[passed]?.part ?? 0;
  });
  return partOf;
}

/**
 * The fold of each group: groups of the most uneven classes first, larger ones before smaller ones, each in the fold that
 * has least of its classes. With one class this is the fold with the fewest samples.
 */
function foldOfEach(groups: Codes, order: Int32Array, count: number, classes: Codes | undefined): Int32Array {
  const totals = classes?.counts ?? Int32Array.of(groups.codes.length);
  const width = totals.length;
  const ofGroup = new Float64Array(groups.keys.length * width);
  groups.codes.forEach((group, i) => {
    const at = group * width + (classes?.codes[i] ?? 0);
    ofGroup[at] = (ofGroup[at] ?? 0) + 1;
  });
  const rows = groups.keys.map((_, group) => ofGroup.subarray(group * width, (group + 1) * width));
  const uneven = rows.map(variance);
  const sorted = order.toSorted(
    (a, b) => (uneven[b] ?? 0) - (uneven[a] ?? 0) || (groups.counts[b] ?? 0) - (groups.counts[a] ?? 0),
  );
  const ofFold = Array.from({ length: count }, () => new Float64Array(width));
  const foldOf = new Int32Array(groups.keys.length);
  for (const group of sorted) {
    const row = rows[group] ?? new Float64Array(width);
    // The sum over classes of the variance of their shares in the folds grows by this, but for a constant.
    const growth = ofFold.map((fold) =>
      row.reduce((sum, n, c) => sum + (n * (fold[c] ?? 0)) / square(totals[c] ?? 1), 0),
    );
    const best = growth.indexOf(Math.min(...growth));
    foldOf[group] = best;
    row.forEach((n, c) => addTo(ofFold[best], c, n));
  }
  return foldOf;
}

function addTo(counts: Float64Array | undefined, at: number, added: number): void {
  if (counts) counts[at] = (counts[at] ?? 0) + added;
}

function square(value: number): number {
  return value * value;
}

function variance(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + square(value - mean), 0) / values.length;
}

function requireGroups(where: string, { keys }: Pick<Codes, "keys">, least: number, what: string): void {
  if (keys.length >= least) return;
  throw new RangeError(`${where}: groups must be at least as many as the ${what}, ${least}; got ${keys.length}`);
}
