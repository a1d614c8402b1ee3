import { type Tensor, monteCarlo } from "lanegrad";
import type { LabelPrediction, Misfit, Predictor, Row, ValuePrediction } from "lanegrad/data";
import type { TableModel } from "./load-model.ts";
import { rounding } from "./target-scale.ts";

/** What a model predicts for a row. */
export interface RowPrediction {
  /** A class, or a number in the units of the table. */
  readonly value: string | number;
  /** Of the class; null for a number. */
  readonly probability: number | null;
  /** Of each class, in their order; none for a number. */
  readonly probabilities: readonly number[];
  /** Entropy in nats, or deviation in the units of the table; null without Monte Carlo. */
  readonly uncertainty: number | null;
}

/** What is predicted for a row, or why it does not fit. */
export type Predicted = RowPrediction | Misfit;

export interface RowPredictorOptions {
  /** Most rows that are computed at a time. */
  readonly batchSize: number;
  /** Predictions with random masks for each row; 0 for one in evaluation mode. */
  readonly monteCarlo: number;
}

/** Predicts for rows of a table. */
export class RowPredictor {
  readonly #loaded: TableModel;
  readonly #options: RowPredictorOptions;
  readonly #rounded: (value: number) => number;

  constructor(loaded: TableModel, options: RowPredictorOptions) {
    this.#loaded = loaded;
    this.#options = options;
    this.#rounded = rounding(loaded.schema);
  }

  /**
   * A prediction or a misfit for each row.
   * @param rows at most `batchSize`
   */
  predict(rows: readonly Row[]): readonly Predicted[] {
    const all = this.#attempt(rows);
    if (all) return all;
    const misfits = new Map<number, Misfit>();
    for (const misfit of this.#loaded.schema.check(rows)) {
      if (!misfits.has(misfit.row)) misfits.set(misfit.row, misfit);
    }
    const fitting = rows.filter((_, row) => !misfits.has(row));
    const found = fitting.length > 0 ? this.#predict(fitting).values() : [].values();
    return rows.map((_, row) => misfits.get(row) ?? given(found.next().value));
  }

  /** The predictions; undefined where a row does not fit. */
  #attempt(rows: readonly Row[]): readonly RowPrediction[] | undefined {
    try {
      return this.#predict(rows);
    } catch (error) {
      // Misfits are looked for only now, for most rows fit.
      if (!(error instanceof RangeError) || this.#loaded.schema.check(rows).length === 0) throw error;
      return undefined;
    }
  }

  #predict(rows: readonly Row[]): readonly RowPrediction[] {
    const { schema, model, outputs } = this.#loaded;
    const { batchSize, monteCarlo: samples } = this.#options;
    let deviations: readonly number[] = [];
    const isValue = schema.classes.length === 0;
    const random: Predictor = {
      predict: (inputs) => {
        if (isValue) {
          const { mean, variance } = monteCarlo(model, inputs, { samples, batchSize });
          deviations = deviationsOf(mean, variance, schema.values.bind(schema));
          return mean;
        }
        const { mean, entropy } = monteCarlo(model, inputs, {
          samples,
          batchSize,
          kind: outputs === "logits" ? "classification" : "probabilities",
        });
        deviations = Array.from(entropy.data);
        return mean;
      },
    };
    const isRandom = samples > 0;
    const found = schema.predict(isRandom ? random : model, padded(rows, batchSize), {
      batchSize,
      outputs: isRandom && !isValue ? "probabilities" : outputs,
    });
    const kept = found.slice(0, rows.length);
    if (kept.includes(null)) throw new RangeError("predict: rows must fit; got misfits");
    return kept.map((each, row) => this.#shown(given(each), isRandom ? (deviations[row] ?? NaN) : null));
  }

  #shown(each: LabelPrediction | ValuePrediction, uncertainty: number | null): RowPrediction {
    const spread = uncertainty === null ? null : share(uncertainty);
    if ("value" in each) {
      return { value: this.#rounded(each.value), probability: null, probabilities: [], uncertainty: spread };
    }
    const { label, probability, probabilities } = each;
    return {
      value: label,
      probability: share(probability),
      probabilities: this.#loaded.schema.classes.map((name) => share(probabilities[name] ?? NaN)),
      uncertainty: spread,
    };
  }
}

export function isMisfit(predicted: Predicted): predicted is Misfit {
  return "problem" in predicted;
}

/** Seven digits, as float32 has. */
function share(value: number): number {
  return Number(value.toPrecision(7));
}

/** As many rows as a power of two, for a program is made for each size of a batch. */
function padded(rows: readonly Row[], batchSize: number): readonly Row[] {
  const last = rows.at(-1);
  if (!last || rows.length >= batchSize) return rows;
  const size = Math.min(batchSize, 1 << Math.ceil(Math.log2(rows.length)));
  return [...rows, ...Array.from({ length: size - rows.length }, () => last)];
}

/** In the units of the table: half of what lies between a deviation below and above. */
function deviationsOf(
  mean: Tensor,
  variance: Tensor,
  values: (outputs: Float32Array) => Float64Array,
): readonly number[] {
  const at = (sign: number): Float64Array =>
    values(Float32Array.from(mean.data, (each, i) => each + sign * Math.sqrt(variance.data[i] ?? NaN)));
  const [low, high] = [at(-1), at(1)];
  return Array.from(high, (each, i) => (each - (low[i] ?? NaN)) / 2);
}

function given<T>(value: T | null | undefined): T {
  if (value !== null && value !== undefined) return value;
  throw new TypeError("predict: there must be a prediction for each row; got fewer");
}
