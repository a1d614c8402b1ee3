import { Command } from "commander";
import type { EvaluateCommandOptions } from "../actions/evaluate.ts";
import { wholeNumber } from "../arguments.ts";
import { examples } from "../help/examples.ts";
import { openTerminal } from "../terminal/open.ts";
import { embedOption, modelOptions, monteCarloOptions, readingOptions } from "./shared-options.ts";

export function evaluateCommand(): Command {
  const command = new Command("evaluate")
    .summary("how good a model is on rows whose target is known")
    .description(
      "Measures a model on data: loss; for classes accuracy with its interval, scores of each class, confusions; for numbers " +
        "errors and R² beside those of the mean; the worst mistakes.",
    )
    .argument("<model>", "a model that lanegrad train wrote, or io.save with its schema")
    .argument("<data>", "CSV, JSON lines, Parquet, IDX or a folder of images, with the target; - for standard input")
    .option("--mistakes <n>", "show the rows with the largest losses", wholeNumber(0, 10_000), 10)
    .option("--report <file>", "write a report: one HTML file with all curves")
    .addOption(embedOption())
    .option("--skip", "leave out rows that do not fit");
  for (const option of [
    ...readingOptions(),
    ...monteCarloOptions("say what the uncertainty tells"),
    ...modelOptions(),
  ]) {
    command.addOption(option);
  }
  return command
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
