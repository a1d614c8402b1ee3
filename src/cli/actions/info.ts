import { backend } from "lanegrad";
import type { CommonOptions } from "../common.ts";
import { CommandError } from "../errors.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** Shows what a file has, or what this machine offers. */
export async function info(file: string | undefined, _: CommonOptions, terminal: Terminal): Promise<void> {
  if (file !== undefined) throw new CommandError(`info: a file must be of a known format; got ${file}`);
  const machine = backend();
  await terminal.result(machine, () => machine.kernels);
}
