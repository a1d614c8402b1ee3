import { requireArray, requireKnown, requireWhole, requireWithin, ShapeError, shown } from "../base/errors.ts";
import { asTensor, printShape, sameShape, type Shape, sizeOf, Tensor } from "../base/tensor.ts";
import type { Tensors } from "../base/tensors.ts";
import { type AnyDataset, asDataset, type Dataset, isTensor, requireSamples } from "./dataset.ts";
import { rowSize } from "../base/rows.ts";

/** Mean and deviation of each feature: plain data, which JSON keeps to the last bit. */
export interface StandardizerState {
  /** The shape of one sample. */
  readonly shape: Shape;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** (x - mean) / deviation with the figures of the training data; a data set keeps its targets. */
export interface Standardizer {
  <Y extends Tensors>(dataset: Dataset<Tensor, Y>): Dataset<Tensor<"float32">, Y>;
  (x: Tensor): Tensor<"float32">;
  /** The mean of each feature over the training samples, in the shape of a sample. */
  readonly mean: Tensor<"float32">;
  /** The standard deviation of each feature, that of the population; 1 where a feature never varies. */
  readonly deviation: Tensor<"float32">;
  /** The same as calling it: (x - mean) / deviation. */
  transform<Y extends Tensors>(dataset: Dataset<Tensor, Y>): Dataset<Tensor<"float32">, Y>;
  transform(x: Tensor): Tensor<"float32">;
  /** x deviation + mean: what `transform` was given, to rounding. */
  inverse<Y extends Tensors>(dataset: Dataset<Tensor, Y>): Dataset<Tensor<"float32">, Y>;
  inverse(x: Tensor): Tensor<"float32">;
  /** What `data.standardizer` makes the same of, after `JSON.stringify` and `JSON.parse` too. */
  toJSON(): StandardizerState;
}

/**
 * A function that gives every feature mean 0 and deviation 1 over the training samples: (x - mean) / deviation.
 *
 * Use it on validation, test and new samples too: figures of their own would tell the model what it should not know. It
 * also has `mean`, `deviation`, `transform`, `inverse` and `toJSON`, to be saved beside the weights of a model.
 * A feature that never varies is only shifted to 0.
 *
 * Shape: x [samples, ...], each place after the first axis a feature; the result is float32 of the same shape.
 * Source: StandardScaler of scikit-learn
 *
 * @param training a data set, or its samples alone
 * @throws RangeError when there are no training samples, or a number of theirs is not finite
 * @throws TypeError when x is several tensors
 * @throws ShapeError, from the function, when samples have another shape than those of the training data
 */
export function standardize(training: Dataset<Tensor, Tensors> | Tensor): Standardizer {
  const x = samplesOf(training);
  const { means, deviations } = moments(x);
  return standardizerBy({ shape: x.shape.slice(1), mean: means, deviation: deviations });
}

/**
 * The standardizer whose `toJSON` gave a state: the same bits.
 * @throws TypeError when the state is no object, has other entries, or one is no array
 * @throws RangeError when a number is not finite, or a deviation is not above 0
 * @throws ShapeError when mean and deviation are not one number for each feature
 */
export function standardizer(state: StandardizerState): Standardizer {
  const where = "standardizer";
  if (typeof state !== "object" || state === null) {
    throw new TypeError(`${where}: state must be what toJSON of a standardizer gives; got ${shown(state)}`);
  }
  requireKnown(where, state, ["shape", "mean", "deviation"]);
  const { shape, mean, deviation } = state;
  for (const [name, values] of Object.entries({ shape, mean, deviation })) {
    requireArray(where, name, values);
    values.forEach((value: number, i) => requireWithin(where, `${name}[${i}]`, value, -Infinity, Infinity));
  }
  const wrong = deviation.findIndex((value) => value <= 0);
  if (wrong >= 0) throw new RangeError(`${where}: deviation[${wrong}] must be above 0; got ${deviation[wrong]}`);
  const features = sizeOf(shape);
  if (mean.length !== features || deviation.length !== features) {
    throw new ShapeError(
      `${where}: mean and deviation must hold ${features} numbers for samples ${printShape(shape)}; got ${mean.length} and ${deviation.length}`,
    );
  }
  return standardizerBy({ shape: [...shape], mean: Float64Array.from(mean), deviation: Float64Array.from(deviation) });
}

function samplesOf(training: Dataset<Tensor, Tensors> | Tensor): Tensor {
  if (!isTensor(training)) return oneOf(requireSamples("standardize", training));
  const x = asTensor("standardize", "x", training);
  requireWhole("standardize", "the number of samples", x.shape[0] ?? 0, 1);
  return x;
}

/** The samples, where they are one tensor. */
function oneOf({ x }: AnyDataset): Tensor {
  if (x instanceof Tensor) return x;
  throw new TypeError("standardize: x must be one tensor, so standardize each by itself; got several");
}

interface Figures {
  readonly shape: Shape;
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

function standardizerBy({ shape, mean, deviation }: Figures): Standardizer {
  const forward = (value: number, i: number): number => (value - (mean[i] ?? 0)) / (deviation[i] ?? 1);
  const inverse = onSamples(shape, (value, i) => value * (deviation[i] ?? 1) + (mean[i] ?? 0));
  const tensorOf = (of: Float64Array): Tensor<"float32"> => new Tensor(shape, "float32", Float32Array.from(of));
  const toJSON = (): StandardizerState => ({ shape, mean: [...mean], deviation: [...deviation] });
  const figures = { mean: tensorOf(mean), deviation: tensorOf(deviation) };
  return Object.assign(onSamples(shape, forward), {
    ...figures,
    transform: onSamples(shape, forward),
    inverse,
    toJSON,
  });
}

/** A function of each number and the place of its feature, on tensors and on the samples of data sets. */
function onSamples(shape: Shape, each: (value: number, feature: number) => number): Standardizer["transform"] {
  const onTensor = (x: Tensor): Tensor<"float32"> => {
    if (x.shape.length === 0 || !sameShape(x.shape.slice(1), shape)) {
      throw new ShapeError(`standardize: samples must be ${printShape(shape)} as in the training data; got ${x}`);
    }
    const numbers = new Float32Array(x.size);
    eachNumber(x, (value, feature, i) => {
      numbers[i] = each(value, feature);
    });
    return new Tensor(x.shape, "float32", numbers);
  };
  function apply<Y extends Tensors>(dataset: Dataset<Tensor, Y>): Dataset<Tensor<"float32">, Y>;
  function apply(x: Tensor): Tensor<"float32">;
  function apply(of: Dataset<Tensor, Tensors> | Tensor): Dataset<Tensor<"float32">, Tensors> | Tensor<"float32"> {
    if (typeof of !== "object" || of === null || !("x" in of)) return onTensor(asTensor("standardize", "x", of));
    const dataset = asDataset("standardize", of);
    return { ...dataset, x: onTensor(oneOf(dataset)) };
  }
  return apply;
}

/** Mean and deviation of each feature, over all samples; the deviation of one that never varies is 1. */
function moments(x: Tensor): { means: Float64Array; deviations: Float64Array } {
  const [samples = 0] = x.shape;
  const sums = new Float64Array(rowSize(x));
  eachNumber(x, (value, feature, i) => {
    if (!Number.isFinite(value)) {
      const sample = Math.floor(i / sums.length);
      throw new RangeError(`standardize: x must be finite; got ${value} at sample ${sample}, feature ${feature}`);
    }
    sums[feature] = (sums[feature] ?? 0) + value;
  });
  const means = sums.map((sum) => sum / samples);
  const squares = new Float64Array(means.length);
  eachNumber(x, (value, feature) => {
    squares[feature] = (squares[feature] ?? 0) + (value - (means[feature] ?? 0)) ** 2;
  });
  return { means, deviations: squares.map((square) => Math.sqrt(square / samples) || 1) };
}

function eachNumber(x: Tensor, visit: (value: number, feature: number, i: number) => void): void {
  const features = rowSize(x);
  for (let start = 0; start < x.size; start += features) {
    for (let feature = 0; feature < features; feature++)
      visit(x.data[start + feature] ?? NaN, feature, start + feature);
  }
}
