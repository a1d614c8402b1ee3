import type { Subject } from "./subject.ts";

/** The entry `lanegrad/io`, and checkpoints. */
export function load(): Promise<Subject> {
  return Promise.resolve({ files: "lanegrad" });
}
