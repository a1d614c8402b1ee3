import { ShapeError } from "../base/errors.ts";
import { type Defaults, withDefaults } from "../base/options.ts";
import { Operand } from "../graph/operand.ts";
import { call } from "../graph/call.ts";
import { printShape, sameShape } from "../base/tensor.ts";
import { affine } from "./elementwise/arithmetic.ts";
import { requireFloat } from "./check.ts";
import { requireLengths } from "./lengths.ts";
import { matmul } from "./matmul/matmul.ts";
import { sum } from "./reduction/reduction.ts";
import { reshape } from "./shape/view.ts";
import { gradientOf, softmax } from "./reduction/softmax.ts";

export interface AttentionMasks {
  /** Whether query t attends only to the keys 0 to t. Default: false. */
  readonly causal?: boolean;
  /** Added to the scores; -Infinity masks a key: [T, S], or [B * heads, T, S]. Default: none. */
  readonly attnMask?: Operand | undefined;
  /** Masks keys where it is not 0: [B, S], float32 or int32. Default: none. */
  readonly keyPaddingMask?: Operand | undefined;
  /** Valid keys of each sample; the others are masked: [B], int32 from 0 to S. Default: all are valid. */
  readonly lengths?: Operand | undefined;
}

export interface AttentionOptions extends AttentionMasks {
  /** Applied to the attention weights before the product with the values. Default: none. */
  readonly dropout?: (weights: Operand) => Operand;
}

/**
 * softmax(query keyᵀ / √D + mask) value.
 *
 * Shape: query [B, heads, T, D], key [B, heads, S, D], value [B, heads, S, V] give [B, heads, T, V].
 * The result is 0 for a query whose keys are all masked.
 * Source: Vaswani et al. 2017, https://arxiv.org/abs/1706.03762
 *
 * @throws ShapeError when shapes do not fit
 */
export function scaledDotProductAttention(
  query: Operand,
  key: Operand,
  value: Operand,
  options: AttentionOptions = {},
): Operand {
  const where = "scaledDotProductAttention";
  const { dropout, ...masks } = withDefaults(where, options, {
    causal: false,
    attnMask: undefined,
    keyPaddingMask: undefined,
    lengths: undefined,
    dropout: undefined,
  });
  requireFloat(where, "query", query);
  requireFloat(where, "key", key);
  requireFloat(where, "value", value);
  const [B, H, , D] = query.shape;
  const lengths = [key.shape[2], value.shape[2]];
  const fits = sameShape(key.shape, [B ?? 0, H ?? 0, lengths[0] ?? 0, D ?? 0]) && lengths[0] === lengths[1];
  if (query.shape.length !== 4 || !fits || !sameShape(value.shape.slice(0, 2), [B ?? 0, H ?? 0])) {
    throw new ShapeError(
      `${where}: query must be [B, heads, T, D], key [B, heads, S, D], value [B, heads, S, V]; got ${query}, ${key} and ${value}`,
    );
  }
  const scores = matmul(affine(query, 1 / Math.sqrt(D ?? 1), 0), key, { b: true });
  const weights = maskedSoftmax(scores, masks);
  return matmul(dropout?.(weights) ?? weights, value);
}

/** softmax(scores + mask) of scores [B, heads, T, S] along the last axis; 0 for masked keys. */
function maskedSoftmax(scores: Operand, masks: Defaults<AttentionMasks>): Operand {
  const { causal, attnMask: mask, keyPaddingMask: keyMask, lengths } = masks;
  if (!causal && !mask && !keyMask && !lengths) return softmax(scores);
  const [B = 0, H = 0, T = 0, S = 0] = scores.shape;
  const maskShapes = [
    [T, S],
    [B * H, T, S],
  ];
  if (mask && !maskShapes.some((shape) => sameShape(shape, mask.shape))) {
    throw new ShapeError(`attention: attnMask must be ${maskShapes.map(printShape).join(" or ")}; got ${mask}`);
  }
  if (keyMask && !sameShape(keyMask.shape, [B, S])) {
    throw new ShapeError(`attention: keyPaddingMask must be ${printShape([B, S])}; got ${keyMask}`);
  }
  if (mask) requireFloat("attention", "attnMask", mask);
  if (lengths) requireLengths("attention", lengths, B, S);
  const rows = B * H * T;
  const withoutGradient = [keyMask, lengths].filter((each) => each !== undefined);
  return new Operand("maskedSoftmax", scores.shape, [scores, ...(mask ? [mask] : []), ...withoutGradient], {
    calls: (out) => {
      const maskRows = mask?.shape.length === 3 ? rows : T;
      const maskArguments = [mask ?? 0, maskRows, keyMask ?? 0, lengths ?? 0] as const;
      return [call("maskedSoftmax", scores, ...maskArguments, B, out, causal ? 1 : 0, T, rows, S)];
    },
    gradient: (dOut, out) => {
      const dScores = gradientOf("softmax", dOut, out, rows, S);
      const dMasks = reshape(dScores, [B * H, T, S]);
      const dMask = mask?.shape.length === 3 ? [dMasks] : mask ? [sum(dMasks, 0)] : [];
      return [dScores, ...dMask, ...withoutGradient.map(() => null)];
    },
    overwrites: [0],
    flops: 5 * scores.size,
    attributes: {
      causal: causal ?? false,
      attnMask: Boolean(mask),
      keyPaddingMask: Boolean(keyMask),
      lengths: Boolean(lengths),
    },
  });
}
