import process from "node:process";
import { inspect } from "node:util";
import { CommandError, EXIT } from "./errors.ts";
import { hasColors, styleOf } from "./terminal/style.ts";
import { version } from "./version.ts";

/** Names of errors that only the library throws. */
const OF_LIBRARY = new Set(["FileError", "FormatError", "NonFiniteError", "ShapeError", "StateDictError"]);

/** Prints an error and sets the exit code. Undefined is no error. */
export function fail(error: unknown): void {
  if (error === undefined) return;
  const style = styleOf(hasColors(process.stderr));
  const isCommandError = error instanceof CommandError;
  const message = error instanceof Error ? error.message : inspect(error);
  const hint = isCommandError ? error.hint : undefined;
  process.exitCode = isCommandError ? error.exitCode : EXIT.failed;
  if (isJson(process.argv)) {
    const event = { type: "error", message, ...(hint === undefined ? {} : { hint }) };
    process.stdout.write(`${JSON.stringify(event)}\n`);
  }
  if (isForPeople(error)) {
    process.stderr.write(`${style.red(message)}\n${hint === undefined ? "" : `${hint}\n`}`);
    return;
  }
  const stack = error instanceof Error ? (error.stack ?? message) : message;
  const facts = `lanegrad ${version()}, Node ${process.versions.node}, ${process.platform} ${process.arch}`;
  process.stderr.write(
    `${stack}\n\nThis is a bug of lanegrad. Please report it with the lines above and these facts:\n`,
  );
  process.stderr.write(`${facts}\nhttps://github.com/lanegrad/lanegrad/issues\n`);
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
