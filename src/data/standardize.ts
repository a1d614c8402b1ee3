import { ShapeError } from "../errors.ts";
import { asTensor, printShape, sameShape, Tensor } from "../tensor.ts";
import { asDataset, type Dataset, requireSamples } from "./dataset.ts";
import { rowSize } from "./rows.ts";

/** (x - mean) / deviation with the figures of the training data; a data set keeps its targets. */
export interface Standardizer {
  (dataset: Dataset): Dataset;
  (x: Tensor): Tensor<"float32">;
}

/**
 * A function that gives every feature mean 0 and deviation 1 over the training samples: (x - mean) / deviation.
 *
 * Use it on validation, test and new samples too: figures of their own would tell the model what it should not know.
 * A feature that never varies is only shifted to 0.
 *
 * Shape: x [samples, ...], each place after the first axis a feature; the result is float32 of the same shape.
 *
 * @throws RangeError when there are no training samples
 * @throws ShapeError, from the function, when samples have another shape than those of the training data
 */
export function standardize(training: Dataset): Standardizer {
  const { x: samples } = requireSamples("standardize", training);
  const { means, deviations } = moments(samples);
  const sample = samples.shape.slice(1);
  const standard = (x: Tensor): Tensor<"float32"> => {
    if (x.shape.length === 0 || !sameShape(x.shape.slice(1), sample)) {
      throw new ShapeError(`standardize: samples must be ${printShape(sample)} as in the training data; got ${x}`);
    }
    const standardized = new Float32Array(x.size);
    eachNumber(x, (value, feature, i) => {
      standardized[i] = (value - (means[feature] ?? 0)) / (deviations[feature] ?? 1);
    });
    return new Tensor(x.shape, "float32", standardized);
  };
  function apply(dataset: Dataset): Dataset;
  function apply(x: Tensor): Tensor<"float32">;
  function apply(of: Dataset | Tensor): Dataset | Tensor<"float32"> {
    if (typeof of !== "object" || of === null || !("x" in of)) return standard(asTensor("standardize", "x", of));
    const { x, y, length } = asDataset("standardize", of);
    return { x: standard(x), y, length };
  }
  return apply;
}

/** Mean and deviation of each feature, over all samples; the deviation of one that never varies is 1. */
function moments(x: Tensor): { means: Float64Array; deviations: Float64Array } {
  const [samples = 0] = x.shape;
  const sums = new Float64Array(rowSize(x));
  eachNumber(x, (value, feature) => {
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
