import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { random } from "../../bench/random.ts";
import { Chain, type Tally } from "./chain.ts";
import { type Reference, referenceOf } from "./reference.ts";
import type { Scenario } from "./scenario.ts";
import { ChaosError, type Setup } from "./setup.ts";

export interface ChaosOptions extends Omit<Setup, "folder"> {
  readonly scenarios: readonly Scenario[];
  /** Least number of SIGKILLs, over all scenarios. */
  readonly kills: number;
  readonly seed: number;
  readonly progress?: (line: string) => void;
}

/** All that happened to a scenario; `failure` if anything was not as it must be. */
export interface Outcome extends Tally {
  readonly name: string;
  failure: ChaosError | undefined;
}

/** Trainings in a row in which no process was killed, after which the harness gives up. */
const MOST_IDLE_TURNS = 20;

/** Trains each scenario in turn with interruptions, until there were enough kills. A scenario that failed is left out. */
export async function chaos(options: ChaosOptions): Promise<Outcome[]> {
  const folder = mkdtempSync(join(tmpdir(), "lanegrad-chaos-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  process.on("exit", remove);
  try {
    return await inTurns(options, { ...options, folder: join(folder, "training") });
  } finally {
    process.off("exit", remove);
    remove();
  }
}

async function inTurns({ scenarios, kills, seed, progress }: ChaosOptions, setup: Setup): Promise<Outcome[]> {
  const draw = random(seed);
  const outcomes = scenarios.map(({ name }) => outcomeOf(name));
  const references = new Map<Scenario, Reference>();
  const total = (): number => outcomes.reduce((sum, outcome) => sum + outcome.kills, 0);
  for (let turn = 0, idle = 0; idle < MOST_IDLE_TURNS; turn++) {
    const isEnough = turn >= scenarios.length && total() >= kills;
    if (isEnough || outcomes.every(({ failure }) => failure)) return outcomes;
    const [scenario, outcome] = [scenarios[turn % scenarios.length], outcomes[turn % scenarios.length]];
    if (!scenario || !outcome || outcome.failure) continue;
    const before = total();
    progress?.(`${scenario.name}: ${before} of ${kills} kills`);
    try {
      const reference = references.get(scenario) ?? (await referenceOf(scenario, setup));
      references.set(scenario, reference);
      await new Chain(scenario, reference, setup, draw, outcome).run();
    } catch (error) {
      outcome.failure = error instanceof ChaosError ? error : new ChaosError(String(error), []);
    }
    idle = total() > before ? 0 : idle + 1;
  }
  throw new Error(`chaos: processes must be killed; got none killed in ${MOST_IDLE_TURNS} trainings in a row`);
}

function outcomeOf(name: string): Outcome {
  return { name, kills: 0, writing: 0, signals: 0, resumes: 0, damaged: 0, failure: undefined };
}
