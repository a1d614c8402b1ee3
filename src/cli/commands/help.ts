import { Command, CommanderError } from "commander";
import { examples } from "../help/examples.ts";

export function helpCommand(): Command {
  return new Command("help")
    .summary("what a command does, its options, and examples")
    .description("Prints the help of a command, as --help after it does, or of the whole program.")
    .argument("[command]", "the command")
    .addHelpText("after", examples([["lanegrad help info", "what info shows, with its options"]]))
    .action((name: string | undefined, _: object, command: Command) => {
      const program = command.parent ?? command;
      const asked = name === undefined ? program : program.commands.find((each) => each.name() === name);
      if (asked) asked.outputHelp();
      else throw new CommanderError(2, "commander.unknownCommand", `error: unknown command '${name}'`);
    });
}
