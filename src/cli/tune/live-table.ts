import type { Callback } from "lanegrad";
import type { Prepared } from "../recipe/train-recipe.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Trial } from "./log.ts";
import type { Job } from "./search.ts";
import { type By, standingsOf } from "./standings.ts";
import { tableOf, timeOf } from "./table.ts";

const ROWS = 10; // settings in the table
const PAUSE = 100; // ms between two pictures

/** Shows how far a search is and its best settings, while it runs. */
export class LiveTable {
  readonly #began = performance.now();
  #shownAt = -Infinity;
  #done = -1;
  #table = "";
  #job = "";

  constructor(
    readonly terminal: Terminal,
    readonly by: By,
    readonly jobs: number,
  ) {}

  /** Shows the trials before a job begins. */
  begin({ settings, seed }: Job, trials: readonly Trial[]): void {
    this.#done++;
    this.#table =
      trials.length === 0 ? "" : tableOf(standingsOf(trials, this.by), this.by, ROWS, this.terminal.columns - 1);
    const values = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
    this.#job = [...values, `seed ${seed}`].join(", ");
    this.#show("");
  }

  /** Shows the epochs of the training. */
  progress({ recipe }: Prepared): Callback {
    return {
      onEpoch: ({ epoch }) => {
        if (performance.now() - this.#shownAt > PAUSE) this.#show(`, epoch ${epoch} of ${recipe.epochs}`);
      },
    };
  }

  end(): void {
    this.terminal.status("");
  }

  #show(epoch: string): void {
    this.#shownAt = performance.now();
    const seconds = (this.#shownAt - this.#began) / 1000;
    const left = this.#done > 0 ? `, about ${timeOf((seconds / this.#done) * (this.jobs - this.#done))} left` : "";
    const line = `training ${this.#done + 1} of ${this.jobs}${left}: ${this.#job}${epoch}`;
    this.terminal.status(this.#table === "" ? line : `${this.#table}\n\n${line}`);
  }
}
