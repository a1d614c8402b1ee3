import { requireOneOf, requireSwitches, requireWhole } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import type { Operand } from "../graph/operand.ts";
import { gelu, relu } from "../ops/elementwise/activation.ts";
import { add } from "../ops/elementwise/arithmetic.ts";
import { withoutPadding } from "../ops/lengths.ts";
import { MultiheadAttention, dropoutIfAny, rateOf } from "./attention.ts";
import type { Dropout } from "./dropout/dropout.ts";
import { lengthsAround, splitLengths } from "./recurrent/lengths-scope.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module/module.ts";
import { LayerNorm } from "./normalization.ts";
import type { Identity } from "./shape.ts";
import { made } from "./configuration/made.ts";

export interface TransformerEncoderLayerOptions {
  /** Features between the two linear layers. Default: 2048. */
  readonly dimFeedforward?: number;
  /** Probability, in [0, 1], of zeroing an element while training, in all four dropouts. Default: 0.1. */
  readonly dropout?: number;
  /** Activation between the two linear layers. Default: `"relu"`. */
  readonly activation?: "relu" | "gelu";
  /** Added to the variance by both normalizations. Default: 1e-5. */
  readonly layerNormEps?: number;
  /** Whether operands are [B, T, dModel] and not [T, B, dModel]. Default: false. */
  readonly batchFirst?: boolean;
  /** Whether normalization precedes attention and feed-forward, instead of following them. Default: false. */
  readonly normFirst?: boolean;
  /** Whether all layers have biases, normalizations included. Default: true. */
  readonly bias?: boolean;
  /** Whether a position attends only to itself and earlier positions. Default: false. */
  readonly causal?: boolean;
}

/**
 * h = norm1(x + dropout1(attention(x))), y = norm2(h + dropout2(linear2(dropout(activation(linear1(h)))))); with
 * normFirst, h = x + dropout1(attention(norm1(x))), y = h + dropout2(linear2(dropout(activation(linear1(norm2(h)))))).
 *
 * Shape: src [T, B, dModel], or [B, T, dModel] with batchFirst, gives the same; srcMask and srcKeyPaddingMask are the
 * attnMask and keyPaddingMask of {@link MultiheadAttention}. Lengths [B], int32 from 0 to T, are the last input. Default:
 * those of the enclosing `nn.padded`. Positions after them are ignored, and the output there is 0.
 * Source: Vaswani et al. 2017, https://arxiv.org/abs/1706.03762
 *
 * @throws RangeError when a size is not a whole number of at least 1, dModel is not a multiple of nhead, dropout is
 * outside [0, 1], or activation is unknown
 * @throws TypeError when an option is unknown
 */
export class TransformerEncoderLayer<Features extends number = number> extends Module<Features, Features> {
  readonly selfAttn: MultiheadAttention<Features>;
  readonly linear1: Linear;
  readonly dropout: Dropout | Identity;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly dropout1: Dropout | Identity;
  readonly dropout2: Dropout | Identity;
  readonly activation: "relu" | "gelu";
  readonly normFirst: boolean;

  constructor(dModel: Features, nhead: number, options: TransformerEncoderLayerOptions = {}) {
    super();
    const where = "transformerEncoderLayer";
    requireWhole(where, "dModel", dModel, 1);
    requireWhole(where, "nhead", nhead, 1);
    const filled = withDefaults(where, options, {
      dimFeedforward: 2048,
      dropout: 0.1,
      activation: "relu",
      layerNormEps: 1e-5,
      batchFirst: false,
      normFirst: false,
      bias: true,
      causal: false,
    });
    requireSwitches(where, options, "bias", "batchFirst", "normFirst", "causal");
    const { dimFeedforward, dropout, activation, layerNormEps: eps, batchFirst, normFirst, bias, causal } = filled;
    requireWhole(where, "dimFeedforward", dimFeedforward, 1);
    requireOneOf(where, "activation", activation, ["relu", "gelu"]);
    this.selfAttn = new MultiheadAttention(dModel, nhead, { dropout, bias, batchFirst, causal });
    this.linear1 = new Linear(dModel, dimFeedforward, { bias });
    this.dropout = dropoutIfAny(dropout);
    this.linear2 = new Linear(dimFeedforward, dModel, { bias });
    this.norm1 = new LayerNorm(dModel, { eps, bias });
    this.norm2 = new LayerNorm(dModel, { eps, bias });
    this.dropout1 = dropoutIfAny(dropout);
    this.dropout2 = dropoutIfAny(dropout);
    this.activation = activation;
    this.normFirst = normFirst;
  }

  override namedChildren(): [string, Module][] {
    return super.namedChildren().map(([name, child]) => [name === "selfAttn" ? "self_attn" : name, child]);
  }

  override forward(src: Operand, srcMask?: Operand, srcKeyPaddingMask?: Operand, lengths?: Operand): Operand {
    const [[mask, padding], given] = splitLengths(src, [srcMask, srcKeyPaddingMask, lengths], 2);
    const { batchFirst } = this.selfAttn;
    const where = "transformerEncoderLayer";
    const valid = given ?? lengthsAround(where, src, batchFirst);
    if (!valid) return this.#encode(src, mask, padding);
    const encoded = this.#encode(withoutPadding(where, src, valid, batchFirst), mask, padding, valid);
    return withoutPadding(where, encoded, valid, batchFirst);
  }

  #encode(src: Operand, mask?: Operand, padding?: Operand, lengths?: Operand): Operand {
    const attend = (x: Operand): Operand => this.dropout1.call(this.selfAttn.call(x, x, x, padding, mask, lengths));
    const feedForward = (x: Operand): Operand => {
      const inner = this.linear1.call(x);
      const active = this.activation === "relu" ? relu(inner) : gelu(inner);
      return this.dropout2.call(this.linear2.call(this.dropout.call(active)));
    };
    if (this.normFirst) {
      const h = add(src, attend(this.norm1.call(src)));
      return add(h, feedForward(this.norm2.call(h)));
    }
    const h = this.norm1.call(add(src, attend(src)));
    return this.norm2.call(add(h, feedForward(h)));
  }

  /** @throws TypeError when the rates of the four dropouts were set to different values */
  override configuration(): readonly unknown[] {
    const { embedDim, numHeads, attentionDropout, batchFirst, causal } = this.selfAttn;
    const [dropout = 0, ...others] = [attentionDropout, this.dropout, this.dropout1, this.dropout2].map(rateOf);
    if (others.some((p) => p !== dropout)) {
      throw new TypeError(
        `transformerEncoderLayer: the dropouts of a layer that is saved must have one p; got ${[dropout, ...others].join(", ")}`,
      );
    }
    return made(transformerEncoderLayer, embedDim, numHeads, {
      dimFeedforward: this.linear1.outFeatures,
      dropout,
      activation: this.activation,
      layerNormEps: this.norm1.eps,
      batchFirst,
      normFirst: this.normFirst,
      bias: this.linear1.bias !== null,
      causal,
    });
  }

  override describe(): string {
    const { embedDim, numHeads, causal } = this.selfAttn;
    return `transformerEncoderLayer ${embedDim}, nhead ${numHeads}${causal ? ", causal" : ""}`;
  }
}

/**
 * Self-attention, then two linear layers for each position, each half with a residual connection and normalization:
 * [T, B, dModel], or [B, T, dModel] with batchFirst, gives the same shape. See {@link TransformerEncoderLayer}.
 */
export function transformerEncoderLayer<const Features extends number>(
  dModel: Features,
  nhead: number,
  options?: TransformerEncoderLayerOptions,
): TransformerEncoderLayer<Features> {
  return new TransformerEncoderLayer(dModel, nhead, options);
}
