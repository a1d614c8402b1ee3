import { platform } from "#platform";
import { StateDictError } from "../../base/errors.ts";
import type { StateRecord } from "../../base/state-tree.ts";
import type { Tensor } from "../../base/tensor.ts";
import { type CheckpointFile, CheckpointDirectory } from "../../files/checkpoint/directory.ts";
import { VERSION } from "../../files/model-file.ts";
import { configurationIfSavable } from "../../nn/configuration/encode.ts";
import { trainerState } from "../state/trainer-state.ts";
import type { TrainingStep } from "../step/training-step.ts";
import { followedValue, isBetter } from "../evaluation/followed.ts";
import type { FilledCheckpointOptions } from "./checkpoint-options.ts";
import type { Audience } from "./audience.ts";
import type { Happenings } from "./happenings.ts";
import type { Stop } from "./stop.ts";
import type { FitRun } from "./fit-run.ts";
import type { Epoch } from "./history.ts";

export type { CheckpointFile };

const WHERE = "fit: checkpoint";
const REFRESH = 10_000; // ms between refreshes of the lock

/** Who is told of a checkpoint, and may stop the training then. */
interface Told {
  readonly audience: Audience;
  readonly stop: Stop;
}

/** Writes checkpoints of a `fit` when they are due, and keeps the best weights. */
export class Checkpoints {
  readonly #options: FilledCheckpointOptions;
  readonly #directory: CheckpointDirectory;
  readonly #step: TrainingStep;
  /** The step of the best checkpoint as each checkpoint knows it, by the step of the checkpoint. */
  readonly #bestAt = new Map<number, number | undefined>();
  #bestWeights: Readonly<Record<string, Tensor>> | undefined;
  #writtenAt = performance.now();
  #refreshedAt = performance.now();
  #isTimeUp = false;

  private constructor(options: FilledCheckpointOptions, directory: CheckpointDirectory, step: TrainingStep) {
    this.#options = options;
    this.#directory = directory;
    this.#step = step;
  }

  /** @throws FileError when the directory cannot be written to, or another process has it */
  static async open(options: FilledCheckpointOptions, step: TrainingStep): Promise<Checkpoints> {
    return new Checkpoints(options, await CheckpointDirectory.open(WHERE, options.directory), step);
  }

  /**
   * What `check` gives for the newest checkpoint that is whole and of this training; undefined if there are none.
   * @throws StateDictError when there are, but none is of this training; FormatError when all are damaged
   */
  async newest<T>(check: (state: StateRecord, file: CheckpointFile) => T): Promise<T | undefined> {
    const found = await this.#directory.newest(WHERE, ({ state }, file) => check(state, file));
    for (const step of this.#directory.steps) {
      this.#bestAt.set(step, bestIn(await this.#directory.describe(WHERE, step)));
    }
    return found;
  }

  /** Refuses a directory with checkpoints, which a new training would overwrite. */
  requireEmpty(): void {
    const { steps, path } = this.#directory;
    if (steps.length === 0) return;
    throw new StateDictError(
      `${WHERE}: the directory of a new training must have no checkpoints; got ${steps.length} in "${path}" (resume: true goes on from the newest)`,
    );
  }

  /** Continues a run that was saved: gets its best weights, and removes checkpoints that are not kept any more. */
  async continue(run: FitRun): Promise<void> {
    const [newest] = this.#directory.steps;
    // Before the next is written: a disk may be full of them.
    if (newest !== undefined) await this.#directory.removeOthers(WHERE, this.#kept(newest));
    if (run.best?.by !== this.#options.best) run.best = undefined;
    const { best } = run;
    if (!best) return;
    try {
      this.#bestWeights = weightsIn((await this.#directory.read(WHERE, best.steps)).state);
      await this.#directory.nameBest(WHERE, best.steps);
    } catch (error) {
      const { message } = error as Error;
      platform.warn(`${message}; the weights of the best epoch so far, ${best.epoch}, are lost`);
      run.best = undefined;
    }
  }

  /** Notices the time, now and then. @param now milliseconds, of performance.now() */
  async tick(now: number): Promise<void> {
    const { everySeconds = Infinity } = this.#options;
    if (now - this.#writtenAt >= everySeconds * 1000) this.#isTimeUp = true;
    if (now - this.#refreshedAt < REFRESH) return;
    this.#refreshedAt = now;
    await this.#directory.refresh(WHERE);
  }

  /** Whether a checkpoint is due after a step. */
  isDue({ steps }: FitRun): boolean {
    const { everySteps = Infinity } = this.#options;
    return this.#isTimeUp || steps % everySteps === 0;
  }

  /** After an epoch: notes whether it is the best, and writes a checkpoint if one is due or it is. */
  *afterEpoch(run: FitRun, report: Epoch, isLast: boolean, told: Told): Happenings<void> {
    const { best: by, mode, everyEpochs = Infinity } = this.#options;
    const value = by === undefined ? NaN : followedValue(by, report);
    const isBest = by !== undefined && isBetter(by, value, run.best?.value, mode);
    if (isBest) {
      run.best = { by, epoch: report.epoch, value, steps: run.steps };
      this.#bestWeights = this.#step.model.stateDict();
    }
    if (!isBest && !isLast && report.epoch % everyEpochs !== 0 && !this.isDue(run)) return;
    yield this.#write(run);
    if (isBest) yield this.#directory.nameBest(WHERE, run.steps);
    yield* this.#tell(run, told);
  }

  /** Writes a checkpoint. */
  *write(run: FitRun, told: Told): Happenings<void> {
    yield this.#write(run);
    yield* this.#tell(run, told);
  }

  *#tell(run: FitRun, { audience, stop }: Told): Happenings<void> {
    const epoch = run.step === 0 ? run.epoch - 1 : run.epoch;
    const { path: directory } = this.#directory;
    const path = this.#directory.fileAt(run.steps);
    yield* audience.tell({ type: "checkpoint", epoch, steps: run.steps, path, directory, stop: stop.request });
  }

  async #write(run: FitRun): Promise<void> {
    const { steps, best } = run;
    const model = configurationIfSavable(this.#step.model);
    const description = JSON.stringify({ version: VERSION, best: best?.steps ?? null, model });
    const generation = { state: trainerState(this.#step), description };
    this.#bestAt.set(steps, best?.steps);
    await this.#directory.write(WHERE, steps, generation, this.#kept(steps));
    for (const each of this.#bestAt.keys()) if (!this.#directory.steps.includes(each)) this.#bestAt.delete(each);
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
  try {
    const { best }: { readonly best?: unknown } = Object(JSON.parse(description ?? "null"));
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
