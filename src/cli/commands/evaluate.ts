import { Command, Option } from "commander";
import type { EvaluateCommandOptions } from "../actions/evaluate.ts";
import { wholeNumber } from "../arguments.ts";
import { examples } from "../help/examples.ts";
import { openTerminal } from "../terminal/open.ts";

export function evaluateCommand(): Command {
  return new Command("evaluate")
    .summary("how good a model is on rows whose target is known")
    .description(
      "Measures a model on data: loss; for classes accuracy with its interval, scores of each class, confusions; for numbers " +
        "errors and R² beside those of the mean; the worst mistakes.",
    )
    .argument("<model>", "a model that lanegrad train wrote, or io.save with its schema")
    .argument("<data>", "CSV, JSON lines, Parquet, IDX or a folder of images, with the target; - for standard input")
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
    .option("--labels <file>", "labels of IDX images (default: the file beside them)")
    .option("--mistakes <n>", "show the rows with the largest losses", wholeNumber(0, 10_000), 10)
    .option(
      "--monte-carlo <n>",
      "predict n times with random dropout masks, and say what the uncertainty tells",
      wholeNumber(0, 100_000),
      0,
    )
    .option("--seed <n>", "of the masks", wholeNumber(0), 42)
    .option("--report <file>", "write a report: one HTML file with all curves")
    .addOption(
      new Option("--embed <what>", "data in the report: none, or the rows of mistakes")
        .choices(["none", "mistakes"])
        .default("none"),
    )
    .option("--skip", "leave out rows that do not fit")
    .option("--schema <file>", "a fitted schema as JSON, or a model that has it (default: that in the model)")
    .option("--classes <file>", "a module that exports classes of the model's own layers")
    .addHelpText(
      "after",
      examples([
        ["lanegrad evaluate model.safetensors test.csv", "accuracy or errors, and the worst mistakes"],
        [
          "lanegrad evaluate model.safetensors test.csv --report test.html",
          "the same with pictures, to look at and to send",
        ],
        ["lanegrad evaluate model.safetensors test.csv --monte-carlo 30", "does the model know when it is wrong?"],
        ["lanegrad evaluate model.safetensors test.csv --json | jq .accuracy", "one number, for scripts"],
        ["lanegrad evaluate digits.safetensors t10k-images-idx3-ubyte.gz", "images"],
      ]),
    )
    .action(async (model: string, data: string, options: EvaluateCommandOptions) => {
      const { evaluate } = await import("../actions/evaluate.ts");
      await evaluate([model, data], options, openTerminal(options));
    });
}
