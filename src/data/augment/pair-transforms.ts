import { ShapeError, requirePositive, requireWhole } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import { Tensor } from "../../base/tensor.ts";
import type { Tensors } from "../../base/tensors.ts";
import { beta } from "./beta.ts";
import { type PairTransform, requireProbability } from "./transform.ts";

export interface MixupOptions {
  /** Both parameters of the Beta distribution of the shares, above 0: the larger, the more alike are the shares. Default: 0.2. */
  readonly alpha?: number;
  /**
   * Count of classes, at least 2: int32 labels [samples] become float32 [samples, classes], in which the two classes have the
   * shares of the two samples. Default: labels stay labels.
   */
  readonly classes?: number;
}

/**
 * Mixes each sample with another one, drawn from the whole data set: λ x + (1 - λ) x', where λ is drawn from Beta(alpha, alpha).
 *
 * - Targets that are float32, numbers or probabilities of classes, are mixed likewise; sample weights are not.
 * - Labels, int32, stay those of the sample itself. λ is then replaced by 1 - λ with probability 1 - λ, so it is drawn from
 *   Beta(alpha + 1, alpha): the expected loss is the same as with mixed targets, and every loss for labels fits.
 * - Labels become mixed probabilities with `classes`, in all epochs, for a loss that takes them.
 *
 * Source: Zhang et al. 2018, https://arxiv.org/abs/1710.09412; for labels
 * https://www.inference.vc/mixup-data-dependent-data-augmentation/
 * @throws RangeError when alpha is not above 0, or classes is not a whole number of at least 2
 */
export function mixup(options: MixupOptions = {}): PairTransform {
  const { alpha, classes } = withDefaults("mixup", options, { alpha: 0.2, classes: undefined });
  requirePositive("mixup", "alpha", alpha);
  if (classes !== undefined) requireWhole("mixup", "classes", classes, 2);
  return {
    kind: "pair",
    name: "mixup",
    ...(classes !== undefined && { targets: (y) => oneHot(y, classes) }),
    combine: (own, other, draws, areMixed) => {
      const drawn = beta(alpha, draws);
      const share = areMixed || draws.uniform() < drawn ? drawn : 1 - drawn;
      for (let i = 0; i < own.length; i++) own[i] = share * (own[i] ?? NaN) + (1 - share) * (other[i] ?? NaN);
      return areMixed ? share : 1;
    },
  };
}

export interface SwapNoiseOptions {
  /** Probability of each number to be replaced, from 0 to 1. Default: 0.15. */
  readonly p?: number;
}

/**
 * Replaces each number, with a probability, by the number of another sample in the same place: noise for tables that has the
 * distribution of each column. The other sample is drawn from the whole data set, one for each sample.
 * @throws RangeError when p is not from 0 to 1
 */
export function swapNoise(options: SwapNoiseOptions = {}): PairTransform {
  const { p } = withDefaults("swapNoise", options, { p: 0.15 });
  requireProbability("swapNoise", p);
  const end = p * 2 ** 32;
  return {
    kind: "pair",
    name: "swapNoise",
    combine: (own, other, draws) => {
      const words = draws.words(own.length);
      for (let i = 0; i < own.length; i++) if ((words[i] ?? 0) < end) own[i] = other[i] ?? NaN;
      return 1;
    },
  };
}

/** Labels as probabilities of classes; probabilities as they are. */
function oneHot(y: Tensors, classes: number): Tensor {
  const isOfClasses = y instanceof Tensor && y.dtype === "float32" && y.shape.length === 2 && y.shape[1] === classes;
  if (isOfClasses) return y;
  if (!(y instanceof Tensor) || y.dtype !== "int32" || y.shape.length !== 1) {
    const found = y instanceof Tensor ? String(y) : "several tensors";
    throw new ShapeError(`mixup: y must be int32 [samples] with classes; got ${found}`);
  }
  const probabilities = new Float32Array(y.size * classes);
  for (let row = 0; row < y.size; row++) {
    const label = y.data[row] ?? NaN;
    if (!(label >= 0 && label < classes)) {
      throw new RangeError(`mixup: labels must be from 0 to ${classes - 1}; got ${label}`);
    }
    probabilities[row * classes + label] = 1;
  }
  return new Tensor([y.size, classes], "float32", probabilities);
}
