import type { Decision, LossTraits } from "../../nn/index.ts";

/** Weights and right decisions of some samples. */
export interface Score {
  readonly samples: number;
  /** Sum of the samples' weights in the data set, each 1 without weights. */
  readonly sampleWeight: number;
  /** Sum of the samples' weights in the mean of the loss. */
  readonly lossWeight: number;
  /** The part of `sampleWeight` of samples whose weight in the loss is not 0. */
  readonly countedWeight: number;
  /** Part of `countedWeight` whose decision is right; undefined for losses that do not classify. */
  readonly correctWeight: number | undefined;
}

/** Predictions of some rows. Row r has its target and weight in row order[start + r], or in row r without an order. */
export interface ScoredRows {
  readonly scores: ArrayLike<number>;
  readonly rows: number;
  readonly targets: ArrayLike<number>;
  readonly weights: ArrayLike<number> | undefined;
  readonly order?: Int32Array | undefined;
  /** Default: 0. */
  readonly start?: number | undefined;
}

/** Adds up weights and right decisions of rows. A row with several decisions is right if all of them are. */
export function score({ decision, weigh }: LossTraits, predicted: ScoredRows): Score {
  const { scores, rows, targets, weights, order, start = 0 } = predicted;
  if (!decision && !weights)
    return { samples: rows, sampleWeight: rows, lossWeight: rows, countedWeight: rows, correctWeight: undefined };
  const width = scores.length / rows;
  let [sampleWeight, lossWeight, countedWeight, correctWeight] = [0, 0, 0, 0];
  for (let row = 0; row < rows; row++) {
    const target = order?.[start + row] ?? row;
    const weight = weights ? (weights[target] ?? NaN) : 1;
    const weightInLoss = weigh ? weight * weigh(targets[target] ?? NaN) : weight;
    sampleWeight += weight;
    lossWeight += weightInLoss;
    if (weightInLoss === 0) continue;
    countedWeight += weight;
    if (decision && isRight(decision, scores, row * width, targets, target, width)) correctWeight += weight;
  }
  return {
    samples: rows,
    sampleWeight,
    lossWeight,
    countedWeight,
    correctWeight: decision ? correctWeight : undefined,
  };
}

/** Whether the decision on a row of scores, which begin at `start`, is its target, the row `target` of the targets. */
export function isRight(
  decision: Decision,
  scores: ArrayLike<number>,
  start: number,
  targets: ArrayLike<number>,
  target: number,
  width: number,
): boolean {
  return decision === "highest"
    ? indexOfHighest(scores, start, width) === targets[target]
    : agrees(decision.above, scores, start, targets, target * width, width);
}

/** The index of the highest score, or -1 if one is NaN. */
function indexOfHighest(scores: ArrayLike<number>, start: number, width: number): number {
  let best = 0;
  for (let i = 0; i < width; i++) {
    const value = scores[start + i] ?? NaN;
    if (Number.isNaN(value)) return -1;
    if (value > (scores[start + best] ?? NaN)) best = i;
  }
  return best;
}

/** Whether scores are above the threshold exactly where targets are 1. */
function agrees(
  threshold: number,
  scores: ArrayLike<number>,
  start: number,
  targets: ArrayLike<number>,
  targetStart: number,
  width: number,
): boolean {
  for (let i = 0; i < width; i++) {
    const value = scores[start + i] ?? NaN;
    if (Number.isNaN(value) || value > threshold !== (targets[targetStart + i] ?? 0) > 0.5) return false;
  }
  return true;
}
