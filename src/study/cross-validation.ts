import { ShapeError } from "../base/errors.ts";
import { INSPECT } from "../base/inspect.ts";
import { printNumber, printPercent, printTable } from "../base/print.ts";
import { mapTensors, rowSize, rowsAt } from "../base/rows.ts";
import { Tensor, printShape } from "../base/tensor.ts";
import type { Tensors } from "../base/tensors.ts";
import type { FoldIndices } from "../data/split/splitter.ts";
import type { History } from "../train/fit/history.ts";
import { type Estimate, estimateOf, meanOf, printInterval } from "./estimate.ts";
import type { Scores } from "./measure.ts";

/** One fold of a cross-validation. */
export interface FoldResult {
  /** Counted from 0. */
  readonly fold: number;
  /** Seed of its random numbers, for `manualSeed`. */
  readonly seed: number;
  /** Count of samples that were trained on. */
  readonly training: number;
  /** Count of samples that were held out. */
  readonly validation: number;
  /** Loss, accuracy of a classifier, and the given metrics, of the held-out samples. */
  readonly scores: Scores;
  readonly history: History;
}

/** Predictions of held-out samples by the models that were not trained on them. */
export interface OutOfFold<Y extends Tensors = Tensor> {
  /** Index of each sample in the data set, ascending; one that several folds hold out has a row for each of them. */
  readonly indices: Int32Array;
  readonly predictions: Tensor<"float32">;
  readonly targets: Y;
}

/** Result of `crossValidate`; prints as a table. */
export class CrossValidation<Y extends Tensors = Tensor> {
  /** Mean over folds of each metric, with an interval, which is cut to 0 to 1 for accuracy: see `crossValidate`. */
  readonly scores: Readonly<Record<string, Estimate>>;
  readonly folds: readonly FoldResult[];
  readonly outOfFold: OutOfFold<Y>;
  /** Confidence level of the intervals. */
  readonly level: number;

  /** @internal */
  constructor(folds: readonly FoldResult[], outOfFold: OutOfFold<Y>, level: number) {
    this.folds = folds;
    this.outOfFold = outOfFold;
    this.level = level;
    const overlap = meanOf(folds.map(({ training, validation }) => validation / training));
    const names = Object.keys(folds[0]?.scores ?? {});
    const estimates = names.map((name) => {
      const values = folds.map(({ scores }) => scores[name] ?? NaN);
      return [name, estimateOf(name, values, level, overlap)] as const;
    });
    this.scores = Object.fromEntries(estimates);
  }

  toString(): string {
    const names = Object.keys(this.scores);
    const row = (first: string, samples: string, print: (name: string) => string): string[] => [
      first,
      samples,
      ...names.map(print),
    ];
    const ofScore = (name: string): Estimate => this.scores[name] ?? { mean: NaN, low: NaN, high: NaN, deviation: NaN };
    return printTable(
      ["fold", "held out", ...names],
      [
        ...this.folds.map(({ fold, validation, scores }) =>
          row(`${fold}`, `${validation}`, (name) => printNumber(scores[name] ?? NaN)),
        ),
        row("mean", "", (name) => printNumber(ofScore(name).mean)),
        row(`${printPercent(this.level, 0)} interval`, "", (name) => printInterval(ofScore(name))),
      ],
    );
  }

  /** What `console.log` prints: the table. */
  [INSPECT](): string {
    return String(this);
  }
}

/**
 * Joins the predictions of all folds in the order of the data set.
 * @throws ShapeError when predictions are not one row for each sample, or differ in shape between folds
 */
export function outOfFold<Y extends Tensors>(
  where: string,
  y: Y,
  folds: readonly FoldIndices[],
  predictions: readonly Tensor<"float32">[],
): OutOfFold<Y> {
  const [first] = predictions;
  if (!first) throw new ShapeError(`${where}: there must be predictions; got none`);
  const shape = first.shape.slice(1);
  folds.forEach(({ validation }, fold) => {
    const expected = [validation.length, ...shape];
    const found = predictions[fold]?.shape ?? [];
    if (printShape(found) === printShape(expected)) return;
    throw new ShapeError(
      `${where}: predictions of fold ${fold} must be ${printShape(expected)}; got ${printShape(found)}`,
    );
  });
  const rows = folds
    .flatMap(({ validation }, fold) => Array.from(validation, (index, row) => ({ index, fold, row })))
    .toSorted((a, b) => a.index - b.index || a.fold - b.fold);
  const width = rowSize(first);
  const joined = new Float32Array(rows.length * width);
  rows.forEach(({ fold, row }, i) => {
    const from = predictions[fold]?.data ?? joined;
    joined.set(from.subarray(row * width, (row + 1) * width), i * width);
  });
  const indices = Int32Array.from(rows, ({ index }) => index);
  return {
    indices,
    predictions: new Tensor([rows.length, ...shape], "float32", joined),
    targets: mapTensors(y, (each) => rowsAt(each, indices)),
  };
}
