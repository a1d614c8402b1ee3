import type { Subject } from "./subject.ts";

/** `node:fs` alone: the bytes of a file in one buffer. */
export function load(): Promise<Subject> {
  return Promise.resolve({ files: "fs" });
}
