import process from "node:process";
import { CommanderError } from "commander";
import { CommandError, EXIT } from "./errors.ts";

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
const INVALID =
  /(?:option|argument value for|command-argument value) ?'(.*?)' (?:argument )?'(.*)' is invalid(?: for argument '(.*)')?\. (.*)/s;

/** An error of the command line for people, and any other error as it is; undefined where help was printed and all is well. */
export function usageError(error: unknown): unknown {
  if (!(error instanceof CommanderError)) return error;
  if (error.exitCode === 0) return undefined;
  const where = commandIn(process.argv);
  const [text = "", suggestion = ""] = error.message.split("\n(");
  const meant = suggestion.match(/(?<=Did you mean (?:one of )?)[^?]+/)?.[0];
  const help = `try: lanegrad ${where === "lanegrad" ? "" : `${where} `}--help`;
  const hint = meant === undefined ? help : `did you mean ${meant}?\n${help}`;
  return new CommandError(`${where}: ${messageOf(error.code, text)}`, hint, EXIT.usage);
}

function messageOf(code: string, text: string): string {
  const [, flag, got, , rule = ""] = INVALID.exec(text) ?? [];
  if (flag !== undefined)
    return `${flag} ${rule.replace(/^Allowed choices are (.*)\.$/, "must be one of $1")}; got ${got}`;
  const [pattern, message] = RULES[code] ?? [/^/, ""];
  const found = pattern.exec(text);
  return found && message
    ? message.replace(/\$(\d)/g, (_, i: string) => found[Number(i)] ?? "")
    : text.replace(/^error: /, "");
}

/** The first word that is no option. */
function commandIn(argv: readonly string[]): string {
  const first = argv[2] ?? "";
  return /^[a-z]+$/.test(first) ? first : "lanegrad";
}
