/** Options that several commands have. */
import { Option } from "commander";
import { wholeNumber } from "../arguments.ts";
import { FORMAT_NAMES } from "../data/format.ts";

/** Of commands that train. Neither of them: wide mode after a self-test that is remembered. */
export function wideOptions(): readonly Option[] {
  return [
    new Option(
      "--wide",
      "test wide mode again, and require it (default: used if it passed its test once). Results have the same bits with and without it, with strict and relaxed kernels",
    ),
    new Option("--no-wide", "do without wide mode"),
  ];
}

/** Of commands that read data: how. */
export function readingOptions(): readonly Option[] {
  return [
    new Option("--format <format>", `${FORMAT_NAMES.join(", ")} (default: by the ending of the name)`).choices(
      FORMAT_NAMES,
    ),
    new Option("--delimiter <mark>", 'between cells of CSV: ";", tab (default: a comma; a tab for .tsv)'),
    new Option("--labels <file>", "labels of IDX images (default: the file beside them, named as MNIST names it)"),
  ];
}

/** Of commands that predict: what a model file may lack. */
export function modelOptions(): readonly Option[] {
  return [
    new Option("--schema <file>", "a fitted schema as JSON, or a model that has it (default: that in the model)"),
    new Option("--classes <file>", "a module that exports classes of the model's own layers"),
  ];
}

/** Of commands that may predict with random dropout masks. */
export function monteCarloOptions(what: string, seed = "of the masks"): readonly Option[] {
  return [
    new Option("--monte-carlo <n>", `predict n times with random dropout masks, and ${what}`)
      .argParser(wholeNumber(0, 100_000))
      .default(0),
    new Option("--seed <n>", seed).argParser(wholeNumber(0)).default(42),
  ];
}

/** `--embed` of reports of a model that is trained already. */
export function embedOption(): Option {
  return new Option("--embed <what>", "data in the report: none, or the rows of mistakes")
    .choices(["none", "mistakes"])
    .default("none");
}

/** Words that commas separate. */
export function commaSeparated(text: string): readonly string[] {
  return text.split(",").map((word) => word.trim());
}

/** Values of an option that may be there several times. */
export function collected(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
