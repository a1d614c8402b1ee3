import type { Model } from "../model.ts";
import type { Batch, Network } from "../network.ts";

/** A call with prepared arguments; the preparation is not measured. */
export interface Run<Result> {
  (): Result | Promise<Result>;
  /** Seconds until the engine has optimized it, if that takes long. */
  readonly warmUp?: number;
  /** Seconds of each of many single calls, for a subject that measures them in another process. */
  readonly sample?: (seconds: number) => Promise<readonly number[]>;
}

/** Undefined if the library cannot do it in this size. */
export type Prepared<Result> = Run<Result> | Promise<Run<Result>> | undefined;

export interface LoopSize {
  /** Samples of a step; those of an epoch are a multiple of it. */
  readonly batchSize: number;
  readonly epochs: number;
}

/** What runs all epochs of a training; the later members do it by a loop of the library. */
export interface Loops {
  /** Bare calls of a step on batches that were made before. */
  readonly steps: () => unknown;
  readonly fit: () => unknown;
  /** With all that a user may switch on, but without validation and checkpoints. */
  readonly "fit, all on"?: () => unknown;
  /** Events of all steps, read one by one. */
  readonly events?: () => unknown;
}

/** What a library can do in the benchmark; members that it cannot do are missing. */
export interface Subject {
  /** Multiplies a [size, size] by b [size, size]; the product must be readable in JavaScript. */
  matmul?(size: number, a: Float32Array, b: Float32Array): Prepared<ArrayLike<number>>;
  /** Takes one training step (forward, backward, update) and returns the loss before it. */
  train?(network: Network, batch: Batch): Prepared<number>;
  /** The same for a model of other layers, without dropout, by cross-entropy and Adam. */
  trainLayers?(model: Model, batch: Batch): Prepared<number>;
  /** Trains for some epochs of one step by the library's own loop and returns the mean loss of the last. */
  fit?(network: Network, batch: Batch, epochs: number): Prepared<number>;
  /** Prepares the same steps by bare calls and by loops of the library, to be measured in turn. */
  loops?(network: Network, samples: Batch, size: LoopSize): Loops | Promise<Loops>;
  /** Returns the network's outputs in evaluation mode. */
  predict?(network: Network, x: Float32Array, rows: number): Prepared<ArrayLike<number>>;
  /** How far an output of `predict` may be from that in double precision. Default: 1e-4. */
  readonly tolerance?: number;
  readonly coldstart?: ColdStart;
  /** Whether it saves and loads by the programs in `files/`: by node:fs alone, or by lanegrad and node:fs in turn. */
  readonly files?: "fs" | "lanegrad";
  /** Whether its training can drop inputs too. */
  readonly dropsInputs?: boolean;
  /** Its training differs (see the README), so that its loss is only required to fall. */
  readonly ownLoss?: boolean;
  /** The version of a library that is not an npm package. */
  readonly version?: string;
}

/** Outputs of the benchmark's network are up to 0.3. */
export const INT8_TOLERANCE = 0.02;
export const HALF_TOLERANCE = 2e-3;

/** A program in `coldstart/` that loads weights and predicts once. */
export interface ColdStart {
  readonly program: string;
  readonly settings: Settings;
  /** Writes files that only this subject reads into the folder of the program. */
  readonly prepare?: (network: Network) => Promise<void>;
  readonly ships: Shipped;
}

/** What a service takes along to predict. */
export interface Shipped {
  /** Packages that are bundled. */
  readonly packages: readonly string[];
  /** Files of `bench/peers/node_modules` beside the bundle. */
  readonly files?: readonly string[];
  /** Files in the folder of the program: weights, and what `prepare` writes. */
  readonly weights: readonly string[];
}

/** Settings of one measured variant; each subject's module reads its own. */
export type Settings = Readonly<Record<string, boolean | number>>;

/** What a subject's module exports: the subject, or one sentence why this machine cannot run it with these settings. */
export type Load = (settings: Settings, threads: number) => Promise<Subject | string>;
