import { Command, Option } from "commander";
import type { InfoOptions } from "../actions/info.ts";
import { examples } from "../help/examples.ts";
import { openTerminal } from "../terminal/open.ts";
import { readingOptions } from "./shared-options.ts";

const DATA = "Data:";

export function infoCommand(): Command {
  const command = new Command("info")
    .summary("what a model, a data file or this machine has")
    .description("Shows what a model file or a data file has, or, without a file, what this machine offers.")
    .argument("[file]", "a model, a checkpoint, tensors, a report or a data file");
  for (const option of dataOptions()) command.addOption(option.helpGroup(DATA));
  return command
    .addHelpText(
      "after",
      examples([
        ["lanegrad info", "what this machine offers"],
        ["lanegrad info model.safetensors", "layers and parameters of a model"],
        ["lanegrad info data.csv --target price", "columns, what tells the price, and what is odd in the rows"],
        ["lanegrad info data.csv --target price --schema > schema.json", "what columns become, for train --schema"],
      ]),
    )
    .action(async (file: string | undefined, options: InfoOptions) => {
      const { info } = await import("../actions/info.ts");
      await info(file, options, openTerminal(options));
    });
}

function dataOptions(): readonly Option[] {
  return [
    new Option("-t, --target <column>", 'the column that is predicted (default: "label" beside images)'),
    new Option("--task <task>", "what the target is (default: by its values)").choices([
      "classification",
      "regression",
    ]),
    new Option("--schema", "print what the columns become as JSON, which train --schema takes"),
    ...readingOptions(),
  ];
}
