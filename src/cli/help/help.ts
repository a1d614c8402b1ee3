import process from "node:process";
import type { Argument, Command, Option } from "commander";
import { hasColors, styleOf } from "../terminal/style.ts";
import { examples } from "./examples.ts";

const WIDEST = 100; // columns: longer lines read badly

const EXAMPLES = [
  ["lanegrad train people.csv --target income", "train on a table, and save model.safetensors"],
  ["lanegrad predict model.safetensors new.csv > predicted.csv", "predict rows that the model has not seen"],
  ["lanegrad info model.safetensors", "what a file has; without a file, what this machine offers"],
] as const;

/** Help with colors, as wide as the terminal. */
export function withHelp(command: Command): Command {
  const { bold, cyan, dim } = styleOf(true); // commander removes colors where there are none
  return command
    .configureHelp({
      showGlobalOptions: false,
      minWidthToWrap: 16,
      subcommandTerm: (command) => [command.name(), ...command.registeredArguments.map(humanReadable)].join(" "),
      optionDescription: described,
      styleTitle: bold,
      styleCommandText: cyan,
      styleSubcommandText: cyan,
      styleOptionText: cyan,
      styleArgumentText: cyan,
      styleDescriptionText: (text) => text.replaceAll(/\(default: [^)]*\)/g, dim),
    })
    .configureOutput({
      getOutHelpWidth: () => Math.min(process.stdout.columns || 80, WIDEST),
      getOutHasColors: () => hasColors(process.stdout),
      outputError: () => undefined, // main.ts prints errors
    });
}

/** What an option is, with its values and default if the text does not say them. */
function described({ description, argChoices = [], defaultValue, required, optional }: Option): string {
  const isNamed = argChoices.every((choice) => description.includes(choice));
  const hasDefault = (required || optional) && defaultValue !== undefined && defaultValue !== "";
  const notes = [
    ...(isNamed ? [] : [argChoices.join(", ")]),
    ...(hasDefault ? [`default: ${String(defaultValue)}`] : []),
  ];
  return notes.length === 0 ? description : `${description} (${notes.join("; ")})`;
}

/** `[file]` or `<data>` */
function humanReadable(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

/** The help of the whole program: commands in groups, examples, and where docs are. */
export function withRootHelp(program: Command): Command {
  return program
    .usage("<command> [options]")
    .configureHelp({ ...program.configureHelp(), visibleOptions: () => [] })
    .addHelpText(
      "after",
      `${examples(EXAMPLES)}
All options of a command: lanegrad help train
Version: lanegrad --version
Docs: https://github.com/lanegrad/lanegrad/blob/main/docs/command-line.md`,
    );
}
