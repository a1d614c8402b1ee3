import { Argument, Command } from "commander";
import type { CommonOptions } from "../common.ts";
import { examples } from "../help/examples.ts";
import { openTerminal } from "../terminal/open.ts";

export function completionCommand(): Command {
  return new Command("completion")
    .summary("complete commands and options in bash or zsh")
    .description(
      "Prints a script that lets a shell complete commands, options, their values and files. Print it again after an update of lanegrad.",
    )
    .addArgument(new Argument("<shell>", "the shell").choices(["bash", "zsh"]))
    .addHelpText(
      "after",
      examples([
        ['eval "$(npx lanegrad completion bash)"', "in this shell; in ~/.bashrc: in every one"],
        ["npx lanegrad completion zsh > ~/.zfunc/_lanegrad", "zsh, if ~/.zfunc is in fpath"],
      ]),
    )
    .action(async (shell: "bash" | "zsh", options: CommonOptions, command: Command) => {
      const { completion } = await import("../actions/completion.ts");
      await completion(shell, command.parent ?? command, openTerminal(options));
    });
}
