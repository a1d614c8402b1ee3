import { ShapeError, requireOneOf, requireWhole } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import { rowsBetween } from "../../base/rows.ts";
import { RepeatableProgram } from "../../runtime/repeatable-program.ts";
import { Tensor, printShape } from "../../base/tensor.ts";
import { type TensorsLike, printTensors, tensorsOf } from "../../base/tensors.ts";
import { type Module, requireModule } from "../module/module.ts";
import { drawsAtRandom } from "../module/random-state.ts";
import { onlyOutput } from "../module/outputs.ts";
import { inputsLike, outputsOf, rowCount } from "../module/run.ts";

export interface MonteCarloOptions {
  /** Number of predictions for each row, each with new masks. Default: 100. */
  readonly samples?: number;
  /** Rows computed at a time. Default: 256. */
  readonly batchSize?: number;
  /**
   * Meaning of the output: `"regression"`: numbers, used unchanged; `"classification"`: logits or log-probabilities, to which
   * softmax is applied; `"probabilities"`: probabilities. Columns are classes; a single column is class 1 of two, and sigmoid
   * is applied to its logits. Default: "regression".
   */
  readonly kind?: "regression" | "classification" | "probabilities";
}

/** Mean and variance of the sampled predictions. */
export interface Spread {
  /** The mean over the samples. */
  readonly mean: Tensor<"float32">;
  /** The mean squared deviation from the mean. */
  readonly variance: Tensor<"float32">;
}

/** For each row of a classifier, in nats. */
export interface Uncertainty extends Spread {
  /** -Σ p ln p of the mean probabilities p: the total uncertainty. */
  readonly entropy: Tensor<"float32">;
  /** `entropy` minus the mean entropy of single samples: the part of the uncertainty that more training data can reduce. */
  readonly mutualInformation: Tensor<"float32">;
}

/**
 * Predicts many times with random masks: random layers (all forms of dropout and noise) are in training mode, all others in
 * evaluation mode. Batch normalization uses its running statistics. Operations that do not depend on random ones
 * run once for each batch.
 *
 * Shape: mean and variance have the shape of the output, [rows, ...]; entropy and mutual information are [rows].
 * Masks: the next ones of each layer, so the same seed gives the same numbers. Modes of layers are restored at the end.
 * Sources: Gal and Ghahramani 2016, https://arxiv.org/abs/1506.02142; mutual information: Houlsby et al. 2011,
 * https://arxiv.org/abs/1112.5745
 *
 * @param inputs one tensor, or several as `predict` takes them
 * @throws TypeError when the model has no random layer or several outputs, or an option is unknown
 * @throws RangeError when samples or batchSize is no whole number of at least 1, or kind is unknown
 * @throws ShapeError when sizes do not fit, or the output has not a row for each row of the inputs, or no column for each class
 */
export function monteCarlo(
  model: Module,
  inputs: TensorsLike,
  options: MonteCarloOptions & { readonly kind: "classification" | "probabilities" },
): Uncertainty;
export function monteCarlo(model: Module, inputs: TensorsLike, options?: MonteCarloOptions): Spread;
export function monteCarlo(model: Module, inputs: TensorsLike, options: MonteCarloOptions = {}): Spread | Uncertainty {
  requireModule("monteCarlo", "the model", model);
  const tensors = tensorsOf("monteCarlo", "inputs", inputs, model.inputNames);
  const { samples, batchSize, kind } = withDefaults("monteCarlo", options, {
    samples: 100,
    batchSize: 256,
    kind: "regression",
  });
  requireWhole("monteCarlo", "samples", samples, 1);
  requireWhole("monteCarlo", "batchSize", batchSize, 1, Number.MAX_SAFE_INTEGER);
  requireOneOf("monteCarlo", "kind", kind, ["regression", "classification", "probabilities"]);
  const rows = rowCount("monteCarlo", tensors);
  return withRandomLayers(model, () => {
    const parts: Sampled[] = [];
    for (let start = 0; start < rows; start += batchSize) {
      const end = Math.min(start + batchSize, rows);
      const batch = tensors.map((tensor) => rowsBetween(tensor, start, end));
      parts.push(sample(model, batch, end - start, samples, kind));
    }
    return joined(parts, rows, kind);
  });
}

/** Runs `work` with random layers in training mode and all others in evaluation mode. */
function withRandomLayers<T>(model: Module, work: () => T): T {
  const random = model.modules().filter(drawsAtRandom);
  if (random.length === 0) {
    throw new TypeError(`monteCarlo: the model must have a random layer, such as dropout; got ${model.describe()}`);
  }
  return model.inMode(false, () => {
    for (const module of random) module.training = true;
    return work();
  });
}

/** Statistics of the samples of one batch. */
interface Sampled {
  readonly shape: readonly number[];
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  /** The mean entropy of the rows' probabilities. */
  readonly entropy: Float64Array;
}

function sample(
  model: Module,
  inputs: readonly Tensor[],
  rows: number,
  samples: number,
  kind: MonteCarloOptions["kind"],
): Sampled {
  const program = model.programs.get("monteCarlo", inputs, () => {
    const operands = inputsLike(inputs);
    return model.trace(
      () => new RepeatableProgram(operands, [onlyOutput("monteCarlo", "the model", outputsOf(model, operands))]),
    );
  });
  const [output] = program.outputs;
  if (!output || output.shape[0] !== rows) {
    throw new ShapeError(
      `monteCarlo: the output must have a row for each row of the input; got ${printShape(output?.shape ?? [])} from ${printTensors(inputs)}`,
    );
  }
  const columns = output.size / rows;
  if (kind !== "regression" && (output.shape.length !== 2 || columns === 0)) {
    throw new ShapeError(`monteCarlo: the output must be [rows, classes]; got ${printShape(output.shape)}`);
  }
  const [mean, squares] = [new Float64Array(output.size), new Float64Array(output.size)];
  const entropy = new Float64Array(rows);
  for (let each = 0; each < samples; each++) {
    if (each === 0) program.execute(inputs, "monteCarlo");
    else program.again(inputs);
    const values = Float64Array.from(program.read(output));
    const classRows = kind === "regression" ? [] : rowsOf(values, columns);
    classRows.forEach((probabilities, row) => {
      if (kind === "classification") probabilitiesInPlace(probabilities);
      entropy[row] = (entropy[row] ?? NaN) + entropyOf(probabilities) / samples;
    });
    // Welford 1962: no difference of large sums.
    values.forEach((value, i) => {
      const before = mean[i] ?? NaN;
      const after = before + (value - before) / (each + 1);
      mean[i] = after;
      squares[i] = (squares[i] ?? NaN) + (value - before) * (value - after);
    });
  }
  return { shape: output.shape, mean, variance: squares.map((sum) => sum / samples), entropy };
}

function joined(parts: readonly Sampled[], rows: number, kind: MonteCarloOptions["kind"]): Spread | Uncertainty {
  const shape = [rows, ...(parts[0]?.shape.slice(1) ?? [])];
  const join = (pieces: readonly Float64Array[], joinedShape: readonly number[]): Tensor<"float32"> => {
    const data = new Float32Array(pieces.reduce((size, { length }) => size + length, 0));
    pieces.reduce((offset, piece) => {
      data.set(piece, offset);
      return offset + piece.length;
    }, 0);
    return new Tensor(joinedShape, "float32", data);
  };
  const spread = {
    mean: join(
      parts.map(({ mean }) => mean),
      shape,
    ),
    variance: join(
      parts.map(({ variance }) => variance),
      shape,
    ),
  };
  if (kind === "regression") return spread;
  const entropies = parts.map(({ mean, entropy }) =>
    Float64Array.from(rowsOf(mean, mean.length / entropy.length), entropyOf),
  );
  // Entropy is concave, so only rounding makes a difference negative.
  const mutual = entropies.map((total, i) =>
    total.map((entropy, row) => Math.max(0, entropy - (parts[i]?.entropy[row] ?? NaN))),
  );
  return { ...spread, entropy: join(entropies, [rows]), mutualInformation: join(mutual, [rows]) };
}

function rowsOf(values: Float64Array, columns: number): Float64Array[] {
  return Array.from({ length: values.length / columns }, (_, row) =>
    values.subarray(row * columns, (row + 1) * columns),
  );
}

/** Replaces logits by their softmax; a single logit by its sigmoid, the softmax with a second logit of 0. */
function probabilitiesInPlace(values: Float64Array): void {
  const isBinary = values.length === 1;
  const highest = Math.max(...values, isBinary ? 0 : -Infinity);
  values.forEach((value, i) => (values[i] = Math.exp(value - highest)));
  const sum = values.reduce((total, value) => total + value, isBinary ? Math.exp(-highest) : 0);
  values.forEach((value, i) => (values[i] = value / sum));
}

/** -Σ p ln p; a single p is completed by 1 - p. */
function entropyOf(probabilities: Float64Array): number {
  const term = (p: number): number => (p > 0 ? p * Math.log(p) : 0);
  const rest = probabilities.length === 1 ? term(1 - (probabilities[0] ?? NaN)) : 0;
  return -probabilities.reduce((sum, p) => sum + term(p), rest);
}
