import { requireArray, requireSwitch, requireWhole, requireWithin, ShapeError, shown } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import { asTensor, printShape, sameShape, type Shape, sizeOf, Tensor, type TensorLike } from "../base/tensor.ts";
import type { Tensors } from "../base/tensors.ts";
import { asDataset, type Dataset, isTensor, requireSamples } from "./dataset.ts";
import { rowSize } from "../base/rows.ts";

/** Mean and standard deviation of each feature: plain data that JSON preserves exactly. */
export interface StandardizerState {
  /** The shape of one sample. */
  readonly shape: Shape;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  readonly targets?: undefined;
}

/** The state of a standardizer of samples and targets. */
export interface PairStandardizerState extends Omit<StandardizerState, "targets"> {
  readonly targets: StandardizerState;
}

export interface StandardizeOptions {
  /** Whether the targets of a data set are standardized too, by their own mean and deviation. Default: false. */
  readonly targets?: boolean;
}

/** (x - mean) / deviation, with mean and deviation of the training data; targets of a data set do not change. */
export interface Standardizer {
  <Y extends Tensors>(dataset: Dataset<Tensor, Y>): Dataset<Tensor<"float32">, Y>;
  (x: TensorLike): Tensor<"float32">;
  /** The mean of each feature over the training samples, in the shape of a sample. */
  readonly mean: Tensor<"float32">;
  /** The population standard deviation of each feature; 1 for a constant feature. */
  readonly deviation: Tensor<"float32">;
  /** The same as calling it: (x - mean) / deviation. */
  transform<Y extends Tensors>(dataset: Dataset<Tensor, Y>): Dataset<Tensor<"float32">, Y>;
  transform(x: TensorLike): Tensor<"float32">;
  /** x · deviation + mean: the inverse of `transform`, up to rounding. */
  inverse<Y extends Tensors>(dataset: Dataset<Tensor, Y>): Dataset<Tensor<"float32">, Y>;
  inverse(x: TensorLike): Tensor<"float32">;
  /** The state from which `data.standardizer` makes an equal one, also after `JSON.stringify` and `JSON.parse`. */
  toJSON(): StandardizerState;
}

/** A standardizer of samples and targets: data sets have both changed, a tensor counts as samples. */
export interface PairStandardizer {
  (dataset: Dataset): Dataset<Tensor<"float32">, Tensor<"float32">>;
  (x: TensorLike): Tensor<"float32">;
  /** The mean of each feature of the samples. */
  readonly mean: Tensor<"float32">;
  /** The deviation of each feature of the samples; 1 for a constant feature. */
  readonly deviation: Tensor<"float32">;
  /** That of the targets: `targets.inverse(model.predict(x))` has their units. */
  readonly targets: Standardizer;
  /** The same as calling it. */
  transform(dataset: Dataset): Dataset<Tensor<"float32">, Tensor<"float32">>;
  transform(x: TensorLike): Tensor<"float32">;
  /** The inverse of `transform`, up to rounding. */
  inverse(dataset: Dataset): Dataset<Tensor<"float32">, Tensor<"float32">>;
  inverse(x: TensorLike): Tensor<"float32">;
  /** The state from which `data.standardizer` makes an equal one. */
  toJSON(): PairStandardizerState;
}

/**
 * A function that scales every feature to mean 0 and deviation 1 over the training samples: (x - mean) / deviation.
 *
 * Use the same function on validation, test and new samples: their own mean and deviation would leak information. It also
 * has `mean`, `deviation`, `transform`, `inverse` and `toJSON`, for saving it with the weights of a model.
 * A constant feature becomes 0.
 *
 * Targets of a regression have units too: with `targets: true` the function scales those of data sets by their own mean and deviation,
 * and `targets.inverse` gives predictions their units back:
 *
 * `const scale = data.standardize(training, { targets: true })`
 * `metrics.meanAbsoluteError(scale.targets.inverse(model.predict(scale(test.x))), test.y)`
 *
 * Shape: x [samples, ...], each position after the first axis a feature; the result is float32 of the same shape.
 * Source: StandardScaler of scikit-learn
 *
 * @param training a data set, or its samples
 * @throws RangeError when there are no training samples, or a number in them is not finite
 * @throws TypeError when x, or y with `targets`, is several tensors, targets are standardized without a data set, or an option is unknown
 * @throws ShapeError, from the returned function, when samples have another shape than the training samples
 */
export function standardize(
  training: Dataset<Tensor, Tensors> | TensorLike,
  options?: StandardizeOptions & { readonly targets?: false },
): Standardizer;
export function standardize(
  training: Dataset,
  options: StandardizeOptions & { readonly targets: true },
): PairStandardizer;
export function standardize(
  training: Dataset<Tensor, Tensors> | TensorLike,
  options: StandardizeOptions = {},
): Standardizer | PairStandardizer {
  const { targets } = withDefaults("standardize", options, { targets: false });
  requireSwitch("standardize", "targets", targets);
  const x = standardizerBy(momentsOf("x", samplesOf(training)));
  if (!targets) return x;
  if (isTensor(training)) {
    throw new TypeError(
      `standardize: targets must be those of a data set; got ${asTensor("standardize", "x", training)} without targets`,
    );
  }
  return pairOf(x, standardizerBy(momentsOf("y", singleTensor("y", requireSamples("standardize", training).y))));
}

/**
 * The standardizer with a state that `toJSON` returned: gives the same bits.
 * @throws TypeError when the state is no object, has unknown entries, or one is no array
 * @throws RangeError when a number is not finite, or a deviation is not above 0
 * @throws ShapeError when mean and deviation are not one number for each feature
 */
export function standardizer(state: StandardizerState): Standardizer;
export function standardizer(state: PairStandardizerState): PairStandardizer;
export function standardizer(state: StandardizerState | PairStandardizerState): Standardizer | PairStandardizer {
  if (!hasTargets(state)) return standardizerBy(momentsIn("standardizer", state));
  const { targets, ...x } = state;
  return pairOf(
    standardizerBy(momentsIn("standardizer", x)),
    standardizerBy(momentsIn("standardizer: targets", targets)),
  );
}

function hasTargets(state: StandardizerState | PairStandardizerState): state is PairStandardizerState {
  return Reflect.get(Object(state), "targets") !== undefined;
}

function momentsIn(where: string, state: Omit<StandardizerState, "targets">): Moments {
  if (typeof state !== "object" || state === null) {
    throw new TypeError(`${where}: state must be one that toJSON of a standardizer returned; got ${shown(state)}`);
  }
  const { shape, mean, deviation } = withDefaults(where, state, {
    shape: undefined,
    mean: undefined,
    deviation: undefined,
  });
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
  return { shape: [...shape], mean: Float64Array.from(mean), deviation: Float64Array.from(deviation) };
}

function samplesOf(training: Dataset<Tensor, Tensors> | TensorLike): Tensor {
  if (!isTensor(training)) return singleTensor("x", requireSamples("standardize", training).x);
  const x = asTensor("standardize", "x", training);
  requireWhole("standardize", "the number of samples", x.shape[0] ?? 0, 1);
  return x;
}

/** @throws TypeError unless samples or targets are one tensor */
function singleTensor(name: "x" | "y", tensors: Tensors): Tensor {
  if (tensors instanceof Tensor) return tensors;
  throw new TypeError(`standardize: ${name} must be one tensor, so standardize each separately; got several`);
}

interface Moments {
  readonly shape: Shape;
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

function standardizerBy({ shape, mean, deviation }: Moments): Standardizer {
  const forward = (value: number, i: number): number => (value - (mean[i] ?? 0)) / (deviation[i] ?? 1);
  const inverse = onSamples(shape, (value, i) => value * (deviation[i] ?? 1) + (mean[i] ?? 0));
  const tensorOf = (of: Float64Array): Tensor<"float32"> => new Tensor(shape, "float32", Float32Array.from(of));
  const toJSON = (): StandardizerState => ({ shape, mean: [...mean], deviation: [...deviation] });
  return Object.assign(onSamples(shape, forward), {
    mean: tensorOf(mean),
    deviation: tensorOf(deviation),
    transform: onSamples(shape, forward),
    inverse,
    toJSON,
  });
}

/** Both as one. */
function pairOf(x: Standardizer, y: Standardizer): PairStandardizer {
  return Object.assign(onPairs(x, y, "transform"), {
    mean: x.mean,
    deviation: x.deviation,
    targets: y,
    transform: onPairs(x, y, "transform"),
    inverse: onPairs(x, y, "inverse"),
    toJSON: (): PairStandardizerState => ({ ...x.toJSON(), targets: y.toJSON() }),
  });
}

function onPairs(x: Standardizer, y: Standardizer, method: "transform" | "inverse"): PairStandardizer["transform"] {
  function apply(dataset: Dataset): Dataset<Tensor<"float32">, Tensor<"float32">>;
  function apply(samples: TensorLike): Tensor<"float32">;
  function apply(of: Dataset | TensorLike): Dataset<Tensor<"float32">, Tensor<"float32">> | Tensor<"float32"> {
    if (typeof of !== "object" || of === null || !("x" in of)) return x[method](of);
    const { y: targets, ...samples } = x[method](of);
    return { ...samples, y: y[method](singleTensor("y", targets)) };
  }
  return apply;
}

/** Applies a function of a number and its feature's index to tensors and to the samples of data sets. */
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
  function apply(x: TensorLike): Tensor<"float32">;
  function apply(of: Dataset<Tensor, Tensors> | TensorLike): Dataset<Tensor<"float32">, Tensors> | Tensor<"float32"> {
    if (typeof of !== "object" || of === null || !("x" in of)) return onTensor(asTensor("standardize", "x", of));
    const dataset = asDataset("standardize", of);
    return { ...dataset, x: onTensor(singleTensor("x", dataset.x)) };
  }
  return apply;
}

/**
 * Mean and deviation of each feature over all samples; the deviation of a constant feature is 1.
 * @param name that of the tensor in errors
 */
function momentsOf(name: "x" | "y", x: Tensor): Moments {
  const [samples = 0] = x.shape;
  const sums = new Float64Array(rowSize(x));
  eachNumber(x, (value, feature, i) => {
    if (!Number.isFinite(value)) {
      const sample = Math.floor(i / sums.length);
      throw new RangeError(`standardize: ${name} must be finite; got ${value} at sample ${sample}, feature ${feature}`);
    }
    sums[feature] = (sums[feature] ?? 0) + value;
  });
  const mean = sums.map((sum) => sum / samples);
  const squares = new Float64Array(mean.length);
  eachNumber(x, (value, feature) => {
    const deviation = value - (mean[feature] ?? 0);
    squares[feature] = (squares[feature] ?? 0) + deviation * deviation;
  });
  return { shape: x.shape.slice(1), mean, deviation: squares.map((square) => Math.sqrt(square / samples) || 1) };
}

function eachNumber(x: Tensor, visit: (value: number, feature: number, i: number) => void): void {
  const features = rowSize(x);
  for (let start = 0; start < x.size; start += features) {
    for (let feature = 0; feature < features; feature++)
      visit(x.data[start + feature] ?? NaN, feature, start + feature);
  }
}
