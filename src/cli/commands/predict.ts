import { Command, Option } from "commander";
import type { PredictCommandOptions } from "../actions/predict.ts";
import { wholeNumber } from "../arguments.ts";
import { examples } from "../help/examples.ts";
import { openTerminal } from "../terminal/open.ts";
import { commaSeparated, modelOptions, monteCarloOptions, readingOptions } from "./shared-options.ts";

export function predictCommand(): Command {
  const command = new Command("predict")
    .summary("what a model predicts for rows: rows in, rows out")
    .description(
      "Writes the rows of a file, or of standard input, with what a model predicts for each. Rows are written as they come: " +
        "a file may be larger than memory, and a pipe may never end. Cells stay as they are.",
    )
    .argument("<model>", "a model that lanegrad train wrote, or io.save with its schema")
    .argument(
      "[data]",
      "CSV, JSON lines, Parquet, IDX, an image or a folder of images; - or nothing for standard input",
    )
    .addOption(
      new Option("--to <format>", "how rows are written (default: as they came, else CSV)").choices(["csv", "jsonl"]),
    )
    .option("-o, --output <file>", "write to a file, which is there when it is whole (default: standard output)")
    .option("--only", "write predictions alone, without the columns of the data")
    .option("--columns <names>", "columns of the data that are written: id,name (default: all)", commaSeparated)
    .option("--probabilities", "add a column for the probability of each class")
    .option("--prefix <text>", "text before the names of new columns", "")
    .addOption(new Option("--skip", "leave out rows that do not fit, and say how many").conflicts("flag"))
    .option("--flag", "leave the prediction of rows that do not fit empty")
    .option("--batch <rows>", "most rows that are computed at a time", wholeNumber(1, 65_536), 256);
  const uncertainty =
    "add uncertainty: the entropy of the mean probabilities in nats, or the deviation of numbers; rows come in whole batches";
  const reading = readingOptions().filter(({ long }) => long !== "--labels");
  const masks = monteCarloOptions(uncertainty, "of the masks, which depend on --batch too");
  for (const option of [...reading, ...masks, ...modelOptions()]) command.addOption(option);
  return command
    .addHelpText(
      "after",
      examples([
        ["lanegrad predict model.safetensors new.csv > predicted.csv", "a table with two more columns"],
        ["lanegrad predict model.safetensors new.csv --only --output predictions.csv", "the predictions alone"],
        ["tail -f events.jsonl | lanegrad predict model.safetensors | jq .prediction", "a stream, as it comes"],
        [
          "lanegrad predict model.safetensors new.parquet --columns id --probabilities",
          "some columns, and all classes",
        ],
        ["lanegrad predict model.safetensors new.csv --monte-carlo 30 --skip", "how certain each prediction is"],
        ["lanegrad predict digits.safetensors scans/", "a folder of images"],
      ]),
    )
    .action(async (model: string, data: string | undefined, options: PredictCommandOptions) => {
      const { predict } = await import("../actions/predict.ts");
      await predict([model, data], options, openTerminal(options));
    });
}
