import { generations } from "./directory.ts";
import { run } from "./process.ts";
import type { Scenario } from "./scenario.ts";
import { ChaosError, SEED, type Setup, isWhole, printEnding } from "./setup.ts";
import type { State } from "./state.ts";
import { TrainingFiles } from "./training-files.ts";

/** A training that was never interrupted. */
export interface Reference {
  /** A line `epoch step loss` for each step. */
  readonly steps: readonly string[];
  readonly state: State;
  /** Count of checkpoints that it kept. */
  readonly kept: number;
  readonly milliseconds: number;
}

/** Trains a scenario without interruption. @throws ChaosError when it fails or writes no checkpoint */
export async function referenceOf(
  { name, strict = true }: Scenario,
  { program, nodes, folder, limit }: Setup,
): Promise<Reference> {
  const files = new TrainingFiles(folder);
  const job = { scenario: name, seed: SEED, directory: files.directory, result: files.result };
  const ending = await run({ node: nodes[0], program, job, threads: 1, strict, limit });
  if (!isWhole(ending)) throw new ChaosError(`without interruption, the process ${printEnding(ending)}`, []);
  const kept = generations(files.directory).length;
  if (kept < 2) throw new ChaosError(`two checkpoints at least must be kept; got ${kept}`, []);
  const { steps, milliseconds } = ending;
  return { steps, milliseconds, kept, state: files.state() };
}
