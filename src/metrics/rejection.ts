import { requireWithin, ShapeError } from "../base/errors.ts";
import { INSPECT } from "../base/inspect.ts";
import { inOrder } from "../base/numbers.ts";
import { type Defaults, withDefaults } from "../base/options.ts";
import { printNumber } from "../base/print.ts";
import { type TensorLike, asTensor } from "../base/tensor.ts";
import { isColumn, requireSomeWeight, type SampleWeightOptions, weightsOf } from "./rows.ts";

const DEFAULTS = { sampleWeight: undefined } as const satisfies Defaults<SampleWeightOptions>;

/** The mean loss of the rows that are kept when the least certain ones are rejected; rows of equal uncertainty go together. */
export class RejectionCurve {
  /** Share of rows kept, upwards; the last is 1. */
  readonly coverage: readonly number[];
  /** Mean loss of the rows kept: the share of wrong ones for losses of 0 and 1. */
  readonly risk: readonly number[];
  /** The largest uncertainty of the rows kept. */
  readonly thresholds: readonly number[];
  /**
   * Area under risk by coverage, AURC: the mean risk when rows are kept one by one, the most certain first. Rows of equal
   * uncertainty count as the mean over all their orders; they share their weights equally.
   */
  readonly area: number;

  /** @param groups rows of equal uncertainty, from the most certain on */
  constructor(groups: readonly Group[]) {
    const total = groups.reduce((sum, { weight }) => sum + weight, 0);
    const coverage: number[] = [];
    const risk: number[] = [];
    let [kept, lost, area] = [0, 0, 0];
    for (const { rows, weight, loss } of groups) {
      for (let row = 1; row <= rows; row++) {
        const share = row / rows;
        area += (weight / rows) * ((lost + share * loss) / (kept + share * weight));
      }
      kept += weight;
      lost += loss;
      coverage.push(kept / total);
      risk.push(lost / kept);
    }
    this.coverage = coverage;
    this.risk = risk;
    this.thresholds = groups.map(({ uncertainty }) => uncertainty);
    this.area = area / total;
  }

  /**
   * The mean loss of the most certain share of rows. Of rows of equal uncertainty the needed share is kept.
   * @param coverage from 0 to 1; of 0 it is that of the first rows
   * @throws RangeError when the coverage is not from 0 to 1
   */
  at(coverage: number): number {
    requireWithin("rejectionCurve", "coverage", coverage, 0, 1);
    const found = this.coverage.findIndex((each) => each >= coverage);
    const i = found < 0 ? this.coverage.length - 1 : found; // their last may round to below 1
    if (i === 0) return this.risk[0] ?? NaN;
    const [before, behind] = [this.coverage[i - 1] ?? 0, this.coverage[i] ?? 1];
    const [lostBefore, lostBehind] = [before * (this.risk[i - 1] ?? 0), behind * (this.risk[i] ?? 0)];
    return (lostBefore + ((coverage - before) / (behind - before)) * (lostBehind - lostBefore)) / coverage;
  }

  /** `rejection curve: risk 0.12 of all, area 0.034` */
  toString(): string {
    return `rejection curve: risk ${printNumber(this.risk.at(-1) ?? NaN)} of all, area ${printNumber(this.area)}`;
  }

  /** The text that `console.log` prints: the line of `toString`. */
  [INSPECT](): string {
    return String(this);
  }
}

/** Rows of equal uncertainty. */
interface Group {
  readonly uncertainty: number;
  readonly rows: number;
  /** Sum of the weights. */
  readonly weight: number;
  /** Sum of weights times losses. */
  readonly loss: number;
}

/**
 * The risk-coverage curve of predictions whose least certain ones are rejected, as by handing them to a person. With losses of 0
 * for right and 1 for wrong decisions, 1 − risk is the accuracy, and the curve the accuracy-rejection curve.
 *
 * Shape: losses and uncertainty are [rows] or [rows, 1].
 * Sources: Nadeem et al. 2009, https://proceedings.mlr.press/v8/nadeem10a.html; AURC: Geifman et al. 2019,
 * https://arxiv.org/abs/1805.08206
 *
 * @param losses the loss of each row, finite
 * @param uncertainty any number that is larger where the model is less certain: an entropy, a variance, 1 − the largest probability
 * @throws ShapeError when losses and uncertainty are not one for each row
 * @throws TypeError when losses, uncertainty or weights are no tensor, or an option is unknown
 * @throws RangeError when there are no rows, a loss is not finite, an uncertainty is NaN, or weights are negative, not finite or
 * all 0
 */
export function rejectionCurve(
  losses: TensorLike,
  uncertainty: TensorLike,
  options: SampleWeightOptions = {},
): RejectionCurve {
  const where = "rejectionCurve";
  const { sampleWeight } = withDefaults(where, options, DEFAULTS);
  const lossTensor = asTensor(where, "losses", losses);
  const uncertaintyTensor = asTensor(where, "uncertainty", uncertainty);
  if (!isColumn(lossTensor) || !isColumn(uncertaintyTensor) || lossTensor.size !== uncertaintyTensor.size) {
    throw new ShapeError(
      `${where}: losses and uncertainty must be [rows] or [rows, 1]; got ${lossTensor} and ${uncertaintyTensor}`,
    );
  }
  const weights = weightsOf(where, sampleWeight, lossTensor.size);
  if (weights) requireSomeWeight(where, weights);
  return rejectionOf(where, lossTensor.data, uncertaintyTensor.data, weights);
}

/** @throws RangeError as `rejectionCurve` does */
export function rejectionOf(
  where: string,
  losses: ArrayLike<number>,
  uncertainty: ArrayLike<number>,
  weights?: ArrayLike<number>,
): RejectionCurve {
  if (losses.length === 0) throw new RangeError(`${where}: there must be at least one row; got none`);
  const order = inOrder(losses.length).filter((row) => !weights || weights[row] !== 0);
  for (const row of order) {
    if (!Number.isFinite(losses[row])) {
      throw new RangeError(`${where}: losses must be finite; got ${losses[row]} in row ${row}`);
    }
    if (!Number.isNaN(uncertainty[row])) continue;
    throw new RangeError(`${where}: uncertainty must be numbers; got NaN in row ${row}`);
  }
  const rank = (row: number): number => uncertainty[row] ?? NaN;
  // Infinity − Infinity is NaN, which sorts as equal.
  order.sort((a, b) => rank(a) - rank(b));
  return new RejectionCurve(groupsOf(order, rank, (row) => losses[row] ?? NaN, weights));
}

function groupsOf(
  order: Int32Array,
  rank: (row: number) => number,
  lossOf: (row: number) => number,
  weights: ArrayLike<number> | undefined,
): Group[] {
  const groups: { uncertainty: number; rows: number; weight: number; loss: number }[] = [];
  for (const row of order) {
    const last = groups.at(-1);
    const weight = weights ? (weights[row] ?? 0) : 1;
    if (last?.uncertainty === rank(row)) {
      last.rows++;
      last.weight += weight;
      last.loss += weight * lossOf(row);
    } else groups.push({ uncertainty: rank(row), rows: 1, weight, loss: weight * lossOf(row) });
  }
  return groups;
}
