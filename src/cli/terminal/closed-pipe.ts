import process from "node:process";

/** What a shell reports of a program that SIGPIPE ended; Node ignores that signal. */
const CLOSED_PIPE = 128 + 13;

/** Ends the process without a message when the reader of standard output is gone, as in `| head -1`. */
export function quietOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(CLOSED_PIPE);
      throw error;
    });
  }
}
