import { secondsPerCall, type Effort } from "../measure.ts";
import type { Batch, Network } from "../network.ts";
import { loss } from "../reference.ts";
import type { Subject } from "../subjects/subject.ts";

/** Seconds a training step, of a subject whose loss starts where it must and falls. */
export function secondsPerStep(subject: Subject, network: Network, batch: Batch, effort: Effort): number | undefined {
  const step = subject.train?.(network, batch);
  if (step === undefined) return undefined;
  const expected = loss(network, batch);
  const tolerance = network.dropout > 0 ? 0.1 : 1e-4; // relative; dropout changes the loss at random
  const first = step();
  if (!(Math.abs(first - expected) <= tolerance * expected)) {
    throw new Error(`training: the first loss must be ${expected.toFixed(4)}; got ${first}`);
  }
  let last = first;
  const seconds = secondsPerCall(() => {
    last = step();
  }, effort);
  if (!(last < first)) throw new Error(`training: the loss must fall from ${first}; got ${last}`);
  return seconds;
}
