import { basename } from "node:path";
import process from "node:process";
import { Command, InvalidArgumentError } from "commander";

/** The settings of an example, one option for each. Defaults: `full`, or `quick` with --quick. */
export function readSettings<S extends Readonly<Record<string, number>>>(full: S, quick: Partial<S>): S {
  const command = new Command(`npx tsx examples/${basename(process.argv[1] ?? "", ".ts")}.ts`).option(
    "--quick",
    "a run of a few seconds",
  );
  for (const [name, value] of Object.entries(full)) {
    const small = quick[name] === undefined ? "" : `; with --quick: ${quick[name]}`;
    command.option(`--${name} <number>`, `default: ${value}${small}`, wholeNumber);
  }
  const { quick: isQuick, ...given } = command.parse().opts<Partial<S> & { readonly quick?: true }>();
  return { ...full, ...(isQuick && quick), ...given };
}

function wholeNumber(text: string): number {
  if (/^\d+$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError("It must be a whole number above 0.");
}
