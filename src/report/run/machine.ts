import { version } from "#kernels/version";
import { platform } from "#platform";
import { backend } from "../../runtime/backend.ts";
import type { MachineRecord } from "./record.ts";

/** The machine, and how kernels run on it at present. */
export function machineRecord(): MachineRecord {
  const { host, processor, memory, system } = platform.machine();
  const { kernels, wide, threads } = backend();
  return {
    host,
    processor,
    cores: platform.cores(),
    memory: memory ?? null,
    system,
    lanegrad: version,
    kernels,
    wide,
    threads,
  };
}
