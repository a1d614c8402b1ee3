import { ShapeError, requireWithin } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { Operand } from "../../graph/operand.ts";
import * as ops from "../../ops/loss/margin-loss.ts";
import { slice } from "../../ops/shape/slice.ts";
import { reshape } from "../../ops/shape/view.ts";
import { LOSS_DEFAULTS, Loss, type LossOptions, requireReduction } from "./loss.ts";

/**
 * Hinge loss of a binary classifier, as in support vector machines: max(0, 1 - y x), as mean, sum or each element.
 *
 * Shape: scores x and targets y of one shape, y -1 or 1; gives one number, with reduction "none" the shape of x. Sample
 * weights: [batch].
 * Source: Cortes and Vapnik 1995, https://doi.org/10.1007/BF00994018; `Hinge` in Keras, absent in PyTorch
 * @throws RangeError when reduction is unknown
 */
export function hingeLoss(options: LossOptions = {}): Loss {
  const where = "hingeLoss";
  const { reduction } = withDefaults(where, options, LOSS_DEFAULTS);
  requireReduction(where, reduction);
  const apply = (x: Operand, y: Operand, sampleWeight?: Operand): Operand =>
    ops.hinge(x, y, { reduction, where, sampleWeight });
  return new Loss(where, apply, { reduction, targets: 1, decision: { above: 0 } });
}

export interface HingeEmbeddingLossOptions extends LossOptions {
  /** The distance from which dissimilar pairs have loss 0. Default: 1. */
  readonly margin?: number;
}

/**
 * For distances x of pairs: x if y is 1 (similar), max(0, margin - x) if y is -1 (dissimilar): mean, sum or each element.
 *
 * Shape: x and y of one shape, y -1 or 1; gives one number, with reduction "none" the shape of x. Sample weights:
 * [batch].
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.HingeEmbeddingLoss.html
 * @throws RangeError when reduction is unknown or margin is not finite
 */
export function hingeEmbeddingLoss(options: HingeEmbeddingLossOptions = {}): Loss {
  const where = "hingeEmbeddingLoss";
  const { reduction, margin } = withDefaults(where, options, { ...LOSS_DEFAULTS, margin: 1 });
  requireReduction(where, reduction);
  requireWithin(where, "margin", margin, -Infinity, Infinity);
  const apply = (x: Operand, y: Operand, sampleWeight?: Operand): Operand =>
    ops.hingeEmbedding(x, y, { reduction, margin, where, sampleWeight });
  return new Loss(where, apply, { reduction, targets: 1 });
}

export interface CosineEmbeddingLossOptions extends LossOptions {
  /** The cosine up to which dissimilar pairs have loss 0, in [-1, 1]. Default: 0. */
  readonly margin?: number;
}

/**
 * For pairs of vectors with cosine cos: 1 - cos if the target is 1 (similar), max(0, cos - margin) if it is -1 (dissimilar):
 * mean, sum or each pair.
 *
 * Shape: the prediction [batch, 2, features] is the pair of PyTorch's two inputs, so that one model gives both; the
 * target is float32 [batch], -1 or 1; gives one number, with reduction "none" [batch]. Sample weights: [batch].
 * `ops.cosineEmbedding` takes two operands.
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.CosineEmbeddingLoss.html
 * @throws RangeError when reduction is unknown or margin is outside [-1, 1]
 */
export function cosineEmbeddingLoss(options: CosineEmbeddingLossOptions = {}): Loss {
  const where = "cosineEmbeddingLoss";
  const { reduction, margin } = withDefaults(where, options, { ...LOSS_DEFAULTS, margin: 0 });
  requireReduction(where, reduction);
  requireWithin(where, "margin", margin, -1, 1);
  const apply = (pairs: Operand, y: Operand, sampleWeight?: Operand): Operand => {
    const [batch, two, features] = pairs.shape;
    if (pairs.shape.length !== 3 || batch === undefined || features === undefined || two !== 2) {
      throw new ShapeError(`${where}: the prediction must be pairs [batch, 2, features]; got ${pairs}`);
    }
    const vectors = (index: number): Operand => reshape(slice(pairs, 1, index, index + 1), [batch, features]);
    return ops.cosineEmbedding(vectors(0), vectors(1), y, { reduction, margin, where, sampleWeight });
  };
  return new Loss(where, apply, { reduction, targets: 1 });
}
