import { requireSwitch, requireWhole, shown } from "../../base/errors.ts";
import { INSPECT } from "../../base/inspect.ts";
import { withDefaults } from "../../base/options.ts";
import { Tensor, type TensorLike, printShape } from "../../base/tensor.ts";
import type { Tensors } from "../../base/tensors.ts";
import type { Dataset, StreamedDataset } from "../../data/dataset.ts";
import type { Row } from "../row.ts";
import {
  type LabelPrediction,
  type PredictOptions,
  type Predictor,
  type ValuePrediction,
  numbersOf,
  predictOptions,
  predictionsOf,
} from "./predictions.ts";
import { type SchemaEncoding, encodingOf } from "./encoding.ts";
import { type ScoreFunction, requireScoreFunctions, scoresOf } from "./score.ts";
import { type RowSource, streamOf } from "./stream.ts";
import {
  type FittedColumn,
  type InputLayout,
  type Misfit,
  type OnRows,
  type SchemaInput,
  encodeRows,
  layoutsOf,
  requirePresent,
  requireRows,
} from "./table.ts";

/** A data set of rows. */
export interface SchemaDataset<X extends Tensors = Tensors, Y extends Tensors = Tensors> extends Dataset<X, Y> {
  /** Index of the row of each sample; all in order, but for those that do not fit. */
  readonly rowIndices: Int32Array;
  /** What does not fit; none with `onMisfit` "refuse", which throws. */
  readonly misfits: readonly Misfit[];
}

/** The version of the JSON, which grows when an older release could not read a new one. */
export const VERSION = 1;

/** A schema that has learned from training rows: turns rows into tensors, and outputs of a model into predictions. */
export class FittedSchema<
  X extends Tensors = Tensors,
  Y extends Tensors = Tensors,
  P = LabelPrediction | ValuePrediction | null,
> {
  readonly #columns: readonly FittedColumn[];
  readonly #target: FittedColumn | undefined;
  readonly #layouts: readonly InputLayout[];
  readonly #onMisfit: "refuse" | "flag";

  /** @internal */
  constructor(columns: readonly FittedColumn[], target: FittedColumn | undefined, onMisfit: "refuse" | "flag") {
    this.#columns = columns;
    this.#target = target;
    this.#layouts = layoutsOf(columns);
    this.#onMisfit = onMisfit;
  }

  /** Names of the features, in the order of the columns of the tensor: `["age", "job=clerk", "job=nurse"]`. */
  get features(): readonly string[] {
    const shared = this.#columns.filter(({ column }) => column.place === "features");
    return shared.flatMap(({ name, encoder }) => encoder.suffixes().map((suffix) => name + suffix));
  }

  /** The inputs by name: "features" for the columns that share one, and each column with its own. */
  get inputs(): Readonly<Record<string, SchemaInput>> {
    const inputs = this.#layouts.map(({ name, shape, dtype, columns: [first] }): [string, SchemaInput] => {
      const size = dtype === "int32" ? first?.encoder.size : undefined;
      return [name, { shape, dtype, ...(size !== undefined && { size }) }];
    });
    return Object.fromEntries(inputs);
  }

  /**
   * The arithmetic of the columns that share the input `features`, as operations: `exportWasm(model, [1, n], { before:
   * fitted.encoding() })` takes raw rows. Its `columns` say what their n numbers are; `numbers(rows)` makes them of rows. A number
   * that float32 holds gives the bits of `encode`. No gradient flows.
   * @throws TypeError when a column is a date, a text, hashed or has a logarithm, or none is of features
   */
  encoding(): SchemaEncoding {
    return encodingOf("encoding", this.#columns);
  }

  /** The classes of the target in the order of their numbers; none for a number. */
  get classes(): readonly string[] {
    return this.#target?.encoder.classes ?? [];
  }

  /**
   * Rows as a data set. x is one tensor if there is one input, else an object of tensors by name. y is int32 [rows] for a category,
   * float32 [rows, 1] for a boolean or a number, and x without a target.
   *
   * @throws RangeError when there are no rows, no row has a column, one does not fit and `onMisfit` is "refuse", or none fits
   * @throws TypeError when rows are no array of objects
   */
  dataset(rows: readonly Row[]): SchemaDataset<X, Y> {
    requireRows("dataset", rows);
    for (const { columns } of this.#all()) columns.forEach(({ name }) => requirePresent("dataset", rows, name));
    return this.#dataset("dataset", rows, 0);
  }

  /**
   * Batches of rows that are read as the training goes on: `fitted.batches(() => streamCsv(file))`. Rows stay in their order, and the
   * last batch may be smaller. Rows that do not fit are left out, or throw, as `onMisfit` says.
   *
   * @param source gives the rows of each epoch anew
   * @param options.batchSize rows in a batch, at least 1. Default: 32.
   * @throws TypeError or RangeError when source is no function or batchSize is no whole number of at least 1
   */
  batches(source: RowSource, options: { readonly batchSize?: number } = {}): StreamedDataset<X, Y> {
    const { batchSize } = withDefaults("batches", options, { batchSize: 32 });
    requireWhole("batches", "batchSize", batchSize, 1);
    return streamOf(source, batchSize, (rows, first) => this.#dataset("batches", rows, first, true));
  }

  /**
   * All that does not fit in rows, whatever `onMisfit` says.
   * @param options.target whether the target is checked too. Default: false.
   * @throws TypeError or RangeError when rows are no array of objects, or none
   */
  check(rows: readonly Row[], options: { readonly target?: boolean } = {}): readonly Misfit[] {
    const { target } = withDefaults("check", options, { target: false });
    requireSwitch("check", "target", target);
    requireRows("check", rows);
    return encodeRows(rows, target ? this.#all() : this.#layouts, { where: "check", onMisfit: "flag" }).misfits;
  }

  /**
   * The inputs of rows, as x of `dataset`, for other calls of a model than `predict`. The target is not needed.
   * @throws RangeError when there are no rows or one does not fit, whatever `onMisfit` says
   * @throws TypeError when rows are no array of objects
   */
  encode(rows: readonly Row[]): X {
    requireRows("encode", rows);
    const { tensors } = encodeRows(rows, this.#layouts, { where: "encode", onMisfit: "refuse" });
    return arranged<X>(this.#layouts, tensors);
  }

  /**
   * What a model predicts for rows: `{ label, probability, probabilities }` for a category or boolean, `{ value }` in the units of
   * the rows for a number, and null for a row that does not fit, if `onMisfit` is "flag". The target may be missing.
   *
   * @throws RangeError when there are no rows, one does not fit and `onMisfit` is "refuse", or an output is not finite
   * @throws ShapeError when the output is not [rows, classes], or [rows, 1]
   * @throws TypeError when there is no target, model has no `predict`, or an option is unknown
   */
  predict(model: Predictor, rows: readonly Row[], options: PredictOptions = {}): readonly P[] {
    const where = "predict";
    const target = this.#requireTarget(where);
    const checked = predictOptions(where, model, options);
    requireRows(where, rows);
    const { tensors, kept } = encodeRows(rows, this.#layouts, { where, onMisfit: this.#onMisfit });
    const predictions: (LabelPrediction | ValuePrediction | null)[] = rows.map(() => null);
    if (kept.length > 0) {
      const x = arranged<Tensors>(this.#layouts, tensors);
      const found = predictionsOf(
        target,
        model.predict(x, { batchSize: checked.batchSize }),
        kept.length,
        checked.outputs,
        where,
      );
      kept.forEach((row, i) => (predictions[row] = found[i] ?? null));
    }
    return predictions as readonly unknown[] as readonly P[];
  }

  /**
   * Metrics of what a model predicts for rows, in the units of the rows: `fitted.score(model, rows, { error: metrics.meanAbsoluteError })`.
   * Rows that do not fit are left out, if `onMisfit` is "flag".
   *
   * Shape: a metric gets predictions and targets as float32 [rows] for a number, and as int32 [rows] with the numbers of `classes` for
   * a category or boolean. Targets are decoded from float32, so they have its rounding.
   *
   * @throws RangeError when there are no rows, one does not fit and `onMisfit` is "refuse", none fits, or an output is not finite
   * @throws ShapeError when the output is not [rows, classes], or [rows, 1]
   * @throws TypeError when there is no target, model has no `predict`, metrics are no functions by name or give no number, or an
   * option is unknown
   */
  score<Name extends string>(
    model: Predictor,
    rows: readonly Row[],
    metrics: Readonly<Record<Name, ScoreFunction>>,
    options: PredictOptions = {},
  ): Readonly<Record<Name, number>> {
    const where = "score";
    const target = this.#requireTarget(where);
    requireScoreFunctions(where, metrics);
    const checked = predictOptions(where, model, options);
    const { x, y, length } = this.#dataset(where, rows, 0);
    const found = predictionsOf(
      target,
      model.predict(x, { batchSize: checked.batchSize }),
      length,
      checked.outputs,
      where,
    );
    return scoresOf(where, metrics, found, y instanceof Tensor ? y.data : [], target);
  }

  /**
   * The labels of numbers of classes.
   * @throws RangeError when one is no number of a class
   * @throws TypeError when there is no target with classes, or indices are neither an array nor a tensor
   */
  labels(indices: readonly number[] | Int32Array | TensorLike): readonly string[] {
    const { classes } = this.#requireTarget("labels").encoder;
    if (!classes) throw new TypeError("labels: the target must be a category or boolean; got a number");
    return numbersOf("labels", "indices", indices).map((index) => {
      const label = classes[index];
      if (label !== undefined) return label;
      throw new RangeError(
        `labels: indices must be whole numbers from 0 to ${classes.length - 1}; got ${shown(index)}`,
      );
    });
  }

  /**
   * Numbers in the units of the rows, of outputs of a model or targets y: the inverse of the target's scale.
   * @throws TypeError when the target is no number, or outputs are neither an array nor a tensor of numbers
   */
  values(outputs: readonly number[] | Float32Array | TensorLike): Float64Array {
    const { inverse } = this.#requireTarget("values").encoder;
    if (!inverse) throw new TypeError("values: the target must be a number; got a category or boolean");
    return Float64Array.from(numbersOf("values", "outputs", outputs), inverse);
  }

  /** Plain data, from which `schemaFrom` makes an equal schema; `io.save(model, file, { schema })` writes it beside the model. */
  toJSON(): object {
    const json = ({ name, column, encoder }: FittedColumn): readonly unknown[] => [
      name,
      { column: column.name, options: column.options, state: encoder.state },
    ];
    return {
      version: VERSION,
      inputs: this.#columns.map(json),
      target: this.#target ? json(this.#target) : null,
      onMisfit: this.#onMisfit,
    };
  }

  /** `schema of features float32 [27], photo float32 [3, 32, 32]; target kind of 3 classes` */
  toString(): string {
    const inputs = this.#layouts.map(({ name, shape, dtype }) => `${name} ${dtype} ${printShape(shape)}`).join(", ");
    if (!this.#target) return `schema of ${inputs}; no target`;
    const { length } = this.classes;
    return `schema of ${inputs}; target ${this.#target.name}${length > 0 ? ` of ${length} classes` : ""}`;
  }

  /** What `console.log` prints. */
  [INSPECT](): string {
    return String(this);
  }

  #dataset(where: string, rows: readonly Row[], first: number, mayBeEmpty = false): SchemaDataset<X, Y> {
    requireRows(where, rows);
    const layouts = this.#all();
    const on: OnRows = { where, onMisfit: this.#onMisfit, first };
    const { tensors, kept, misfits } = encodeRows(rows, layouts, on);
    if (!mayBeEmpty) requireSome(where, kept, rows, misfits);
    const x = arranged<X>(this.#layouts, tensors);
    const y = this.#target ? tensors.at(-1) : x;
    return { x, y: y as Y, length: kept.length, rowIndices: kept, misfits };
  }

  /** Layouts of the inputs, then that of the target. */
  #all(): readonly InputLayout[] {
    if (!this.#target) return this.#layouts;
    const { name, encoder } = this.#target;
    return [...this.#layouts, { name, shape: encoder.shape, dtype: encoder.dtype, columns: [this.#target] }];
  }

  #requireTarget(where: string): FittedColumn {
    if (this.#target) return this.#target;
    throw new TypeError(`${where}: the schema must have a target; got none`);
  }
}

/** One tensor for one input, else an object of tensors by name. */
function arranged<X extends Tensors>(layouts: readonly InputLayout[], tensors: readonly Tensor[]): X {
  const [only] = tensors;
  const x = layouts.length === 1 ? only : Object.fromEntries(layouts.map(({ name }, i) => [name, tensors[i]]));
  return x as X;
}

function requireSome(where: string, kept: Int32Array, rows: readonly Row[], [first]: readonly Misfit[] = []): void {
  if (kept.length > 0) return;
  const why = first ? ` (column ${JSON.stringify(first.column)} of row ${first.row} ${first.problem})` : "";
  throw new RangeError(`${where}: at least one row must fit; got none of ${rows.length}${why}`);
}
