import { platform } from "#platform";
import type { WorkerThread } from "../platform/platform.ts";
import { kernelModule, kernels } from "./backend.ts";
import {
  type BoundCall,
  CONTROL,
  CONTROL_WORDS,
  type ProgramMessage,
  SPINS,
  type WorkerStart,
  bindKernel,
  bindSchedule,
} from "./protocol.ts";
import { allocate, integersAt, kernelMemory } from "../memory/memory.ts";

/** Milliseconds after which the main thread looks at the clock; a worker is lost when a wait takes ten times the run before. */
const PATIENCE = 1000;

/** Thrown when a worker does not come to where all threads meet. */
export class WorkerLostError extends Error {
  override name = "WorkerLostError";

  constructor(
    /** Index of the call before which the main thread waited. */
    readonly at: number,
  ) {
    super("threads: every worker must come to the end of its share; got no sign of one");
  }
}

/** Threads that share programs with the main one. Started when first needed; they keep no process alive. */
class WorkerPool {
  readonly #members: WorkerThread[] = [];
  readonly #control = allocate(CONTROL_WORDS * 4);
  /** When the run under way began. */
  #began = 0;
  // Shared memory does not move when it grows, so this view holds.
  readonly #words = integersAt(this.#control, CONTROL_WORDS);

  constructor(readonly size: number) {}

  /** @throws Error when the platform does not let a worker start */
  start(): void {
    for (let part = 1; part <= this.size; part++) {
      const start: WorkerStart = { module: kernelModule(), memory: kernelMemory(), control: this.#control, part };
      const worker = platform.startWorker?.(start, (why) => lose(this, why));
      if (worker) this.#members.push(worker);
    }
  }

  get workers(): readonly WorkerThread[] {
    return this.#members;
  }

  /** How many threads can share a program now, the main one included. */
  get ready(): number {
    return 1 + Atomics.load(this.#words, CONTROL.ready);
  }

  send(message: ProgramMessage): void {
    for (const worker of this.#members) worker.post(message);
  }

  /** Runs program `id` on `parts` threads; `calls` are the main thread's share. */
  run(id: number, parts: number, calls: readonly (() => void)[]): void {
    const words = this.#words;
    this.#began = performance.now();
    Atomics.store(words, CONTROL.program, id);
    Atomics.store(words, CONTROL.parts, parts);
    Atomics.add(words, CONTROL.order, 1);
    Atomics.notify(words, CONTROL.order);
    for (const call of calls) call();
  }

  /** What the main thread does where all meet, before call `at`. */
  meeting(parts: number, at: number): () => void {
    const gate = this.#control + CONTROL.gate * 4;
    const { barrier, stillWaiting } = kernels();
    return () => {
      const phase = Atomics.load(this.#words, CONTROL.phase);
      if (barrier(gate, SPINS, PATIENCE, 0, parts) === 0) return;
      const before = performance.now() - PATIENCE - this.#began;
      while (stillWaiting(gate, phase, 0, PATIENCE) !== 0) {
        if (performance.now() - this.#began > 11 * before + 2 * PATIENCE) throw new WorkerLostError(at);
      }
    };
  }

  dismiss(): void {
    for (const worker of this.#members) worker.terminate();
  }
}

let pool: WorkerPool | undefined;
let lost = "";
let programs = 0;

/** Why there are no workers any more, or "". */
export function workersLost(): string {
  return lost;
}

/** The pool that shares programs among `threads`, once all of it is ready; starts it when first asked. */
function readyPool(threads: number): WorkerPool | undefined {
  if (lost !== "") return undefined;
  if (pool?.size !== threads - 1) {
    dismissWorkers();
    const started = (pool = new WorkerPool(threads - 1));
    try {
      started.start();
    } catch (error) {
      lose(started, `no worker can be started: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return pool?.ready === threads ? pool : undefined;
}

function lose(from: WorkerPool, why: string): void {
  if (from !== pool) return;
  lost = why;
  dismissWorkers();
}

/** Ends all workers; they are started anew when they are needed. */
function dismissWorkers(): void {
  pool?.dismiss();
  pool = undefined;
}

/** The threads there are besides the main one, for tests that end one. */
export function currentWorkers(): readonly WorkerThread[] {
  return pool?.workers ?? [];
}

/** Lets workers be started again after some were lost. */
export function forgiveWorkers(): void {
  dismissWorkers();
  lost = "";
}

const dropped = new FinalizationRegistry<number>((id) => pool?.send({ id, calls: null }));

/** A program that several threads run together: each its part of every call, meeting in between. */
export class SharedProgram {
  readonly #id = programs++;
  readonly #calls: readonly BoundCall[];
  #pool: WorkerPool | undefined;
  #own: (() => void)[] = [];

  constructor(calls: readonly BoundCall[]) {
    this.#calls = calls;
    dropped.register(this, this.#id);
  }

  /** Whether `threads` are there to run it. */
  ready(threads: number): boolean {
    const found = readyPool(threads);
    if (found && found !== this.#pool) this.#join(found, threads);
    return found !== undefined;
  }

  /**
   * Runs it on `threads`, which must be ready.
   * @throws WorkerLostError when one does not come along; there are no workers then
   */
  run(threads: number): void {
    try {
      this.#pool?.run(this.#id, threads, this.#own);
    } catch (error) {
      if (this.#pool && error instanceof WorkerLostError) lose(this.#pool, "a worker stopped answering");
      throw error;
    }
  }

  /** Lets workers forget it; the next run tells them anew. */
  release(): void {
    this.#pool?.send({ id: this.#id, calls: null });
    this.#pool = undefined;
  }

  #join(joined: WorkerPool, threads: number): void {
    const exported = kernels();
    this.#pool = joined;
    this.#own = bindSchedule(this.#calls, kernelMemory(), (call, at) => {
      if (call === "barrier") return joined.meeting(threads, at);
      return bindKernel(exported[call.kernel], call.values, 0, threads);
    });
    joined.send({ id: this.#id, calls: this.#calls });
  }
}
