import process from "node:process";
import { CommandError } from "../errors.ts";

/** What a shell reports of a program that SIGPIPE ended; Node ignores that signal. */
const CLOSED_PIPE = 128 + 13;

/** Ends the process without a message when the reader of standard output is gone, as in `| head -1`. */
export function quietOnClosedPipe(): void {
  for (const [name, stream] of [
    ["output", process.stdout],
    ["error", process.stderr],
  ] as const) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(CLOSED_PIPE);
      throw new CommandError(`lanegrad: standard ${name} must be writable; got ${error.message}`);
    });
  }
}
