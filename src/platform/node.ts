import { source } from "#kernels/worker";
import { builtin } from "./node-builtin.ts";
import { collect } from "./node-collect.ts";
import { signals } from "./node-signals.ts";
import { files } from "./node-files.ts";
import { print, terminal } from "./node-terminal.ts";
import type { Machine, Platform, V8, WorkerThread } from "./platform.ts";

export type { FileStatus, Files, Machine, OpenFile, Sha256, Terminal, WorkerThread } from "./platform.ts";

const CHUNK_SLACK = 64; // bytes, the least that zlib accepts

/** Node, and the hosts that run its programs: Deno and Bun. */
export const platform: Platform = {
  name: nameOfPlatform(),
  v8: settableV8(),
  startWorker,
  maySleep: true,
  environment: (variable) => permitted(() => process.env[variable], undefined),
  cores: () => permitted(() => builtin("node:os").availableParallelism(), 1),
  machine,
  inflate,
  crc32,
  warn: (message) => process.emitWarning(message, "LanegradWarning"),
  print,
  terminal,
  signals,
  nextTurn: () => new Promise((resolve) => void setImmediate(resolve)),
  collect: settableV8() ? collect : () => {},
  files,
};

function nameOfPlatform(): string {
  const { bun, deno, node } = process.versions;
  if (bun) return `Bun ${bun}`;
  return deno ? `Deno ${deno}` : `Node ${node}`;
}

function settableV8(): V8 | undefined {
  const { bun, deno, node } = process.versions;
  if (bun || deno) return undefined;
  return {
    node: Number(node.split(".")[0]),
    arch: process.arch,
    setFlag: (flag) => builtin("node:v8").setFlagsFromString(flag),
  };
}

/** The result of `read`, or `otherwise` where the process has no permission, as in Deno. */
function permitted<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

function machine(): Machine {
  const os = builtin("node:os");
  const told = <T>(read: () => T): T | undefined => permitted(read, undefined);
  return {
    host: nameOfPlatform(),
    processor: told(() => os.cpus()[0]?.model.trim()) || "unknown",
    memory: told(() => os.totalmem()),
    system: [told(() => os.type()), told(() => os.release()), process.arch].filter(Boolean).join(" "),
  };
}

function inflate(base64: string, length: number): Uint8Array<ArrayBuffer> {
  // In one chunk, which takes a third of the time.
  const options = { chunkSize: length + CHUNK_SLACK };
  const { buffer, byteOffset } = builtin("node:zlib").inflateRawSync(Buffer.from(base64, "base64"), options);
  return new Uint8Array(buffer, byteOffset, length);
}

/** Node before 20.15 and 22.2 has none. */
function crc32(bytes: Uint8Array): number | undefined {
  const zlib = builtin("node:zlib");
  return "crc32" in zlib ? zlib.crc32(bytes) : undefined;
}

function startWorker(start: object, onEnd: (why: string) => void): WorkerThread {
  const { Worker } = builtin("node:worker_threads");
  // Without the flags of the process: --input-type=module would make the source a module.
  const worker = new Worker(source, { eval: true, execArgv: [], workerData: start });
  worker.unref();
  worker.once("error", (error) => onEnd(`a worker failed: ${error.message}`));
  worker.once("exit", () => onEnd("a worker ended"));
  return { terminate: () => void worker.terminate() };
}
