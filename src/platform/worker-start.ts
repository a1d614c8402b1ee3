import { builtin } from "./node-builtin.ts";

/** Calls `run` in a worker thread with the object that the thread was started with. */
export function whenStarted(run: (start: object) => void): void {
  if (typeof process === "object") run(builtin("node:worker_threads").workerData as object);
  else addEventListener("message", ({ data }: MessageEvent<object>) => run(data), { once: true });
}
