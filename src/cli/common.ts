import { type Command, Option } from "commander";
import { wholeNumber } from "./arguments.ts";

/** Options of every command. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color?: boolean;
  /** Threads of the kernels. Default: the library's, see `configure`. */
  readonly threads?: number;
}

const GROUP = "Everywhere:";

/** Adds the options of every command behind those of its own. */
export function withCommonOptions(command: Command): Command {
  const options = [
    new Option("--json", "print JSON, one object a line, also for errors"),
    new Option("-q, --quiet", "print the result only"),
    new Option("--threads <n>", "threads of the kernels (default: as many as pay)").argParser(wholeNumber(1)),
    new Option("--no-color", "print no colors"),
  ];
  for (const option of options) command.addOption(option.helpGroup(GROUP));
  return command.addHelpOption(new Option("-h, --help", "print this help").helpGroup(GROUP));
}
