/** An error of a command, for people: printed without a stack. */
export class CommandError extends Error {
  /**
   * @param message `train: what must hold; got what`
   * @param hint what to do, or a word that was meant: printed on a line of its own
   * @param exitCode see `EXIT`
   */
  constructor(
    message: string,
    readonly hint?: string,
    readonly exitCode: number = EXIT.failed,
  ) {
    super(message);
    this.name = "CommandError";
  }
}

/** A wrong command line: nothing was begun. */
export class UsageError extends CommandError {
  constructor(message: string, hint?: string) {
    super(message, hint, EXIT.usage);
  }
}

/** Exit codes of the process. A signal ends it with 128 and the signal's number. */
export const EXIT = {
  done: 0,
  /** A file, the data or the model did not allow it. */
  failed: 1,
  /** The command line is wrong: nothing was begun. */
  usage: 2,
  /** The command ran, and the answer is no: `replay` got other bits. */
  no: 3,
} as const;
