import type { Dtype } from "../base/tensor.ts";
import { ShapeError, requireSwitches, requireWhole } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import type { Operand } from "../graph/operand.ts";
import { add } from "../ops/elementwise/arithmetic.ts";
import { type AttentionMasks, scaledDotProductAttention } from "../ops/attention.ts";
import { withoutPadding } from "../ops/lengths.ts";
import { matmul } from "../ops/matmul/matmul.ts";
import { permute } from "../ops/shape/permute.ts";
import { slice } from "../ops/shape/slice.ts";
import { reshape } from "../ops/shape/view.ts";
import type { Buffer } from "./module/buffer.ts";
import { Dropout } from "./dropout/dropout.ts";
import { constant, xavierUniform } from "./init.ts";
import { lengthsAround, splitLengths } from "./recurrent/lengths-scope.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module/module.ts";
import { Parameter } from "./module/parameter.ts";
import { Identity } from "./shape.ts";
import { made } from "./configuration/made.ts";

export interface MultiheadAttentionOptions {
  /** Probability that an attention weight is zeroed while training, in [0, 1]. Default: 0. */
  readonly dropout?: number;
  /** Whether biases are added to the projections. Default: true. */
  readonly bias?: boolean;
  /** Features of a key. Default: embedDim. */
  readonly kdim?: number;
  /** Features of a value. Default: embedDim. */
  readonly vdim?: number;
  /** Whether operands are [B, T, features] and not [T, B, features]. Default: false. */
  readonly batchFirst?: boolean;
  /** Whether a query attends only to keys up to its own position. Default: false. */
  readonly causal?: boolean;
}

/**
 * concat(head_1, ..., head_h) W_oᵀ + b_o, with head_i = softmax(q_i k_iᵀ / √d + mask) v_i and d = embedDim / numHeads;
 * q, k and v are linear in query, key and value.
 *
 * Shape: query [T, B, embedDim], key [S, B, kdim], value [S, B, vdim] give [T, B, embedDim];
 * [B, T, ...] with `batchFirst`; without B, one sample. Defaults: key is query, value is key.
 * keyPaddingMask [B, S], float32 or int32: keys are ignored where it is not 0. attnMask [T, S] or [B * numHeads, T, S] is
 * added to the scores. If all keys of a query are masked, its heads output zeros (NaN in PyTorch).
 * Lengths [B], int32 from 0 to S, are the last input: the number of valid keys of each sample. Default for self-attention:
 * those of the enclosing `nn.padded`. Keys after them are ignored, whatever their values, and if query is key, the output
 * there is 0. Lengths may be combined with both masks.
 * The averaged weights, PyTorch's second result, are not returned.
 * Initial values: Xavier uniform for the projections into heads, zero for biases, as in PyTorch.
 * Source: Vaswani et al. 2017, https://arxiv.org/abs/1706.03762
 *
 * @throws RangeError when a size is not a whole number of at least 1, embedDim is not a multiple of numHeads, or
 * dropout is outside [0, 1]
 * @throws TypeError when an option is unknown
 */
export class MultiheadAttention<Features extends number = number> extends Module<Features, Features> {
  /** One weight [3 embedDim, embedDim] for query, key and value; three separate ones if kdim or vdim is not embedDim. */
  readonly inProjWeights: readonly Parameter[];
  readonly inProjBias: Parameter | null;
  readonly outProj: Linear;
  readonly attentionDropout: Dropout | Identity;
  readonly batchFirst: boolean;
  readonly causal: boolean;
  readonly #kdim: number;
  readonly #vdim: number;

  constructor(
    readonly embedDim: Features,
    readonly numHeads: number,
    options: MultiheadAttentionOptions = {},
  ) {
    super();
    const where = "multiheadAttention";
    requireWhole(where, "embedDim", embedDim, 1);
    requireWhole(where, "numHeads", numHeads, 1);
    const { dropout, bias, kdim, vdim, batchFirst, causal } = withDefaults(where, options, {
      dropout: 0,
      bias: true,
      kdim: embedDim,
      vdim: embedDim,
      batchFirst: false,
      causal: false,
    });
    requireSwitches(where, options, "bias", "batchFirst", "causal");
    if (embedDim % numHeads !== 0) {
      throw new RangeError(`${where}: embedDim must be a multiple of numHeads; got ${embedDim} and ${numHeads}`);
    }
    requireWhole(where, "kdim", kdim, 1);
    requireWhole(where, "vdim", vdim, 1);
    const isFused = kdim === embedDim && vdim === embedDim;
    const shapes = isFused ? [[3 * embedDim, embedDim]] : [embedDim, kdim, vdim].map((each) => [embedDim, each]);
    this.inProjWeights = shapes.map((shape) => xavierUniform(new Parameter(shape)));
    this.inProjBias = bias ? constant(new Parameter([3 * embedDim]), 0) : null;
    this.outProj = new Linear(embedDim, embedDim, { bias });
    if (this.outProj.bias) constant(this.outProj.bias, 0);
    this.attentionDropout = dropoutIfAny(dropout);
    this.batchFirst = batchFirst;
    this.causal = causal;
    this.#kdim = kdim;
    this.#vdim = vdim;
  }

  override namedChildren(): [string, Module][] {
    return [
      ["out_proj", this.outProj],
      ["dropout", this.attentionDropout],
    ];
  }

  /** @internal */
  override namedState(): [string, Parameter | Buffer<Dtype>][] {
    const names = this.inProjWeights.length === 1 ? ["in"] : ["q", "k", "v"];
    const state = this.inProjWeights.map((weight, i): [string, Parameter] => [`${names[i]}_proj_weight`, weight]);
    return this.inProjBias ? [...state, ["in_proj_bias", this.inProjBias]] : state;
  }

  override forward(
    query: Operand,
    key?: Operand,
    value?: Operand,
    keyPaddingMask?: Operand,
    attnMask?: Operand,
    lengths?: Operand,
  ): Operand {
    if (query.shape.length === 2) return this.#forwardOne(query, [key, value], keyPaddingMask, [attnMask, lengths]);
    const [[k = query, v = k, padding, mask], given] = splitLengths(
      query,
      [key, value, keyPaddingMask, attnMask, lengths],
      4,
    );
    const valid = given ?? (k === query ? lengthsAround("multiheadAttention", query, this.batchFirst) : undefined);
    if (!valid) return this.#attend(query, k, v, { keyPaddingMask: padding, attnMask: mask });
    const clear = (x: Operand): Operand => withoutPadding("multiheadAttention", x, valid, this.batchFirst);
    const keys = clear(k);
    const masks = { keyPaddingMask: padding, attnMask: mask, lengths: valid };
    const out = this.#attend(query === k ? keys : query, keys, v === k ? keys : clear(v), masks);
    return query === k ? clear(out) : out;
  }

  override configuration(): readonly unknown[] {
    return made(multiheadAttention, this.embedDim, this.numHeads, {
      dropout: rateOf(this.attentionDropout),
      bias: this.inProjBias !== null,
      kdim: this.#kdim,
      vdim: this.#vdim,
      batchFirst: this.batchFirst,
      causal: this.causal,
    });
  }

  override describe(): string {
    const heads = `${this.numHeads} head${this.numHeads === 1 ? "" : "s"}`;
    return `multiheadAttention ${this.embedDim}, ${heads}${this.causal ? ", causal" : ""}`;
  }

  #attend(query: Operand, key: Operand, value: Operand, masks: AttentionMasks): Operand {
    const [T, B] = this.#extents("query", query, this.embedDim);
    const [S] = this.#extents("key", key, this.#kdim, B);
    this.#extents("value", value, this.#vdim, B, S);
    const [q, k, v] = this.#heads(query, key, value);
    const { causal, attentionDropout } = this;
    const dropout = (weights: Operand): Operand => attentionDropout.call(weights);
    const context = scaledDotProductAttention(q, k, v, { ...masks, causal, dropout });
    const joined = permute(context, this.batchFirst ? [0, 2, 1, 3] : [2, 0, 1, 3]);
    return this.outProj.call(reshape(joined, [...(this.batchFirst ? [B, T] : [T, B]), this.embedDim]));
  }

  /** Applies attention to one sample, without a batch axis. */
  #forwardOne(
    query: Operand,
    [key = query, value = key]: readonly (Operand | undefined)[],
    padding: Operand | undefined,
    masks: readonly (Operand | undefined)[],
  ): Operand {
    const batches = new Map<Operand, Operand>();
    const batchOf = (x: Operand): Operand => {
      const shape = x.shape.toSpliced(this.batchFirst ? 0 : 1, 0, 1);
      const batch = batches.get(x) ?? reshape(x, shape);
      batches.set(x, batch);
      return batch;
    };
    const mask = padding && reshape(padding, [1, ...padding.shape]);
    return reshape(this.forward(batchOf(query), batchOf(key), batchOf(value), mask, ...masks), query.shape);
  }

  /** [length, batch] of x; refuses another shape. */
  #extents(name: string, x: Operand, features: number, batch?: number, length?: number): readonly [number, number] {
    const [L = 0, B = 0] = this.batchFirst ? [x.shape[1], x.shape[0]] : x.shape;
    const fits = x.shape.length === 3 && x.shape[2] === features && B === (batch ?? B) && L === (length ?? L);
    if (fits) return [L, B];
    const [time, samples] = [length ?? (name === "query" ? "T" : "S"), batch ?? "B"];
    const expected = this.batchFirst ? [samples, time, features] : [time, samples, features];
    throw new ShapeError(`multiheadAttention: ${name} must be [${expected.join(", ")}]; got ${x}`);
  }

  /** Projected query, key and value, each [B, heads, length, head features]; equal operands share one product. */
  #heads(query: Operand, key: Operand, value: Operand): [Operand, Operand, Operand] {
    const isFused = this.inProjWeights.length === 1;
    const sources = [query, key, value];
    const heads: Operand[] = [];
    while (heads.length < sources.length) {
      const first = heads.length;
      const last = isFused ? sources.lastIndexOf(sources[first] ?? query) : first;
      heads.push(...this.#project(sources[first] ?? query, first, last + 1));
    }
    return heads as [Operand, Operand, Operand];
  }

  /** Projections of x by the weights in [first, end) of the three, each [B, heads, length, head features]. */
  #project(x: Operand, first: number, end: number): Operand[] {
    const { embedDim, numHeads, batchFirst } = this;
    const rows = (whole: Operand): Operand => slice(whole, 0, first * embedDim, end * embedDim);
    const [all = x, ...more] = this.inProjWeights;
    const weight = more.length > 0 ? (this.inProjWeights[first] ?? x) : rows(all);
    const product = matmul(x, weight, { b: true });
    const biased = this.inProjBias ? add(product, rows(this.inProjBias)) : product;
    const count = end - first;
    const [outer = 0, inner = 0] = x.shape;
    const split = reshape(biased, [outer, inner, count, numHeads, embedDim / numHeads]);
    const heads = permute(split, batchFirst ? [2, 0, 3, 1, 4] : [2, 1, 3, 0, 4]);
    return Array.from({ length: count }, (_, i) => reshape(slice(heads, 0, i, i + 1), heads.shape.slice(1)));
  }
}

/** Dropout, or the identity if p is 0, so that no mask is drawn. */
export function dropoutIfAny(p: number): Dropout | Identity {
  return p === 0 ? new Identity() : new Dropout(p);
}

/** The current p of what `dropoutIfAny` made. */
export function rateOf(layer: Dropout | Identity): number {
  return layer instanceof Dropout ? layer.p : 0;
}

/**
 * Multi-head attention, softmax(q kᵀ / √d) v in each head: query [T, B, embedDim], or [B, T, embedDim] with batchFirst,
 * gives the same shape. See {@link MultiheadAttention}.
 */
export function multiheadAttention<const Features extends number>(
  embedDim: Features,
  numHeads: number,
  options?: MultiheadAttentionOptions,
): MultiheadAttention<Features> {
  return new MultiheadAttention(embedDim, numHeads, options);
}
