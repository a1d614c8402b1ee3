import type { Outputs } from "./program.ts";

/** What a host gave. */
export interface HostRun {
  readonly version: string;
  readonly outputs: Outputs;
}
