import type { Command, Option } from "commander";

/** What a shell completes of a command. */
export interface CommandWords {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionWords[];
  /** Values of the first argument; none if it is a file. */
  readonly values: readonly string[];
}

export interface OptionWords {
  /** All spellings: `-q` and `--quiet`. */
  readonly flags: readonly string[];
  readonly summary: string;
  /** Whether a value follows. */
  readonly takesValue: boolean;
  /** Its values; none if it may be anything, as a file. */
  readonly values: readonly string[];
}

/** The commands of a program, from their definitions. */
export function wordsOf(program: Command): readonly CommandWords[] {
  return program
    .createHelp()
    .visibleCommands(program)
    .map((command) => ({
      name: command.name(),
      summary: command.summary() || command.description(),
      options: command.createHelp().visibleOptions(command).map(optionWords),
      values: command.name() === "help" ? program.commands.map((each) => each.name()) : valuesOf(command),
    }));
}

function valuesOf(command: Command): readonly string[] {
  return command.registeredArguments[0]?.argChoices ?? [];
}

function optionWords({ short, long, description, required, optional, argChoices }: Option): OptionWords {
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    summary: description,
    takesValue: required || optional,
    values: argChoices ?? [],
  };
}
