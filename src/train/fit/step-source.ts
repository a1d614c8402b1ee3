import type { Stream } from "../../runtime/random.ts";
import type { RunningMetrics } from "../evaluation/running-metrics.ts";

/** The batches of `fit`, on which it runs steps in order. */
export interface StepSource {
  /** Samples in an epoch; undefined for a stream. */
  readonly samples: number | undefined;
  /** Steps in an epoch; undefined for a stream. */
  readonly steps: number | undefined;
  /**
   * Begins an epoch.
   * @param epoch counted from 1
   * @param orders the stream of random numbers that gives each epoch its order
   * @param first the first step that will run, counted from 0
   */
  begin(epoch: number, orders: Stream, first: number): void;
  /** Makes the batch of the next step ready: a promise if that takes time. */
  prepare(): PromiseLike<unknown> | undefined;
  /** Whether the epoch has no step of this number, counted from 0. For a stream: after `prepare`. */
  isAtEnd(step: number): boolean;
  /**
   * Runs a step, counted from 0, adds it to the metrics and returns its loss.
   * @param isGuarded whether a loss that is not finite is an error; batches of weight 0 may have one
   * @throws NonFiniteError at such a loss; the step has changed nothing then
   */
  step(step: number, metrics: RunningMetrics, isGuarded: boolean): number;
  /** Forgets which programs steps run, after other code ran that may have changed the model. */
  refresh(): void;
  /** Ends the epoch, whatever is left of it. */
  close(): PromiseLike<unknown> | undefined;
  /** Frees kernel memory. */
  free(): void;
}
