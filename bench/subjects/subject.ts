import type { Batch, Network } from "../network.ts";

/** What a library can do in the benchmark; what it cannot is left out. Arguments are prepared once, outside the time. */
export interface Subject {
  /** Gives a function that multiplies a [size, size] by b [size, size] and returns the product, readable in JavaScript. */
  matmul?(size: number, a: Float32Array, b: Float32Array): () => ArrayLike<number>;
  /** Gives a function that takes one training step (forward, backward, update) and returns the loss before it. */
  train?(network: Network, batch: Batch): () => number;
  /** Gives a function that returns the network's outputs in evaluation mode. */
  predict?(network: Network, x: Float32Array, rows: number): () => ArrayLike<number>;
}

/** Settings of one measured variant; each subject's module reads its own. */
export type Settings = Readonly<Record<string, boolean | number>>;

/** What a subject's module exports: the subject, or one sentence why this machine cannot run it so. */
export type Load = (settings: Settings) => Promise<Subject | string>;
