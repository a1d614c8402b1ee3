import { requireWhole } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import type { Tensor } from "../base/tensor.ts";
import type { Tensors } from "../base/tensors.ts";
import { nextStream, permutation } from "../runtime/random.ts";
import { type Dataset, gather, requireSamples } from "./dataset.ts";
import { type Keys, classesOf } from "./keys.ts";
import { requireClasses } from "./split/by-class.ts";

/** Draws the samples of a data set so that each class has as many as the largest. */
export interface Oversampler<X extends Tensors = Tensor, Y extends Tensors = Tensor> {
  /** Count of samples in an epoch: classes times the size of the largest. */
  readonly length: number;
  /** Indices of the samples of an epoch, in random order: a function of the seed and the epoch. */
  readonly order: (epoch: number) => Int32Array;
  /** The samples of an epoch, copied. */
  readonly epoch: (epoch: number) => Dataset<X, Y>;
}

export interface OversamplerOptions {
  /** Class of each sample. Default: y of the data set. */
  readonly labels?: Keys;
}

/**
 * Oversamples a data set: each class has as many samples in an epoch as the largest has in the data set. Samples of a class are
 * repeated equally often, but for a remainder that is drawn at random in each epoch; the largest class is not repeated.
 *
 * `const balanced = data.oversampler(training);`
 * `for (let epoch = 0; epoch < 10; epoch++) await trainer.fit(balanced.epoch(epoch), { epochs: 1 });`
 *
 * Oversample the training part alone, after the split: repeated samples would leak to validation.
 *
 * Shape: y [samples] or [samples, 1], unless `labels` are given.
 * Source: RandomOverSampler of imbalanced-learn, which draws with replacement
 *
 * @throws RangeError when the data set is empty, all samples are of one class, or an epoch is not a whole number of at least 0
 * @throws ShapeError when there is not one label for each sample
 * @throws TypeError when y is several tensors, a label is neither a number nor text, or an option is unknown
 */
export function oversampler<X extends Tensors, Y extends Tensors>(
  samples: Dataset<X, Y>,
  options: OversamplerOptions = {},
): Oversampler<X, Y> {
  const where = "oversampler";
  const { labels } = withDefaults(where, options, { labels: undefined });
  const dataset = requireSamples(where, samples);
  const classes = classesOf(where, dataset, labels ?? true, "labels");
  requireClasses(where, classes, "to balance");
  const largest = classes.counts.reduce((most, count) => Math.max(most, count), 0);
  const length = largest * classes.keys.length;
  const [draws, shuffles] = [nextStream(), nextStream()];
  const order = (epoch: number): Int32Array => {
    requireWhole(where, "epoch", epoch, 0);
    const shuffled = permutation(dataset.length, draws, epoch);
    const balanced = new Int32Array(length);
    const drawn = new Int32Array(classes.keys.length);
    let end = 0;
    // The first samples of a class in a random order, as often as it takes: each once, then each again.
    while (end < length) {
      for (const i of shuffled) {
        const code = classes.codes[i] ?? 0;
        const count = drawn[code] ?? 0;
        if (count === largest) continue;
        drawn[code] = count + 1;
        balanced[end++] = i;
      }
    }
    return permutation(length, shuffles, epoch).map((position) => balanced[position] ?? 0);
  };
  return { length, order, epoch: (epoch) => gather(dataset, order(epoch)) };
}
