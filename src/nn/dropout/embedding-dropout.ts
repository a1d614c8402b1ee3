import { requireWithin } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { dropout } from "../../ops/dropout/dropout.ts";
import { type Module, requireModule } from "../module/module.ts";
import type { Parameter } from "../module/parameter.ts";
import type { Size } from "../module/sized.ts";
import { WeightDrop } from "./weight-drop.ts";
import { made } from "../configuration/made.ts";

/**
 * Drops whole words of an embedding while training: each row of its table is 0 with probability p, at every occurrence of
 * the word, and the others are multiplied by 1 / (1 - p); in evaluation the embedding is unchanged.
 *
 * Shape: as the embedding. State names are those of the embedding, without a prefix.
 * Advice: p from 0.1 to 0.2, if the table is large for the amount of text.
 * Sources: Gal and Ghahramani 2016, https://arxiv.org/abs/1512.05287; Merity et al. 2017, https://arxiv.org/abs/1708.02182
 *
 * @param embedding a layer with a table `weight` [words, features]
 * @param p probability that a word is dropped, in [0, 1]
 * @throws RangeError when p is outside [0, 1]
 * @throws TypeError when the layer has no such table
 */
export class EmbeddingDropout<In extends Size = Size, Out extends Size = Size> extends WeightDrop<In, Out> {
  constructor(embedding: Module<In, Out>, p = 0.1) {
    requireWithin("embeddingDropout", "p", p, 0, 1);
    requireModule("embeddingDropout", "the embedding", embedding);
    const table = new Map(embedding.namedParameters()).get("weight");
    if (table?.shape.length !== 2) {
      const found = table ? String(table) : embedding.describe();
      throw new TypeError(`embeddingDropout: the layer must have a weight [words, features]; got ${found}`);
    }
    super(embedding, ["weight"], p);
  }

  protected override dropped(table: Parameter): Operand {
    return dropout(table, this.counter, this.rate, { axes: [1] });
  }

  override configuration(): readonly unknown[] {
    return made(embeddingDropout, this.layer, this.p);
  }

  override describe(): string {
    return `embeddingDropout ${this.p}`;
  }
}

/**
 * Drops whole words of an embedding, rows of its table, with probability p while training; see {@link EmbeddingDropout}.
 * Default of p: 0.1.
 */
export function embeddingDropout<In extends Size, Out extends Size>(
  embedding: Module<In, Out>,
  p?: number,
): EmbeddingDropout<In, Out> {
  return new EmbeddingDropout(embedding, p);
}
