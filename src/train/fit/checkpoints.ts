import { platform } from "#platform";
import { StateDictError } from "../../base/errors.ts";
import type { StateRecord } from "../../base/state-tree.ts";
import type { Tensor } from "../../base/tensor.ts";
import { CheckpointDirectory } from "../../files/checkpoint/directory.ts";
import type { TrainingStep } from "../step/training-step.ts";
import { type FilledCheckpointOptions, isBetter, metricOf } from "./checkpoint-options.ts";
import type { FitRun } from "./fit-run.ts";
import type { Epoch } from "./history.ts";

const WHERE = "fit: checkpoint";
const REFRESH = 10_000; // ms between refreshes of the lock

/** Gives what a checkpoint holds. */
export interface Contents {
  /** All state of the training. */
  state(): StateRecord;
  /** JSON of the model's configuration, without it if the model has none. */
  model(): string | undefined;
}

/** Writes checkpoints of a `fit` when they are due, and keeps the best weights. */
export class Checkpoints {
  readonly #options: FilledCheckpointOptions;
  readonly #directory: CheckpointDirectory;
  readonly #step: TrainingStep;
  readonly #contents: Contents;
  /** The step of the best checkpoint as each checkpoint knows it, by the step of the checkpoint. */
  readonly #bestAt = new Map<number, number | undefined>();
  #bestWeights: Readonly<Record<string, Tensor>> | undefined;
  #writtenAt = performance.now();
  #refreshedAt = performance.now();
  #isTimeUp = false;

  private constructor(
    options: FilledCheckpointOptions,
    directory: CheckpointDirectory,
    step: TrainingStep,
    contents: Contents,
  ) {
    this.#options = options;
    this.#directory = directory;
    this.#step = step;
    this.#contents = contents;
  }

  /** @throws FileError when the directory cannot be written to, or another process has it */
  static async open(options: FilledCheckpointOptions, step: TrainingStep, contents: Contents): Promise<Checkpoints> {
    const directory = await CheckpointDirectory.open(WHERE, options.directory);
    return new Checkpoints(options, directory, step, contents);
  }

  /** The state of the newest checkpoint that is whole; undefined if there is none. */
  async newest(): Promise<StateRecord | undefined> {
    const found = await this.#directory.newest(WHERE);
    for (const step of this.#directory.steps) {
      const description = await this.#directory.describe(WHERE, step);
      this.#bestAt.set(step, bestIn(description));
    }
    return found?.state;
  }

  /** Refuses a directory with checkpoints, which a new training would overwrite. */
  requireEmpty(): void {
    if (this.#directory.length === 0) return;
    throw new StateDictError(
      `${WHERE}: the directory of a new training must have no checkpoints; got ${this.#directory.length} in "${this.#directory.path}" (resume: true goes on from the newest)`,
    );
  }

  /** Continues a run that was saved: gets its best weights. */
  async continue(run: FitRun): Promise<void> {
    if (run.best?.by !== this.#options.best) run.best = undefined;
    const { best } = run;
    if (!best) return;
    try {
      const { state } = await this.#directory.read(WHERE, best.steps);
      this.#bestWeights = weightsIn(state);
      await this.#directory.nameBest(WHERE, best.steps);
    } catch (error) {
      platform.warn(`${(error as Error).message}; the weights of the best epoch, ${best.epoch}, are lost`);
      run.best = undefined;
    }
  }

  /** Notices the time, now and then. */
  async tick(now: number): Promise<void> {
    const { everySeconds = Infinity } = this.#options;
    if (now - this.#writtenAt >= everySeconds * 1000) this.#isTimeUp = true;
    if (now - this.#refreshedAt < REFRESH) return;
    await this.#directory.refresh(WHERE);
    this.#refreshedAt = now;
  }

  /** Whether a checkpoint is due after a step. */
  isDue({ steps }: FitRun): boolean {
    const { everySteps = Infinity } = this.#options;
    return this.#isTimeUp || steps % everySteps === 0;
  }

  /** After an epoch: notes whether it is the best, and writes a checkpoint if one is due or it is. */
  async afterEpoch(run: FitRun, report: Epoch, isLast: boolean): Promise<void> {
    const { best: by, everyEpochs = Infinity } = this.#options;
    const { steps } = run;
    let isBest = false;
    if (by !== undefined) {
      const value = metricOf(by, report);
      isBest = !Number.isNaN(value) && (run.best === undefined || isBetter(by, value, run.best.value));
      if (isBest) run.best = { by, epoch: report.epoch, value, steps };
      if (isBest) this.#bestWeights = this.#step.model.stateDict();
    }
    if (!isBest && !isLast && report.epoch % everyEpochs !== 0 && !this.isDue(run)) return;
    await this.write(run);
    if (isBest) await this.#directory.nameBest(WHERE, steps);
  }

  /** Writes a checkpoint. */
  async write(run: FitRun): Promise<void> {
    const { steps, best } = run;
    const model = this.#contents.model();
    const description = JSON.stringify({ version: 1, best: best?.steps ?? null }).slice(0, -1);
    const generation = {
      state: this.#contents.state(),
      description: `${description}${model === undefined ? "" : `,"model":${model}`}}`,
    };
    this.#bestAt.set(steps, best?.steps);
    await this.#directory.write(WHERE, steps, generation, this.#kept(steps));
    this.#writtenAt = performance.now();
    this.#isTimeUp = false;
  }

  /** Gives the model the weights of the best epoch. */
  restoreBest(): void {
    if (this.#bestWeights) this.#step.model.loadStateDict(this.#bestWeights);
  }

  close(): Promise<void> {
    return this.#directory.close();
  }

  /** The steps of checkpoints that stay: the newest, that of this step included, and the best as each of them knows it. */
  #kept(step: number): Set<number> {
    const steps = [...new Set([step, ...this.#directory.steps])].toSorted((a, b) => b - a);
    const newest = steps.slice(0, this.#options.keep);
    const best = newest.flatMap((each) => this.#bestAt.get(each) ?? []);
    return new Set([...newest, ...best]);
  }
}

/** The step of the best checkpoint in the description of another. */
function bestIn(description: string | undefined): number | undefined {
  if (description === undefined) return undefined;
  try {
    const { best }: { readonly best?: unknown } = Object(JSON.parse(description));
    return typeof best === "number" ? best : undefined;
  } catch {
    return undefined;
  }
}

/** The parameters and buffers of the model in the state of a checkpoint. */
function weightsIn(state: StateRecord): Readonly<Record<string, Tensor>> {
  const { model }: { readonly model?: unknown } = state;
  const weights: unknown = Reflect.get(Object(model), "state");
  return Object(weights) as Readonly<Record<string, Tensor>>;
}
