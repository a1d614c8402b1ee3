import { Command, Option } from "commander";
import type { TrainOptions } from "../actions/train.ts";
import { examples } from "../help/examples.ts";
import { openTerminal } from "../terminal/open.ts";
import { wideOptions } from "./shared-options.ts";
import { dataOptions, learningOptions } from "./training-options.ts";

export function trainCommand(): Command {
  const command = new Command("train")
    .summary("a model from a table or images")
    .description(
      "Trains a model on the rows of a CSV, JSON lines, Parquet or IDX file, or on a folder of images with a subfolder for each class, and saves it with all that predictions need.",
    )
    .argument("<data>", "a file or folder; - for CSV from standard input");
  const files = [
    new Option("-o, --output <file>", "the model that is written").default("model.safetensors"),
    new Option("--force", "replace files that are there"),
    new Option("--report <file>", "write an HTML file about the training: curves, mistakes, certainty, layers"),
    new Option(
      "--embed <what>",
      "data in the report: none, mistakes, or all, which lanegrad replay trains again without other files",
    )
      .choices(["none", "mistakes", "all"])
      .default("none"),
    new Option("--checkpoints <folder>", "write the state after each epoch, also after Ctrl-C"),
    new Option("--resume", "continue from the newest checkpoint, to the same bits as without a stop"),
    new Option("--dry-run", "show what would be trained, and end"),
  ].map((option) => option.helpGroup("Files:"));
  const wide = wideOptions().map((option) => option.helpGroup("Learning:"));
  for (const option of [...dataOptions(), ...learningOptions(), ...wide, ...files]) command.addOption(option);
  return command
    .addHelpText(
      "after",
      examples([
        ["lanegrad train houses.csv --target price", "a table: inputs are inferred, and shown"],
        ["lanegrad train houses.csv -t price --dry-run", "only shows what the columns become, and why"],
        ["lanegrad train mails.csv -t spam -m 128-2 --dropout 0.3 --test 0.2", "a model and a last test of your own"],
        ["lanegrad train pets/ --size 64 --report pets.html", "images: a folder for each class, with a report"],
        ["lanegrad train train-images-idx3-ubyte -m 512-512-10 --dropout 0.5", "MNIST"],
        ["lanegrad train big.parquet -t churn --checkpoints run --resume", "goes on where it was stopped"],
      ]),
    )
    .action(async (data: string, options: TrainOptions) => {
      const { train } = await import("../actions/train.ts");
      await train(data, options, openTerminal(options));
    });
}
