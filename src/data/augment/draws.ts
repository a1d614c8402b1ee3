import { philoxBlock, philoxWords } from "../../base/philox.ts";
import { type Stream, drawnNormals, drawnWords } from "../../runtime/random.ts";

/** Uses of a stream: words drawn one by one have use 0. */
const WORDS = 1;
const NORMALS = 2;

/** Random numbers for a sample: a function of the stream, the epoch, the sample and the transform that draws. */
export class Draws {
  /** The seed of the epoch. */
  readonly #seed: number;
  readonly #block = new Uint32Array(4);
  #transform = 0;
  #sample = 0;
  #drawn = 0;

  constructor({ seed, stream }: Stream, epoch: number) {
    const [low = 0, high = 0] = philoxWords(2, seed, stream, epoch);
    this.#seed = low + (high % 2 ** 21) * 2 ** 32;
  }

  /** Begins the draws of a transform for a sample, both counted from 0. */
  begin(transform: number, sample: number): void {
    this.#transform = transform;
    this.#sample = sample;
    this.#drawn = 0;
  }

  /** A number uniform in [0, 1). */
  uniform(): number {
    const word = this.#drawn % 4;
    if (word === 0) philoxBlock(this.#block, 0, Math.floor(this.#drawn / 4), this.#seed, this.#transform, this.#sample);
    this.#drawn++;
    return (this.#block[word] ?? 0) / 2 ** 32;
  }

  /** A number uniform in [low, high). */
  between([low, high]: readonly [number, number]): number {
    return low + (high - low) * this.uniform();
  }

  /** A whole number uniform in [0, end). */
  below(end: number): number {
    return Math.floor(this.uniform() * end);
  }

  /** `length` words uniform in [0, 2^32), the same at each call: a view that the next draw overwrites. */
  words(length: number): Uint32Array {
    return drawnWords(length, { seed: this.#seed, stream: this.#transform }, this.#sample, WORDS);
  }

  /** `length` numbers from the standard normal distribution, like `words`. */
  normals(length: number): Float32Array {
    return drawnNormals(length, { seed: this.#seed, stream: this.#transform }, this.#sample, NORMALS);
  }
}
