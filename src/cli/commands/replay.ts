import { Command, Option } from "commander";
import type { ReplayOptions } from "../actions/replay.ts";
import { examples } from "../help/examples.ts";
import { openTerminal } from "../terminal/open.ts";
import { wideOptions } from "./shared-options.ts";

export function replayCommand(): Command {
  const command = new Command("replay")
    .summary("a report trained again, and every bit compared")
    .description(
      "Trains again what a report of lanegrad train holds, and compares losses, metrics and rates of all epochs and the SHA-256 of the weights, bit by bit. The exit code is 0 for the same bits and 3 for others. Strict kernels give the same bits on every machine; relaxed ones on machines whose engine fuses multiply and add in the same way.",
    )
    .argument("<report>", "the HTML file that lanegrad train --report wrote")
    .option("--run <name>", "the run, of a report of several");
  const files = [
    new Option("--data <file>", "where the data lie now (default: in the report, or where they were)"),
    new Option("--labels <file>", "where the labels of IDX images lie now"),
    new Option("--validation <file>", "where the validation file lies now"),
    new Option(
      "--model <file>",
      "the module file of the model, which runs as code; its SHA-256 must be the recorded one",
    ),
    new Option("--report <file>", "write a report of the training as it went here"),
    new Option("--force", "replace a report that is there"),
  ].map((option) => option.helpGroup("Files:"));
  for (const option of [...files, ...wideOptions()]) command.addOption(option);
  return command
    .addHelpText(
      "after",
      examples([
        ["lanegrad replay pets.html", "same bits?"],
        ["lanegrad replay pets.html --data ~/pets --json", "the data lie elsewhere; the answer as JSON"],
        ["lanegrad replay runs.html --run '64-64-3, dropout 0.3'", "one run of several"],
      ]),
    )
    .action(async (report: string, options: ReplayOptions) => {
      const { replay } = await import("../actions/replay.ts");
      await replay(report, options, openTerminal(options));
    });
}
