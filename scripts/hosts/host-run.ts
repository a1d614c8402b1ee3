import type { Outputs } from "./program.ts";

/** What a host gave. */
export interface HostRun {
  readonly version: string;
  readonly outputs: Outputs;
}

/** Thrown where a host is not on this machine and cannot be installed. */
export class NotInstalledError extends Error {
  override name = "NotInstalledError";
}
