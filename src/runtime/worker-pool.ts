/** Threads that share programs with the main one. */
import { type WorkerThread, platform } from "#platform";
import { allocate, integersAt, isShared, kernelMemory } from "../memory/memory.ts";
import { Storage } from "../memory/storage.ts";
import { engine, kernels } from "./engine.ts";
import {
  type BoundCall,
  CONTROL,
  CONTROL_WORDS,
  SPINS,
  type WorkerStart,
  bindKernel,
  bindSchedule,
  encoded,
} from "./protocol.ts";
import { threadCount } from "./settings.ts";

/** Milliseconds after which the main thread looks at the clock; a worker is lost when it is waited for ten times as long as the run took before. */
const PATIENCE = 1000;

/** Thrown when a worker does not arrive at a barrier. */
export class WorkerLostError extends Error {
  override name = "WorkerLostError";

  constructor(
    /** Index of the call that follows the barrier. */
    readonly at: number,
  ) {
    super("threads: every worker must come to the end of its share; got no sign of one");
  }
}

/** A fixed number of workers. They keep no process alive. */
class WorkerPool {
  readonly #workers: WorkerThread[] = [];
  readonly #control = allocate(CONTROL_WORDS * 4);
  /** When the current run began. */
  #began = 0;
  // Shared memory does not move when it grows, so this view holds.
  readonly #words = integersAt(this.#control, CONTROL_WORDS);

  constructor(readonly size: number) {}

  /** @throws Error when the platform does not let a worker start */
  start(): void {
    for (let part = 1; part <= this.size; part++) {
      const start: WorkerStart = { module: engine().module, memory: kernelMemory(), control: this.#control, part };
      const worker = platform.startWorker?.(start, (why) => lose(this, why));
      if (worker) this.#workers.push(worker);
    }
  }

  get workers(): readonly WorkerThread[] {
    return this.#workers;
  }

  /** How many threads can share a program at present, the main one included. */
  get ready(): number {
    return 1 + Atomics.load(this.#words, CONTROL.ready);
  }

  /** Runs program `id`, whose encoded schedule is in `storage`, on `parts` threads; `calls` are the main thread's part. */
  run(id: number, storage: Storage, parts: number, calls: readonly (() => void)[]): void {
    const words = this.#words;
    this.#began = performance.now();
    Atomics.store(words, CONTROL.program, id);
    Atomics.store(words, CONTROL.address, storage.address | 0);
    Atomics.store(words, CONTROL.length, storage.bytes / 8);
    Atomics.store(words, CONTROL.parts, parts);
    Atomics.add(words, CONTROL.order, 1);
    Atomics.notify(words, CONTROL.order);
    for (const call of calls) call();
  }

  /** The main thread's side of the barrier before call `at`. */
  barrier(parts: number, at: number): () => void {
    const patience = platform.maySleep ? PATIENCE : 0;
    const gate = this.#control + CONTROL.gate * 4;
    const { barrier, stillWaiting } = kernels();
    return () => {
      const phase = Atomics.load(this.#words, CONTROL.phase);
      if (barrier(gate, SPINS, patience, 0, parts) === 0) return;
      const before = performance.now() - patience - this.#began;
      while (stillWaiting(gate, phase, SPINS, patience) !== 0) {
        if (performance.now() - this.#began > 11 * before + 2 * PATIENCE) throw new WorkerLostError(at);
      }
    };
  }

  dismiss(): void {
    for (const worker of this.#workers) worker.terminate();
  }
}

let current: WorkerPool | undefined;
let lost = "";
let programs = 0;

/** How many threads may share a program. */
export function threads(): number {
  return isShared && lost === "" ? threadCount() : 1;
}

/** Why workers were lost, or "". */
export function workersLost(): string {
  return lost;
}

/** The pool for `threads` once all of its workers are ready; started at first use. */
function readyPool(threads: number): WorkerPool | undefined {
  if (lost !== "") return undefined;
  if (current?.size !== threads - 1) {
    dismissWorkers();
    const started = (current = new WorkerPool(threads - 1));
    try {
      started.start();
    } catch (error) {
      lose(started, `no worker can be started: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return current?.ready === threads ? current : undefined;
}

function lose(from: WorkerPool, why: string): void {
  if (from !== current) return;
  lost = why;
  dismissWorkers();
}

/** Ends all workers; programs start them again when they need them. */
function dismissWorkers(): void {
  current?.dismiss();
  current = undefined;
}

/** The running workers, for tests that end one. */
export function currentWorkers(): readonly WorkerThread[] {
  return current?.workers ?? [];
}

/** Ends all workers, and lets them be started again after some were lost. */
export function resetWorkers(): void {
  dismissWorkers();
  lost = "";
}

/** A program that several threads run together: each its part of every call, with barriers in between. */
export class SharedProgram {
  readonly #id = programs++;
  readonly #calls: readonly BoundCall[];
  /** The encoded schedule, which workers read when they first run it. */
  #storage: Storage | undefined;
  #pool: WorkerPool | undefined;
  /** The main thread's part. */
  #own: (() => void)[] = [];

  constructor(calls: readonly BoundCall[]) {
    this.#calls = calls;
  }

  /** Whether `threads` are ready to run it. */
  ready(threads: number): boolean {
    const found = readyPool(threads);
    if (found && found !== this.#pool) this.#join(found, threads);
    return found !== undefined;
  }

  /**
   * Runs it on `threads`, which must be ready.
   * @throws WorkerLostError when a worker does not arrive at a barrier; all workers are ended then
   */
  run(threads: number): void {
    try {
      if (this.#storage) this.#pool?.run(this.#id, this.#storage, threads, this.#own);
    } catch (error) {
      if (this.#pool && error instanceof WorkerLostError) lose(this.#pool, "a worker stopped answering");
      throw error;
    }
  }

  #join(joined: WorkerPool, threads: number): void {
    const exported = kernels();
    this.#pool = joined;
    this.#storage ??= stored(encoded(this.#calls, Object.keys(exported)));
    this.#own = bindSchedule(this.#calls, kernelMemory(), (call, at) => {
      if (call === "barrier") return joined.barrier(threads, at);
      return bindKernel(exported[call.kernel], call.values, 0, threads);
    });
  }
}

/** Numbers in kernel memory. */
function stored(numbers: readonly number[]): Storage {
  const storage = new Storage(numbers.length * 8);
  new Float64Array(kernelMemory().buffer, storage.address, numbers.length).set(numbers);
  return storage;
}
