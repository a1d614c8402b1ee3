import { ShapeError } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { relu } from "../elementwise/activation.ts";
import { add, affine, divide, multiply, sqrt } from "../elementwise/arithmetic.ts";
import { matrixExtents } from "../check.ts";
import { requireEither, requirePair } from "./element-loss.ts";
import { type ReducedOptions, reduced } from "./reduced-loss.ts";
import { sumColumns } from "../reduction/reduction.ts";
import { reshape } from "../shape/view.ts";

/** Added to squared norms so that the cosine of a zero vector is finite, as in PyTorch. */
const EPSILON = 1e-12;

export interface MarginOptions extends ReducedOptions {
  /** The margin of the formula. Default: 1; 0 for `cosineEmbedding`. */
  readonly margin?: number;
}

/** Mean or sum of max(0, margin - y x), or each term, for targets y of -1 or 1. */
export function hinge(x: Operand, y: Operand, options: MarginOptions = {}): Operand {
  const { reduction = "mean", sampleWeight, margin = 1, where = "hinge" } = options;
  requirePair(where, x, y);
  requireEither(where, y, -1, 1);
  return reduced(relu(affine(multiply(x, y), -1, margin)), { where, reduction, sampleWeight });
}

/** Mean or sum, or each term: the distance x where y is 1, max(0, margin - x) where y is -1. */
export function hingeEmbedding(x: Operand, y: Operand, options: MarginOptions = {}): Operand {
  const { reduction = "mean", sampleWeight, margin = 1, where = "hingeEmbedding" } = options;
  requirePair(where, x, y);
  requireEither(where, y, -1, 1);
  return reduced(chooseBySign(y, x, relu(affine(x, -1, margin))), { where, reduction, sampleWeight });
}

/**
 * Mean or sum over rows: 1 - cos(first, second) where y is 1, max(0, cos(first, second) - margin) where y is -1.
 *
 * Shape: first and second [rows, features] with y [rows] give one number; with reduction "none" [rows].
 */
export function cosineEmbedding(first: Operand, second: Operand, y: Operand, options: MarginOptions = {}): Operand {
  const { reduction = "mean", sampleWeight, margin = 0, where = "cosineEmbedding" } = options;
  requirePair(where, first, second);
  const [rows] = matrixExtents(where, first);
  if (y.size !== rows || y.shape[0] !== rows) {
    throw new ShapeError(`${where}: targets must be [${rows}], one for each pair of rows; got ${y}`);
  }
  requireEither(where, y, -1, 1);
  const squares = multiply(squaredNorms(first), squaredNorms(second));
  const cosine = divide(sumColumns(multiply(first, second)), sqrt(squares));
  const losses = chooseBySign(reshape(y, [rows]), affine(cosine, -1, 1), relu(affine(cosine, 1, -margin)));
  return reduced(losses, { where, reduction, sampleWeight });
}

function squaredNorms(rows: Operand): Operand {
  return affine(sumColumns(multiply(rows, rows)), 1, EPSILON);
}

/** `positive` where y is 1, `negative` where y is -1. */
function chooseBySign(y: Operand, positive: Operand, negative: Operand): Operand {
  return add(multiply(affine(y, 0.5, 0.5), positive), multiply(affine(y, -0.5, 0.5), negative));
}
