import type { Callback } from "lanegrad";
import { type Recording, type RunRecord, writeReport } from "lanegrad/report";
import type { Prepared, Trained } from "../recipe/train-recipe.ts";
import { recordingOf } from "../train/report.ts";
import type { Trial } from "./log.ts";
import type { By } from "./standings.ts";

const MOST_RUNS = 20; // in one report: more are no comparison

/** The best trainings of a search, compared in one report. */
export class SearchReport {
  #recording: Recording | undefined;
  #runs: readonly { readonly cost: number; readonly run: RunRecord }[] = [];

  constructor(
    readonly file: string,
    readonly by: By,
  ) {}

  /** Callbacks that record a training. */
  callbacks(prepared: Prepared): readonly Callback[] {
    this.#recording = recordingOf(prepared);
    return [this.#recording];
  }

  /** Keeps a training that is one of the best. */
  async add({ sets }: Trained, trial: Trial): Promise<void> {
    const value = trial[this.by];
    if (!this.#recording || value === null || !sets.validation) return;
    await this.#recording.evaluate(sets.validation, { name: "validation", mistakes: 0 });
    const cost = this.by === "accuracy" ? -value : value;
    this.#runs = [...this.#runs, { cost, run: { ...this.#recording.record(), name: nameOf(trial) } }]
      .toSorted((a, b) => a.cost - b.cost)
      .slice(0, MOST_RUNS);
  }

  /** Writes the report. */
  async write(): Promise<void> {
    const runs = this.#runs.map(({ run }) => run);
    if (runs.length > 0) await writeReport(this.file, runs);
  }
}

function nameOf({ settings, seed }: Trial): string {
  return [...Object.entries(settings).map(([name, value]) => `${name} ${value}`), `seed ${seed}`].join(", ");
}
