import { shown } from "../base/errors.ts";
import { Tensor } from "../base/tensor.ts";
import { type Keys, codesOf } from "./keys.ts";
import { requireClasses } from "./split/by-class.ts";

/**
 * A weight for each class, inversely proportional to its count of samples: n / (k · count), for n samples of k classes. The
 * weighted sum over samples gives each class the same weight. For `weight` of losses of classes:
 *
 * `nn.crossEntropyLoss({ weight: data.classWeights(training.y) })`
 *
 * Shape: labels [samples] or [samples, 1], whole numbers from 0; gives a Float32Array of k weights, that of label i at index i.
 * Source: class_weight="balanced" of scikit-learn
 *
 * @throws RangeError when there are no labels, a label is not a whole number of at least 0, all are of one class, or a class
 * below the highest label has no sample
 * @throws ShapeError when a tensor has more than one number per sample
 * @throws TypeError when labels are not numbers
 */
export function classWeights(labels: Keys): Float32Array {
  const where = "classWeights";
  const { keys, counts, codes } = codesOf(where, "labels", labels);
  if (keys.length === 0) throw new RangeError(`${where}: labels must be at least one; got none`);
  const wrong = keys.find((key) => !Number.isSafeInteger(key) || Number(key) < 0);
  if (wrong !== undefined) {
    throw new RangeError(`${where}: labels must be whole numbers of at least 0; got ${shown(wrong)}`);
  }
  requireClasses(where, { keys, counts, codes }, "to weigh");
  const missing = keys.findIndex((key, i) => key !== i);
  if (missing >= 0) {
    throw new RangeError(
      `${where}: each class from 0 to the highest label, ${keys.at(-1)}, must have a sample; got none of class ${missing}`,
    );
  }
  return Float32Array.from(counts, (count) => codes.length / (keys.length * count));
}

/**
 * A weight for each sample, that of its class: n / (k · count), for n samples of k classes. For `weights` of a data set:
 *
 * `data.fromArrays(x, y, { weights: data.sampleWeights(y) })`
 *
 * Shape: labels [samples] or [samples, 1], any numbers or texts; gives float32 [samples].
 * Source: compute_sample_weight("balanced", y) of scikit-learn
 *
 * @throws RangeError when there are no labels, or all are of one class
 * @throws ShapeError when a tensor has more than one number per sample
 * @throws TypeError when a label is neither a number nor text
 */
export function sampleWeights(labels: Keys): Tensor<"float32"> {
  const where = "sampleWeights";
  const classes = codesOf(where, "labels", labels);
  const { keys, counts, codes } = classes;
  if (keys.length === 0) throw new RangeError(`${where}: labels must be at least one; got none`);
  requireClasses(where, classes, "to weigh");
  const weights = Float32Array.from(codes, (code) => codes.length / (keys.length * (counts[code] ?? 1)));
  return new Tensor([codes.length], "float32", weights);
}
