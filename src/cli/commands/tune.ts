import { Command, Option } from "commander";
import type { TuneOptions } from "../actions/tune.ts";
import { wholeNumber } from "../arguments.ts";
import { examples } from "../help/examples.ts";
import { openTerminal } from "../terminal/open.ts";
import { dataOptions, learningOptions } from "./training-options.ts";
import { collected, wideOptions } from "./shared-options.ts";

export function tuneCommand(): Command {
  const command = new Command("tune")
    .summary("the settings with which a model learns best")
    .description(
      "Trains with many settings on the same rows, each with early stopping, and names those that are the best on the validation set. All options of train say what is not varied.",
    )
    .argument("<data>", "a file or folder; - for CSV from standard input");
  const search = [
    new Option(
      "--try <option=values>",
      "an option of train and what it is to be: lr=0.001,0.01 are values, dropout=0..0.5 a range (in a grid 5 values), lr=1e-4..1e-1:log a range by logarithm; once for each option",
    )
      .argParser(collected)
      .makeOptionMandatory(),
    new Option("--random <n>", "try n random settings (default: the grid, all combinations)").argParser(
      wholeNumber(1, 10_000),
    ),
    new Option("--seeds <n>", "train settings with n seeds, for mean and deviation; parts stay the same")
      .argParser(wholeNumber(1, 1000))
      .default(1),
    new Option("--by <score>", "what is best on the validation set").choices(["loss", "accuracy"]).default("loss"),
  ].map((option) => option.helpGroup("Search:"));
  const files = [
    new Option("--log <file>", "write each result as a line of JSON, from which --resume continues"),
    new Option("--resume", "continue the search of --log after it was stopped"),
    new Option("-o, --output <file>", "write the best model, trained once more to the same bits"),
    new Option("--report <file>", "write an HTML file that compares the best 20 trainings"),
    new Option("--force", "replace files that are there"),
  ].map((option) => option.helpGroup("Files:"));
  const shared = [...dataOptions(), ...learningOptions()];
  const wide = wideOptions().map((option) => option.helpGroup("Learning:"));
  for (const option of [...search, ...shared, ...wide, ...files]) command.addOption(option);
  return command
    .addHelpText(
      "after",
      examples([
        ["lanegrad tune houses.csv -t price --try lr=0.001,0.01 --try model=64-OUT,128-64-OUT", "a grid of 4"],
        ["lanegrad tune mails.csv -t spam --try dropout=0..0.5 --try lr=1e-4..1e-1:log --random 20", "random settings"],
        ["lanegrad tune mails.csv -t spam --try dropout=0,0.3 --seeds 5 --by accuracy", "is it more than chance?"],
        ["lanegrad tune big.csv -t churn --try lr=1e-4..1e-1:log --log tune.jsonl --resume", "may be stopped"],
      ]),
    )
    .action(async (data: string, options: TuneOptions) => {
      const { tune } = await import("../actions/tune.ts");
      await tune(data, options, givenOf(command, shared), openTerminal(options));
    });
}

/** Options that the command line has, by their long names, as text. */
function givenOf(command: Command, options: readonly Option[]): Readonly<Record<string, string | true>> {
  return Object.fromEntries(
    options.flatMap((option) => {
      const name = option.attributeName();
      if (command.getOptionValueSource(name) !== "cli") return [];
      const value: unknown = command.getOptionValue(name);
      const text = Array.isArray(value) ? value.join("x") : String(value);
      return [[option.long?.slice("--".length) ?? name, value === true ? true : text] as const];
    }),
  );
}
