import { ShapeError, requireWithin } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import * as ops from "../../ops/loss/margin-loss.ts";
import { slice } from "../../ops/shape/slice.ts";
import { reshape } from "../../ops/shape/view.ts";
import { Loss, type LossOptions, reductionOf } from "./loss.ts";

/**
 * Hinge loss of a binary classifier, as of a support vector machine: mean or sum of max(0, 1 - y x), or each.
 *
 * Shape: scores x and targets y of one shape, y -1 or 1; gives one number, with reduction "none" the shape of x. Weights
 * of samples: [batch].
 * Source: Cortes and Vapnik 1995, https://doi.org/10.1007/BF00994018; Keras has it as Hinge, PyTorch does not
 * @throws RangeError when reduction is unknown
 */
export function hingeLoss(options: LossOptions = {}): Loss {
  const where = "hingeLoss";
  const reduction = reductionOf(where, options);
  const apply = (x: Operand, y: Operand, sampleWeight?: Operand): Operand =>
    ops.hinge(x, y, { reduction, where, sampleWeight });
  return new Loss(where, apply, { reduction, targets: 1, decision: { above: 0 } });
}

export interface HingeEmbeddingLossOptions extends LossOptions {
  /** How large the distance of what does not belong together should be. Default: 1. */
  readonly margin?: number;
}

/**
 * For distances of pairs: mean or sum of x where y is 1, of max(0, margin - x) where it is -1, or each.
 *
 * Shape: x and y of one shape, y -1 or 1; gives one number, with reduction "none" the shape of x. Weights of samples:
 * [batch].
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.HingeEmbeddingLoss.html
 * @throws RangeError when reduction is unknown or margin is not finite
 */
export function hingeEmbeddingLoss(options: HingeEmbeddingLossOptions = {}): Loss {
  const where = "hingeEmbeddingLoss";
  const reduction = reductionOf(where, options, "margin");
  const { margin = 1 } = options;
  requireWithin(where, "margin", margin, -Infinity, Infinity);
  const apply = (x: Operand, y: Operand, sampleWeight?: Operand): Operand =>
    ops.hingeEmbedding(x, y, { reduction, margin, where, sampleWeight });
  return new Loss(where, apply, { reduction, targets: 1 });
}

export interface CosineEmbeddingLossOptions extends LossOptions {
  /** The cosine above which what does not belong together is pushed apart, in [-1, 1]. Default: 0. */
  readonly margin?: number;
}

/**
 * For pairs of vectors: mean or sum of 1 - cos where the target is 1, of max(0, cos - margin) where it is -1, or each.
 *
 * Shape: the prediction [batch, 2, features] holds PyTorch's two inputs side by side, so that one model gives both; the
 * target is float32 [batch], -1 or 1; gives one number, with reduction "none" [batch]. Weights of samples: [batch].
 * `ops.cosineEmbedding` takes the two apart.
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.CosineEmbeddingLoss.html
 * @throws RangeError when reduction is unknown or margin is outside [-1, 1]
 */
export function cosineEmbeddingLoss(options: CosineEmbeddingLossOptions = {}): Loss {
  const where = "cosineEmbeddingLoss";
  const reduction = reductionOf(where, options, "margin");
  const { margin = 0 } = options;
  requireWithin(where, "margin", margin, -1, 1);
  const apply = (pairs: Operand, y: Operand, sampleWeight?: Operand): Operand => {
    const [batch, two, features] = pairs.shape;
    if (pairs.shape.length !== 3 || batch === undefined || features === undefined || two !== 2) {
      throw new ShapeError(`${where}: the prediction must be pairs [batch, 2, features]; got ${pairs}`);
    }
    const member = (which: number): Operand => reshape(slice(pairs, 1, which, which + 1), [batch, features]);
    return ops.cosineEmbedding(member(0), member(1), y, { reduction, margin, where, sampleWeight });
  };
  return new Loss(where, apply, { reduction, targets: 1 });
}
