import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type State, stateOfFile } from "./state.ts";

const BEST = "best.safetensors";

/** The files of one training, from its first process to its last. */
export class TrainingFiles {
  /** Where checkpoints are. */
  readonly directory: string;
  /** What the last process left. */
  readonly result: string;

  /** Removes what the training before left in `folder`. */
  constructor(folder: string) {
    rmSync(folder, { recursive: true, force: true });
    this.directory = join(folder, "checkpoints");
    this.result = join(folder, "result.json");
    mkdirSync(this.directory, { recursive: true });
  }

  /** The state that the training left, with that of its best checkpoint. */
  state(): State {
    const best = join(this.directory, BEST);
    const left = JSON.parse(readFileSync(this.result, "utf8")) as State;
    return { ...left, ...(existsSync(best) && stateOfFile(best, BEST)) };
  }
}
