import { requireWhole } from "../base/errors.ts";
import { inOrder } from "../base/numbers.ts";
import { kernels } from "./engine.ts";
import { Storage } from "../memory/storage.ts";
import { RngState } from "../memory/rng-state.ts";
import type { Variable } from "../memory/variable.ts";
import { integersAt, numbersAt } from "../memory/memory.ts";

let seed = Math.floor(Math.random() * 2 ** 53);
let streams = 0;

/**
 * Seeds all random numbers from here on: initial values, shuffles and masks. Layers, trainers and shuffles draw the same
 * numbers when they are made in the same order after the same seed. Default: a random seed for each process.
 * @param value a whole number from 0 to 2^53 - 1
 * @throws RangeError when value is anything else
 */
export function manualSeed(value: number): void {
  requireWhole("manualSeed", "seed", value, 0, Number.MAX_SAFE_INTEGER);
  seed = value;
  streams = 0;
}

/** The seed, and how many streams were taken from it, from which all random numbers follow. */
export interface GlobalRandomState {
  readonly seed: number;
  readonly streams: number;
}

/** The state of `manualSeed` and of all that drew streams since. @internal */
export function globalRandomState(): GlobalRandomState {
  return { seed, streams };
}

/** Restores `globalRandomState`. @internal */
export function setGlobalRandomState(state: GlobalRandomState): void {
  ({ seed, streams } = state);
}

/** An RNG state with a stream of its own: no two share draws. */
export function nextRngState(): RngState {
  const next = nextStream();
  return new RngState(next.seed, next.stream);
}

/** Fills a variable with draws uniform in [low, high), by the generator `state`. */
export function fillUniform(variable: Variable, state: RngState, low: number, high: number): void {
  variable.storage.markWritten();
  kernels().uniform(variable.address, state.address, 0, low, high, variable.size, 0, 1);
}

/** Fills a variable with draws from a normal distribution, by the generator `state`. */
export function fillNormal(variable: Variable, state: RngState, mean: number, std: number): void {
  variable.storage.markWritten();
  kernels().normal(variable.address, state.address, 0, mean, std, variable.size, 0, 1);
}

/** A stream of random numbers: no two of one seed share draws. */
export interface Stream {
  readonly seed: number;
  readonly stream: number;
}

/** A stream that nothing else draws from. */
export function nextStream(): Stream {
  return { seed, stream: streams++ };
}

/**
 * The numbers 0 to length - 1 in random order, a function of length, stream and step (Fisher and Yates).
 * @param stream Default: a stream of its own.
 */
export function permutation(length: number, stream: Stream = nextStream(), step = 0): Int32Array {
  const draws = drawnWords(length, stream, step, 0);
  const order = inOrder(length);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(((draws[i] ?? 0) / 2 ** 32) * (i + 1));
    const swapped = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = swapped;
  }
  return order;
}

/**
 * `length` words uniform in [0, 2^32), a function of stream, step and use.
 * @param use draws for different uses are independent
 * @returns a view that the next draw overwrites
 */
export function drawnWords(length: number, from: Stream, step: number, use: number): Uint32Array {
  const { state, words } = scratchFor(length);
  state.restart(from.seed, from.stream, step);
  kernels().philox(state.address, use, words.address, length, 0, 1);
  const { buffer, byteOffset } = integersAt(words.address, length);
  return new Uint32Array(buffer, byteOffset, length);
}

/** `length` draws from the standard normal distribution, like `drawnWords`. */
export function drawnNormals(length: number, from: Stream, step: number, use: number): Float32Array {
  const { state, words } = scratchFor(length);
  state.restart(from.seed, from.stream, step);
  kernels().normal(words.address, state.address, use, 0, 1, length, 0, 1);
  return numbersAt("float32", words.address, length);
}

/** Scratch memory for draws, reused because small data sets are shuffled often. */
let scratch: { readonly state: RngState; readonly words: Storage } | undefined;

function scratchFor(length: number): NonNullable<typeof scratch> {
  if (!scratch || scratch.words.bytes < length * 4) {
    scratch = { state: new RngState(0, 0), words: new Storage(length * 4) };
  }
  return scratch;
}
