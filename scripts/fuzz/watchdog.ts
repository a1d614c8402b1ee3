import { Worker } from "node:worker_threads";

/** Ends the process, with a message, if a run takes longer than `limit` milliseconds. */
export class Watchdog {
  /** The index of the reader, and the number of the run. */
  readonly #shared = new Int32Array(new SharedArrayBuffer(8));
  readonly #worker: Worker;

  constructor(names: readonly string[], limit: number) {
    this.#worker = new Worker(WATCH, { eval: true, workerData: { shared: this.#shared, names, limit } });
    this.#worker.unref();
  }

  begin(reader: number, run: number): void {
    this.#shared[0] = reader;
    Atomics.store(this.#shared, 1, run);
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** A program of its own: what hangs holds the thread of this one. */
const WATCH = `
const { writeSync } = require("node:fs");
const { workerData: { shared, names, limit } } = require("node:worker_threads");
let last = "";
setInterval(() => {
  const now = shared.join(" ");
  if (now === last) {
    writeSync(2, "\\n" + names[shared[0]] + ": run " + shared[1] + " must end within " + limit + " ms; got none that did\\n");
    process.kill(process.pid, "SIGKILL");
  }
  last = now;
}, limit);
`;
