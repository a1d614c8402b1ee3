import { requireWithin, ShapeError } from "../base/errors.ts";
import type { Defaults } from "../base/options.ts";
import { rowSize } from "../base/rows.ts";
import { type Tensor, type TensorLike, asTensor } from "../base/tensor.ts";

export interface SampleWeightOptions {
  /** Weight of each row, finite and at least 0: [rows] or [rows, 1]. Default: 1 for each. */
  readonly sampleWeight?: TensorLike;
}

export interface RowOptions extends SampleWeightOptions {
  /** Rows with this target are ignored, as with `ignoreIndex` of `nn.crossEntropyLoss`. Default: none. */
  readonly ignoreIndex?: number;
}

export const ROW_DEFAULTS = {
  ignoreIndex: undefined,
  sampleWeight: undefined,
} as const satisfies Defaults<RowOptions>;

/** Which rows count, and their weights. */
export interface RowSelection {
  readonly ignoreIndex: number | undefined;
  readonly sampleWeight: TensorLike | undefined;
}

/** Selects the entries of an array, one for each row, whose rows count. */
export type Select = (values: ArrayLike<number>) => ArrayLike<number>;

/**
 * Predictions and targets as tensors.
 * @throws TypeError, ShapeError or RangeError unless both are tensors of the same count of rows, at least 1, without NaN
 * in predictions
 */
export function asRows(where: string, scores: TensorLike, truth: TensorLike): { predictions: Tensor; targets: Tensor } {
  const predictions = asTensor(where, "predictions", scores);
  const targets = asTensor(where, "targets", truth);
  const [rows] = predictions.shape;
  if (rows === undefined || rows !== targets.shape[0]) {
    throw new ShapeError(
      `${where}: predictions and targets must have the same number of rows; ${got(predictions, targets)}`,
    );
  }
  if (rows === 0) throw new RangeError(`${where}: there must be at least one row; got none`);
  const wrong = predictions.data.findIndex(Number.isNaN);
  if (wrong >= 0) {
    const row = Math.floor(wrong / rowSize(predictions));
    throw new RangeError(`${where}: predictions must be numbers; got NaN in row ${row} of ${predictions}`);
  }
  return { predictions, targets };
}

/**
 * The function that drops entries of ignored rows, and the weights of the others; undefined for weights of 1.
 * @throws ShapeError, TypeError or RangeError unless targets are one for each row, at least one of them counts, and
 * weights are such as `SampleWeightOptions` says
 */
export function selectRows(
  where: string,
  predictions: Tensor,
  targets: Tensor,
  { ignoreIndex, sampleWeight }: RowSelection,
): { readonly select: Select; readonly weights: ArrayLike<number> | undefined } {
  if (ignoreIndex !== undefined) requireWithin(where, "ignoreIndex", ignoreIndex, -(2 ** 31), 2 ** 31 - 1);
  if (!isColumn(targets)) {
    throw new ShapeError(`${where}: targets must be [rows] or [rows, 1]; ${got(predictions, targets)}`);
  }
  const counts = ignoreIndex === undefined ? undefined : Array.from(targets.data, (target) => target !== ignoreIndex);
  if (counts?.every((each) => !each)) {
    throw new RangeError(`${where}: there must be at least one row that is not ignored; got none`);
  }
  const select: Select = (values) => (counts ? Array.from(values).filter((_, row) => counts[row]) : values);
  const all = weightsOf(where, sampleWeight, targets.size);
  const weights = all && select(all);
  if (weights) requireSomeWeight(where, weights);
  return { select, weights };
}

/**
 * Weights of rows; undefined for weights of 1.
 * @throws TypeError, ShapeError or RangeError unless they are finite numbers of at least 0, one for each row
 */
export function weightsOf(
  where: string,
  sampleWeight: TensorLike | undefined,
  rows: number,
): ArrayLike<number> | undefined {
  if (sampleWeight === undefined) return undefined;
  const weights = asTensor(where, "sampleWeight", sampleWeight);
  if (!isColumn(weights) || weights.size !== rows) {
    throw new ShapeError(`${where}: sampleWeight must be [${rows}] or [${rows}, 1]; got ${weights}`);
  }
  weights.data.forEach((weight, row) => {
    if (Number.isFinite(weight) && weight >= 0) return;
    throw new RangeError(`${where}: sampleWeight must be finite numbers of at least 0; got ${weight} in row ${row}`);
  });
  return weights.data;
}

/** Refuses weights that are all 0. */
export function requireSomeWeight(where: string, weights: ArrayLike<number>): void {
  if (Array.prototype.some.call(weights, (weight: number) => weight > 0)) return;
  throw new RangeError(`${where}: sampleWeight must be above 0 in at least one row that counts; got 0 in all`);
}

/** `got predictions float32 [2] and targets int32 [3]` */
export function got(predictions: Tensor, targets: Tensor): string {
  return `got predictions ${predictions} and targets ${targets}`;
}

/** Whether a tensor has one number for each row. */
export function isColumn(x: Tensor): boolean {
  return x.shape.length === 1 || (x.shape.length === 2 && x.shape[1] === 1);
}
