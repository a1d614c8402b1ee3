import { Command } from "commander";
import type { CommonOptions } from "../common.ts";
import { examples } from "../help/examples.ts";
import { openTerminal } from "../terminal/open.ts";

export function infoCommand(): Command {
  return new Command("info")
    .summary("what a model, a data file or this machine has")
    .description("Shows what a model file or a data file has, or, without a file, what this machine offers.")
    .argument("[file]", "a model, a checkpoint, tensors, a report or a data file")
    .addHelpText("after", examples([["lanegrad info", "what this machine offers"]]))
    .action(async (file: string | undefined, options: CommonOptions) => {
      const { info } = await import("../actions/info.ts");
      await info(file, options, openTerminal(options));
    });
}
