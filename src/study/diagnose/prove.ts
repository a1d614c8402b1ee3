import type { AnyDataset } from "../../data/dataset.ts";
import { manualSeed } from "../../runtime/random.ts";
import type { Evaluation } from "../../train/evaluation/evaluation.ts";
import type { Trainer } from "../../train/trainer.ts";
import { withRandomState } from "../preserved.ts";
import { requireTrainer } from "../rate-range.ts";
import { estimate } from "../estimate.ts";
import type { Change, Proof } from "./finding.ts";

/** Of intervals of gains. */
const LEVEL = 0.95;

/** What trainings are made of. */
export interface Runs {
  readonly factory: (change: Change) => Trainer;
  readonly training: AnyDataset;
  readonly validation: AnyDataset;
  readonly epochs: number;
  readonly batchSize: number;
  /** Count of seeds, at least 2. */
  readonly seeds: number;
}

/** A fresh trainer. @throws TypeError when `factory` does not return one */
export function made(factory: (change: Change) => Trainer, change: Change): Trainer {
  const trainer = factory(change);
  requireTrainer("diagnose: factory", trainer);
  return trainer;
}

/** Trainings of several seeds without any change. */
export async function baseRuns(runs: Runs): Promise<readonly Evaluation[]> {
  return runsOf(runs, {});
}

/** Trains with a change over the seeds of `base`, and compares the validation metrics seed by seed. */
export async function proved(runs: Runs, change: Change, base: readonly Evaluation[]): Promise<Proof> {
  const changed = await runsOf(runs, change);
  const gains = base.map(({ loss }, i) => loss - (changed[i]?.loss ?? NaN));
  const accuracies = base.map(({ accuracy }, i) => (changed[i]?.accuracy ?? NaN) - (accuracy ?? NaN));
  const gain = estimate(gains, LEVEL);
  return {
    seeds: seedsOf(runs),
    base: base.map(({ loss }) => loss),
    changed: changed.map(({ loss }) => loss),
    gain,
    accuracyGain: accuracies.every(Number.isFinite) ? estimate(accuracies, LEVEL) : undefined,
    isProven: gain.low > 0,
  };
}

async function runsOf(runs: Runs, change: Change): Promise<readonly Evaluation[]> {
  const { factory, training, validation, batchSize } = runs;
  const epochs = change.epochs ?? runs.epochs;
  return withRandomState(async () => {
    const evaluations: Evaluation[] = [];
    for (const seed of seedsOf(runs)) {
      manualSeed(seed);
      const trainer = made(factory, change);
      await trainer.fit(training, { epochs, batchSize, progress: false, nonFinite: "continue" });
      evaluations.push(trainer.evaluate(validation));
    }
    return evaluations;
  });
}

function seedsOf({ seeds }: Runs): number[] {
  return Array.from({ length: seeds }, (_, i) => i + 1);
}
