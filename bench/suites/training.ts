import { measure, type Effort } from "../measure.ts";
import type { Batch, Network } from "../network.ts";
import { loss } from "../reference.ts";
import type { Run, Subject } from "../subjects/subject.ts";

/** Seconds per training step; checks that the loss starts at the expected value and falls. */
export async function secondsPerStep(
  subject: Subject,
  network: Network,
  batch: Batch,
  effort: Effort,
): Promise<number | undefined> {
  const step = await subject.train?.(network, batch);
  if (step === undefined) return undefined;
  const first = await step();
  if (subject.ownLoss !== true) requireStart(first, network, batch);
  return secondsWhileFalling(step, first, effort);
}

/** Seconds per call; checks that the loss falls below `first`. */
export async function secondsWhileFalling(run: Run<number>, first: number, effort: Effort): Promise<number> {
  const { seconds, result } = await measure(run, effort);
  if (!(result < first)) throw new Error(`training: the loss must fall from ${first}; got ${result}`);
  return seconds;
}

function requireStart(first: number, network: Network, batch: Batch): void {
  const expected = loss(network, batch);
  const tolerance = network.dropout > 0 ? 0.2 : 1e-4; // relative; dropout changes the loss at random
  if (Math.abs(first - expected) <= tolerance * expected) return;
  throw new Error(`training: the first loss must be ${expected.toFixed(4)}; got ${first}`);
}
