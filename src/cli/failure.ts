import process from "node:process";
import { inspect } from "node:util";
import { CommandError, EXIT } from "./errors.ts";
import { harmless } from "./terminal/plain.ts";
import { hasColors, styleOf } from "./terminal/style.ts";
import { version } from "./version.ts";

/** Names of errors that only the library throws. */
const OF_LIBRARY = new Set(["FileError", "FormatError", "NonFiniteError", "ShapeError", "StateDictError"]);

/** Prints an error and ends the process, which may still wait for standard input or threads. */
export async function fail(error: unknown): Promise<never> {
  const style = styleOf(hasColors(process.stderr));
  const isCommandError = error instanceof CommandError;
  const message = error instanceof Error ? error.message : inspect(error);
  const hint = isCommandError ? error.hint : undefined;
  if (isJson(process.argv)) {
    const event = { type: "error", message, ...(hint === undefined ? {} : { hint }) };
    await written(process.stdout, JSON.stringify(event));
  }
  const text = harmless(`${style.red(message)}${hint === undefined ? "" : `\n${hint}`}`);
  await written(process.stderr, isForPeople(error) ? text : reportOf(error));
  process.exit(isCommandError ? error.exitCode : EXIT.failed);
}

/** The stack of an error that should not be, and what a report of it needs. */
function reportOf(error: unknown): string {
  const facts = `lanegrad ${version()}, Node ${process.versions.node}, ${process.platform} ${process.arch}`;
  return `${error instanceof Error ? (error.stack ?? error.message) : inspect(error)}

This is a bug of lanegrad. Please report it with the lines above and these facts:
${facts}
https://github.com/lanegrad/lanegrad/issues`;
}

/** Writes a line; pipes of some systems are asynchronous. */
async function written(stream: NodeJS.WriteStream, line: string): Promise<void> {
  await new Promise((resolve) => stream.write(`${line}\n`, resolve));
}

function isJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return argv.slice(2, end < 0 ? undefined : end).includes("--json");
}

/** Whether the message says what must be done: errors of commands, of the library, and of the system about files. */
function isForPeople(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof CommandError || OF_LIBRARY.has(error.name)) return true;
  const isOfSystem = "syscall" in error && "code" in error;
  // The library's form; errors of the engine have none: "Cannot read properties of undefined".
  return isOfSystem || /^[^\n:]+: .*; got /s.test(error.message);
}
