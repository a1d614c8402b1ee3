import { getHeapStatistics } from "node:v8";
import { shown } from "../../src/base/shown.ts";
import { kernelMemory } from "../../src/memory/memory.ts";
import { Fault, type Target } from "./target.ts";

/** What a reader did with a file. */
export interface Verdict {
  /** `read`, or the name of the error that refused it. */
  readonly result: string;
  /** Milliseconds. */
  readonly time: number;
  /** Bytes that the process had more of afterwards. */
  readonly memory: number;
  /** What must not have happened. */
  readonly fault: string | undefined;
}

const LONGEST_TIME = 2000; // ms
const LONGEST_MESSAGE = 4096; // characters, beyond those of the file

/** Gives a file to a reader. */
export async function judge(target: Target, bytes: Uint8Array): Promise<Verdict> {
  const copy = bytes.slice();
  const before = usedMemory();
  const began = performance.now();
  let result = "read";
  let fault: string | undefined;
  try {
    const size = await target.read(copy);
    if (size > 4 * bytes.length + target.room) fault = `${size} bytes of tensors from a file of ${bytes.length}`;
  } catch (error) {
    result = error instanceof Error ? error.name : "no error";
    fault = wrongWith(target, error, bytes.length);
  }
  const time = performance.now() - began;
  const memory = usedMemory() - before;
  if (Object.keys(Object.prototype).length > 0) fault ??= "objects that have gained a property";
  if (copy.some((byte, i) => byte !== bytes[i])) fault ??= "bytes of the caller that changed";
  if (memory > 4 * bytes.length + target.room) fault ??= `${memory} bytes of memory for a file of ${bytes.length}`;
  return { result, time, memory, fault };
}

/** The same, again if it took longer than `longest` milliseconds, as another process may be the cause. Default: 2000. */
export async function judgeInTime(target: Target, bytes: Uint8Array, longest = LONGEST_TIME): Promise<Verdict> {
  let verdict = await judge(target, bytes);
  for (let attempt = 0; attempt < 2 && verdict.time > longest; attempt++) verdict = await judge(target, bytes);
  if (verdict.time <= longest) return verdict;
  return { ...verdict, fault: verdict.fault ?? `${verdict.time.toFixed(0)} ms` };
}

/** Bytes of JavaScript, of array buffers, and of the kernels' memory. */
export function usedMemory(): number {
  const { used_heap_size: objects, external_memory: buffers } = getHeapStatistics();
  return objects + buffers + kernelMemory().buffer.byteLength;
}

/** What is wrong with an error: its kind, its message or its cause. */
function wrongWith({ errors, hasPeers = false }: Target, error: unknown, size: number): string | undefined {
  if (!(error instanceof Error)) return `what is thrown must be an error; got ${shown(error)}`;
  if (error instanceof Fault) return error.message;
  const { name, message } = error;
  if (!errors.includes(name)) return `an error must be ${errors.join(" or ")}; got ${error.stack}`;
  if (!isOwn(message)) return `a message must be of this library; got ${error.stack}`;
  if (/\p{Control}/u.test(message)) return `a message must have no control characters; got ${JSON.stringify(message)}`;
  if (message.length > LONGEST_MESSAGE + 2 * size) return `a message must be short; got ${message.length} characters`;
  return hasPeers ? undefined : wrongCause(error.cause);
}

/** What is wrong with a cause, which must be an error of this library, of a parser, or of the host's files. */
function wrongCause(cause: unknown): string | undefined {
  if (cause === undefined || cause instanceof SyntaxError) return undefined;
  if (!(cause instanceof Error)) return `a cause must be an error; got ${shown(cause)}`;
  const isOfFile = typeof Reflect.get(cause, "code") !== "undefined";
  if (isOwn(cause.message) || isOfFile) return undefined;
  return `a cause must be an error of this library; got ${cause.stack}`;
}

/** `where: what must hold; got what` */
function isOwn(message: string): boolean {
  return /: .*; got ./s.test(message);
}
