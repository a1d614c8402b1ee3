import process from "node:process";
import { type Command, CommanderError } from "commander";
import { UsageError } from "./errors.ts";
import { nearest } from "./nearest.ts";

/** What must hold, by the code of an error of commander; `$1` is from its message. */
const RULES: Readonly<Record<string, readonly [RegExp, string]>> = {
  "commander.unknownOption": [/unknown option '(.*)'/, "options must be those that --help names; got $1"],
  "commander.unknownCommand": [/unknown command '(.*)'/, "a command must be one that --help names; got $1"],
  "commander.missingArgument": [/required argument '(.*)'/, "<$1> must be there; got none"],
  "commander.optionMissingArgument": [/option '(.*)' argument missing/, "$1 must have a value; got none"],
  "commander.missingMandatoryOptionValue": [/option '(.*)' not specified/, "$1 must be there; got none"],
  "commander.excessArguments": [/Expected (\d+) arguments? but got (\d+)/, "arguments must be $1 at most; got $2"],
  "commander.conflictingOption": [/'(.*)' cannot be used with option '(.*)'/, "$1 must be without $2; got both"],
};
/** `option '--norm <kind>' argument 'bach' is invalid. ...` of commander. */
const INVALID = /(?:option '(.*?)' argument|command-argument value) '(.*)' is invalid(?: for argument '(.*)')?\. (.*)/s;
const CHOICES = /^(?:Allowed choices are|must be one of) (.*?)\.?$/;

/** An error of the command line for people, and any other error as it is; undefined where help was printed and all is well. */
export function usageError(error: unknown, program: Command): unknown {
  if (!(error instanceof CommanderError)) return error;
  if (error.exitCode === 0) return undefined;
  const names = program.commands.map((command) => command.name());
  const isCommand = error.code !== "commander.unknownCommand" && names.includes(process.argv[2] ?? "");
  const where = isCommand ? (process.argv[2] ?? "") : "lanegrad";
  const [text = "", suggestion = ""] = error.message.split("\n(");
  const meant = isCommand
    ? (suggestion.match(/(?<=Did you mean (?:one of )?)[^?]+/)?.[0] ?? nearestChoice(text))
    : nearest(/'(.*)'/.exec(text)?.[1] ?? "", names);
  const help = `try: lanegrad ${isCommand ? `${where} ` : ""}--help`;
  const hint = meant === undefined ? help : `did you mean ${meant}?\n${help}`;
  return new UsageError(`${where}: ${messageOf(error.code, text)}`, hint);
}

function messageOf(code: string, text: string): string {
  const [, option, got, argument = "", rule = ""] = INVALID.exec(text) ?? [];
  if (got !== undefined) {
    return `${option ?? `<${argument}>`} ${rule.replace(CHOICES, "must be one of $1")}; got ${got}`;
  }
  const [pattern, message] = RULES[code] ?? [/^/, ""];
  const found = pattern.exec(text);
  if (!found || message === "") return text.replace(/^error: /, "");
  return message.replaceAll(/\$(\d)/g, (_, i: string) => found[Number(i)] ?? "");
}

function nearestChoice(text: string): string | undefined {
  const [, , got = "", , rule = ""] = INVALID.exec(text) ?? [];
  return nearest(got, CHOICES.exec(rule)?.[1]?.split(", ") ?? []);
}
