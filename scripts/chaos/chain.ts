import { Damages, generations, temporaryFiles } from "./directory.ts";
import { type Moment, momentOf, printMoment } from "./moment.ts";
import { type Ending, run } from "./process.ts";
import type { Reference } from "./reference.ts";
import type { Scenario } from "./scenario.ts";
import { ChaosError, SEED, type Setup, isWhole, printEnding, printWarnings } from "./setup.ts";
import { difference } from "./state.ts";
import { TrainingFiles } from "./training-files.ts";

/** What happened to the trainings of a scenario. */
export interface Tally {
  kills: number;
  /** Kills that met a file being written. */
  writing: number;
  /** Signals on which the process ended by itself. */
  signals: number;
  /** Processes that went on from a checkpoint. */
  resumes: number;
  /** Checkpoints damaged on purpose. */
  damaged: number;
}

/** The checkpoint from which a process must go on. */
interface Start {
  readonly steps: number;
  /** The newest checkpoint, if it is damaged, so that a warning must name it. */
  readonly skipped: string | undefined;
}

const MOST_INTERRUPTIONS = 6;
const DAMAGE_RATE = 0.3;

/** One training from its first step to its last, interrupted on the way. */
export class Chain {
  readonly #files: TrainingFiles;
  readonly #damages: Damages;
  readonly #log: string[] = [];

  constructor(
    readonly scenario: Scenario,
    readonly reference: Reference,
    readonly setup: Setup,
    readonly draw: () => number,
    readonly tally: Tally,
  ) {
    this.#files = new TrainingFiles(setup.folder);
    this.#damages = new Damages(this.#files.directory);
  }

  /** Trains to the end. @throws ChaosError when anything is not as it must be */
  async run(): Promise<void> {
    let left = 1 + Math.floor(this.draw() * MOST_INTERRUPTIONS);
    for (;;) {
      const start = this.#start();
      const { steps, milliseconds } = this.reference;
      const moment = left-- > 0 ? momentOf(steps.length - start.steps, milliseconds, this.draw) : undefined;
      const ending = await this.#process(start, moment);
      this.#checkSteps(start, ending);
      this.#checkWarnings(start, ending);
      this.#checkEnd(start, ending, moment);
      if (isWhole(ending)) return this.#checkLeft();
    }
  }

  /** The newest sound checkpoint, after the newest was damaged in some cases. */
  #start(): Start {
    const [newest, ...older] = generations(this.#files.directory).toReversed();
    if (newest === undefined) return { steps: 0, skipped: undefined };
    const sound = older.filter((each) => !this.#damages.has(each));
    if (!this.#damages.has(newest)) {
      if (sound.length === 0 || this.draw() >= DAMAGE_RATE) return { steps: newest.steps, skipped: undefined };
      this.#log.push(this.#damages.damage(newest, this.draw));
      this.tally.damaged++;
    }
    return { steps: sound[0]?.steps ?? 0, skipped: newest.name };
  }

  /** A process with a Node, a number of threads and a seed by chance. */
  async #process({ steps }: Start, moment: Moment | undefined): Promise<Ending> {
    const { name, strict = true } = this.scenario;
    const { nodes, program, limit } = this.setup;
    const node = nodes[strict ? Math.floor(this.draw() * nodes.length) : 0] ?? nodes[0];
    const threads = 1 + Math.floor(this.draw() * 2);
    const seed = steps === 0 ? SEED : SEED + 1 + Math.floor(this.draw() * 1000);
    const { directory, result } = this.#files;
    const job = { scenario: name, seed, directory, result };
    const ending = await run({ node, program, job, threads, strict, limit }, moment);
    const how = moment === undefined ? "no interruption" : printMoment(moment);
    this.#log.push(
      `from step ${steps}, ${threads} threads, ${node}, ${how}: ${ending.steps.length} steps, ${printEnding(ending)}`,
    );
    return ending;
  }

  /** Every step has the loss that it had without interruption. */
  #checkSteps({ steps: start }: Start, { steps }: Ending): void {
    const wrong = steps.findIndex((line, i) => line !== this.reference.steps[start + i]);
    if (wrong !== -1) {
      const expected = this.reference.steps[start + wrong] ?? "none";
      this.#fail(`step ${wrong + 1} after a checkpoint of step ${start} must be "${expected}"; got "${steps[wrong]}"`);
    }
    if (start > 0 && steps.length > 0) this.tally.resumes++;
  }

  #checkWarnings({ skipped }: Start, { steps, warnings }: Ending): void {
    const named = new Set(warnings.match(/step-\d+\.safetensors/g));
    if (skipped !== undefined && steps.length > 0 && !named.has(skipped)) {
      this.#fail(`a warning must name ${skipped}, which was damaged; got ${printWarnings(warnings)}`);
    }
    if (skipped === undefined && named.size > 0) {
      this.#fail(`no warning may name a checkpoint, as none was damaged; got ${printWarnings(warnings)}`);
    }
  }

  #checkEnd(start: Start, ending: Ending, moment: Moment | undefined): void {
    const { signal, hung, metWrite, fitted, steps } = ending;
    if (hung) this.#fail(`a process must end within ${this.setup.limit / 1000} s; got none that did`);
    if (signal === null || signal !== moment?.signal) {
      if (!isWhole(ending))
        this.#fail(`a process must train on or end by the signal sent to it; it ${printEnding(ending)}`);
      return;
    }
    if (signal === "SIGKILL") {
      this.tally.kills++;
      if (metWrite) this.tally.writing++;
      return;
    }
    this.tally.signals++;
    if (moment.kind === "step" && moment.again !== undefined) return;
    const done = start.steps + steps.length;
    const saved = generations(this.#files.directory).at(-1)?.steps ?? 0;
    if (!fitted && done < this.reference.steps.length && saved !== done) {
      this.#fail(`${signal} after step ${done} must leave a checkpoint of it; the newest is of step ${saved}`);
    }
  }

  #checkLeft(): void {
    const { directory } = this.#files;
    const differing = difference(this.reference.state, this.#files.state());
    if (differing !== undefined) this.#fail(differing);
    const temporary = temporaryFiles(directory);
    if (temporary.length > 0) this.#fail(`no temporary file may be left; got ${temporary.join(", ")}`);
    const kept = generations(directory).filter((each) => !this.#damages.has(each)).length;
    const most = 2 * this.reference.kept; // each may be kept with the best at its time
    if (kept > most) this.#fail(`${most} checkpoints at most may be kept; got ${kept}`);
  }

  #fail(message: string): never {
    throw new ChaosError(message, this.#log);
  }
}
