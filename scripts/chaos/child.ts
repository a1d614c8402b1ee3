/** The process that trains: `bundle.ts` bundles it with the scenarios. */
import { writeFileSync, writeSync } from "node:fs";
import process from "node:process";
import { type FitOptions, manualSeed, nn } from "lanegrad";
import type { Scenario } from "./scenario.ts";
import { flat } from "./flat.ts";
import { FITTED, type Job } from "./job.ts";

const STDOUT = 1;

/** Trains to the end, in a line for each step, and writes what the training left. */
export async function train(scenarios: readonly Scenario[], argument: string | undefined): Promise<void> {
  endWithParent();
  const job = JSON.parse(argument ?? "") as Job;
  const scenario = scenarios.find(({ name }) => name === job.scenario);
  if (!scenario) throw new Error(`chaos: the scenario must be known; got ${job.scenario}`);
  manualSeed(job.seed);
  const { trainer, set, options } = scenario.make();
  const history = await trainer.fit(set, {
    ...options,
    progress: false,
    checkpoint: { ...options.checkpoint, directory: job.directory },
    resume: true,
    onStep(step) {
      say(`${step.epoch} ${step.step} ${step.loss}`);
      return options.onStep?.(step);
    },
  });
  say(FITTED);
  const draws = nn.init.uniform(new nn.Parameter([4])).read();
  const left = flat({ history, model: trainer.model.stateDict(), trainer: trainer.stateDict(), draws }, "left");
  // State that no dictionary has shows in what happens next.
  const { batchSize, shuffle, dropLast } = options;
  const { epochs } = await trainer.fit(set, { batchSize, shuffle, dropLast, progress: false } as FitOptions);
  const next = flat({ epochs, trainer: trainer.stateDict() }, "next");
  writeFileSync(job.result, JSON.stringify({ ...left, ...next }));
}

/** Ends this process when its parent ended, however that happened: then its standard input closes. */
function endWithParent(): void {
  process.stdin.on("close", () => process.exit(1)).resume();
  process.stdin.unref();
}

/** Written at once, so that no line is lost when the process is killed. */
function say(line: string): void {
  writeSync(STDOUT, `${line}\n`);
}
