import { requireWhole, shown } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import type { Operand } from "../graph/operand.ts";
import { embedding as embeddingOf } from "../ops/embedding.ts";
import { normal } from "./init.ts";
import { Module } from "./module/module.ts";
import { Parameter } from "./module/parameter.ts";
import { made } from "./configuration/made.ts";

export interface EmbeddingOptions {
  /** Id of padding: its row is initialized to 0 and not learned. Negative: counted from the end. Default: none. */
  readonly paddingIdx?: number;
}

/**
 * The row of a learned table for each id: y[..., :] = weight[x[...], :].
 *
 * Shape: x of any shape, int32 in [0, numEmbeddings), gives y [...x, embeddingDim]; `weight` is
 * [numEmbeddings, embeddingDim].
 * Initial values: normal with mean 0 and standard deviation 1, as in PyTorch.
 * Ids must be an input, a slice or a copy of one, or a constant, so that ids out of range are refused before a run.
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.Embedding.html
 *
 * @throws RangeError when a size is not a whole number of at least 1, or paddingIdx is not an id
 * @throws TypeError when an option is unknown
 */
export class Embedding<Dim extends number = number> extends Module<number, Dim> {
  readonly weight: Parameter;
  readonly paddingIdx: number | undefined;

  constructor(
    readonly numEmbeddings: number,
    readonly embeddingDim: Dim,
    options: EmbeddingOptions = {},
  ) {
    super();
    requireWhole("embedding", "numEmbeddings", numEmbeddings, 1);
    requireWhole("embedding", "embeddingDim", embeddingDim, 1);
    const { paddingIdx } = withDefaults("embedding", options, { paddingIdx: undefined });
    const id = paddingIdx ?? 0;
    if (!(Number.isInteger(id) && id >= -numEmbeddings && id < numEmbeddings)) {
      throw new RangeError(
        `embedding: paddingIdx must be a whole number from ${-numEmbeddings} to ${numEmbeddings - 1}; got ${shown(paddingIdx)}`,
      );
    }
    this.weight = normal(new Parameter([numEmbeddings, embeddingDim]));
    if (paddingIdx === undefined) return;
    const row = paddingIdx < 0 ? paddingIdx + numEmbeddings : paddingIdx;
    this.paddingIdx = row;
    this.weight.amend(() => this.weight.write().fill(0, row * embeddingDim, (row + 1) * embeddingDim));
  }

  override forward(x: Operand): Operand {
    return embeddingOf(x, this.weight, this.paddingIdx);
  }

  override configuration(): readonly unknown[] {
    return made(embedding, this.numEmbeddings, this.embeddingDim, {
      ...(this.paddingIdx !== undefined && { paddingIdx: this.paddingIdx }),
    });
  }

  override describe(): string {
    const padding = this.paddingIdx === undefined ? "" : `, padding ${this.paddingIdx}`;
    return `embedding ${this.numEmbeddings} x ${this.embeddingDim}${padding}`;
  }
}

/**
 * The row of a learned table for each id: int32 ids of any shape in [0, numEmbeddings) give [..., embeddingDim].
 * See {@link Embedding}.
 */
export function embedding<const Dim extends number>(
  numEmbeddings: number,
  embeddingDim: Dim,
  options?: EmbeddingOptions,
): Embedding<Dim> {
  return new Embedding(numEmbeddings, embeddingDim, options);
}
