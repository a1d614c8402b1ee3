import { Command, Option } from "commander";
import type { PredictCommandOptions } from "../actions/predict.ts";
import { wholeNumber } from "../arguments.ts";
import { examples } from "../help/examples.ts";
import { openTerminal } from "../terminal/open.ts";

export function predictCommand(): Command {
  return new Command("predict")
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
      new Option("--format <name>", "how data are read (default: by the name)").choices([
        "csv",
        "jsonl",
        "parquet",
        "idx",
        "images",
      ]),
    )
    .option("--delimiter <character>", "what separates cells of CSV; tab for tabs (default: a comma, a tab for .tsv)")
    .addOption(
      new Option("--to <format>", "how rows are written (default: as they came, else CSV)").choices(["csv", "jsonl"]),
    )
    .option("-o, --output <file>", "write to a file, which is there when it is whole (default: standard output)")
    .option("--only", "write predictions alone, without the columns of the data")
    .option("--columns <names>", "columns of the data that are written: id,name (default: all)", listed)
    .option("--probabilities", "add a column for the probability of each class")
    .option("--prefix <text>", "text before the names of new columns", "")
    .addOption(new Option("--skip", "leave out rows that do not fit, and say how many").conflicts("flag"))
    .option("--flag", "leave the prediction of rows that do not fit empty")
    .option("--batch <rows>", "most rows that are computed at a time", wholeNumber(1, 65_536), 256)
    .option(
      "--monte-carlo <n>",
      "predict n times with random dropout masks; adds uncertainty: the entropy of the mean probabilities in nats, or the deviation of numbers; rows come in whole batches",
      wholeNumber(0, 100_000),
      0,
    )
    .option("--seed <n>", "of the masks, which depend on --batch too", wholeNumber(0), 42)
    .option("--schema <file>", "a fitted schema as JSON, or a model that has it (default: that in the model)")
    .option("--classes <file>", "a module that exports classes of the model's own layers")
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

/** Names that commas separate. */
function listed(text: string): readonly string[] {
  return text.split(",").map((name) => name.trim());
}
