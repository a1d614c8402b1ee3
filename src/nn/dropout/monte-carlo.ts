import { ShapeError, requireKnown, requireOneOf, requireWhole } from "../../base/errors.ts";
import { rowsBetween } from "../../base/rows.ts";
import { RepeatableProgram } from "../../runtime/repeatable-program.ts";
import { Tensor, printShape } from "../../base/tensor.ts";
import { type Tensors, printTensors, tensorsOf } from "../../base/tensors.ts";
import { type Module, requireModule } from "../module/module.ts";
import { drawsAtRandom } from "../module/random-state.ts";
import { inputsLike, outputOf, rowCount } from "../module/run.ts";

export interface MonteCarloOptions {
  /** Masked networks that are asked. Default: 100. */
  readonly samples?: number;
  /** Rows that are computed at a time. Default: 256. */
  readonly batchSize?: number;
  /**
   * What the output is: `"regression"` (where left out) numbers as they are, `"classification"` logits or logarithms of
   * probabilities, of which softmax makes probabilities, `"probabilities"` probabilities already. Classes are the columns;
   * a single column is that of class 1 of two, whose logits go through the sigmoid.
   */
  readonly kind?: "regression" | "classification" | "probabilities";
}

/** What masked networks say on average, and how much they differ. */
export interface Spread {
  /** The mean over the samples. */
  readonly mean: Tensor<"float32">;
  /** The mean squared distance from the mean. */
  readonly variance: Tensor<"float32">;
}

/** For each row of a classifier, in nats. */
export interface Uncertainty extends Spread {
  /** -Σ p ln p of the mean probabilities p: how uncertain the networks are together. */
  readonly entropy: Tensor<"float32">;
  /** That less the mean entropy of each network: how much of it is that they disagree, and more data would settle. */
  readonly mutualInformation: Tensor<"float32">;
}

/**
 * Predicts by many masked networks: evaluation mode, but for all layers that draw at random, dropout of any form, which go
 * on drawing. Batch normalization uses its running statistics. What comes before the first draw is computed once.
 *
 * Shape: mean and variance are those of the output, [rows, ...]; entropy and mutual information are [rows].
 * Masks: the layers' own next ones, so that the same seed gives the same numbers; modes are afterwards as they were.
 * Sources: Gal and Ghahramani 2016, https://arxiv.org/abs/1506.02142; mutual information: Houlsby et al. 2011,
 * https://arxiv.org/abs/1112.5745
 *
 * @throws TypeError when the model has nothing that draws at random, or an option is unknown
 * @throws RangeError when samples or batchSize is no whole number of at least 1, or kind is unknown
 * @param inputs one tensor, or several as `predict` takes them
 * @throws ShapeError when sizes do not fit, or the output has not a row for each row of the inputs, or no columns of classes
 */
export function monteCarlo(
  model: Module,
  inputs: Tensors,
  options: MonteCarloOptions & { readonly kind: "classification" | "probabilities" },
): Uncertainty;
export function monteCarlo(model: Module, inputs: Tensors, options?: MonteCarloOptions): Spread;
export function monteCarlo(model: Module, inputs: Tensors, options: MonteCarloOptions = {}): Spread | Uncertainty {
  requireModule("monteCarlo", "the model", model);
  const given = tensorsOf("monteCarlo", "inputs", inputs, model.inputNames);
  requireKnown("monteCarlo", options, ["samples", "batchSize", "kind"]);
  const { samples = 100, batchSize = 256, kind = "regression" } = options;
  requireWhole("monteCarlo", "samples", samples, 1);
  requireWhole("monteCarlo", "batchSize", batchSize, 1, Number.MAX_SAFE_INTEGER);
  requireOneOf("monteCarlo", "kind", kind, ["regression", "classification", "probabilities"]);
  const rows = rowCount("monteCarlo", given);
  return drawing(model, () => {
    const parts: Sampled[] = [];
    for (let start = 0; start < rows; start += batchSize) {
      const end = Math.min(start + batchSize, rows);
      const batch = given.map((each) => rowsBetween(each, start, end));
      parts.push(sample(model, batch, end - start, samples, kind));
    }
    return joined(parts, rows, kind);
  });
}

/** Does `work` with all that draws at random in training mode, and nothing else. */
function drawing<T>(model: Module, work: () => T): T {
  const drawn = model.modules().filter(drawsAtRandom);
  if (drawn.length === 0) {
    throw new TypeError(
      `monteCarlo: the model must have a layer that draws at random; got ${model.describe()} without`,
    );
  }
  return model.inMode(false, () => {
    for (const module of drawn) module.training = true;
    return work();
  });
}

/** What samples give for some rows. */
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
    return model.trace(() => new RepeatableProgram(operands, [outputOf(model, operands)]));
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
    const ofRows = kind === "regression" ? [] : rowsOf(values, columns);
    ofRows.forEach((probabilities, row) => {
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
  const together = parts.map(({ mean, entropy }) =>
    Float64Array.from(rowsOf(mean, mean.length / entropy.length), entropyOf),
  );
  // Never below 0 but by rounding: entropy is concave.
  const disagreement = together.map((of, i) =>
    of.map((each, row) => Math.max(0, each - (parts[i]?.entropy[row] ?? NaN))),
  );
  return { ...spread, entropy: join(together, [rows]), mutualInformation: join(disagreement, [rows]) };
}

function rowsOf(values: Float64Array, columns: number): Float64Array[] {
  return Array.from({ length: values.length / columns }, (_, row) =>
    values.subarray(row * columns, (row + 1) * columns),
  );
}

/** The softmax of logits; of a single one, which stands beside a logit of 0, the sigmoid. */
function probabilitiesInPlace(values: Float64Array): void {
  const alone = values.length === 1;
  const highest = Math.max(...values, alone ? 0 : -Infinity);
  values.forEach((value, i) => (values[i] = Math.exp(value - highest)));
  const sum = values.reduce((total, value) => total + value, alone ? Math.exp(-highest) : 0);
  values.forEach((value, i) => (values[i] = value / sum));
}

/** -Σ p ln p, where a single p stands beside 1 - p. */
function entropyOf(probabilities: Float64Array): number {
  const term = (p: number): number => (p > 0 ? p * Math.log(p) : 0);
  const rest = probabilities.length === 1 ? term(1 - (probabilities[0] ?? NaN)) : 0;
  return -probabilities.reduce((sum, p) => sum + term(p), rest);
}
