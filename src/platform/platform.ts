import type { Files } from "./files.ts";

export type { Files, FileStatus, OpenFile, Sha256 } from "./files.ts";

/** The host that lanegrad runs on. `node.ts` also serves Deno and Bun. */
export interface Platform {
  /** Name and version, for messages: `Node 24.1.0`. */
  readonly name: string;
  /** V8 with flags that can be set; undefined elsewhere. */
  readonly v8: V8 | undefined;
  /** Starts a worker thread; undefined where every program runs on one thread. */
  readonly startWorker: StartWorker | undefined;
  /** Whether this thread may sleep until another wakes it: the main thread of a page may not. */
  readonly maySleep: boolean;
  /** Reads an environment variable; undefined if it is not set or may not be read. */
  environment(variable: string): string | undefined;
  /** How many threads run at the same time. */
  cores(): number;
  /** What is known of the machine, for reports. */
  machine(): Machine;
  /** Decompresses base64 text of raw DEFLATE data (RFC 1951) that expands to `length` bytes. */
  inflate(base64: string, length: number): Uint8Array<ArrayBuffer>;
  /** The CRC-32 of zip; undefined where the host does not compute it. */
  crc32?(bytes: Uint8Array): number | undefined;
  /** Warns the developer of something that works, but not as configured. */
  warn(message: string): void;
  /** Prints one line, above the live line of the terminal. */
  print(line: string): void;
  /** The terminal that `print` writes to; undefined if it writes elsewhere. */
  terminal(): Terminal | undefined;
  /** Ctrl-C and requests to end the process; undefined where a program does not hear of them. */
  readonly signals: Signals | undefined;
  /** Resolves after pending events and timers were handled. */
  nextTurn(): Promise<void>;
  /** Collects garbage and empties the WeakRefs to it, on hosts that let a program do that; elsewhere does nothing. */
  collect(): void;
  /** Files of the host; undefined where there are none, as in browsers. */
  readonly files?: Files | undefined;
}

/** A machine and the program that runs lanegrad on it. */
export interface Machine {
  /** Name and version of the program: `Node 24.1.0`, or what a browser says of itself. */
  readonly host: string;
  /** The name of the processor. */
  readonly processor: string;
  /** Bytes; undefined where they are not told. */
  readonly memory: number | undefined;
  /** Name and version of the operating system, and the architecture: `Linux 6.1.0 x64`. */
  readonly system: string;
}

/** Signals that end the process: SIGINT, of Ctrl-C, and SIGTERM. */
export interface Signals {
  /** Calls `listener` at each signal, which then does not end the process. Returns the function that stops this. */
  listen(listener: (signal: string) => void): () => void;
  /** Ends the process as the signal does where nothing listens. Does nothing if the program listens to it itself. */
  raise(signal: string): void;
}

export interface V8 {
  /** The major version of Node. */
  readonly node: number;
  /** The architecture of the processor, as in `process.arch`. */
  readonly arch: string;
  setFlag(flag: string): void;
}

export interface Terminal {
  /** Columns for text: all that fits beside some that stay free, also after the window's size changed. */
  readonly columns: number;
  /**
   * Shows a line at the bottom in place of the former one, cut to `columns`; "" removes it. What other code prints meanwhile
   * appears above it. Nothing is shown while there is another terminal's line, or an unfinished one of other code.
   */
  live(line: string): void;
}

/**
 * Starts a thread that runs `src/runtime/worker.ts` and keeps no process alive.
 * @param start the data that the thread starts with
 * @param onEnd called with the reason when the thread ends
 * @throws Error when threads may not be started
 */
export type StartWorker = (start: object, onEnd: (why: string) => void) => WorkerThread;

export interface WorkerThread {
  terminate(): void;
}
