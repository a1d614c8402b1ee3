/** Where a command prints. Results go to standard output, all else to standard error. */
export interface Terminal {
  /** Whether results are JSON: the option --json. */
  readonly json: boolean;
  /** Whether standard output is a terminal: then results may have colors and charts, and progress is shown. */
  readonly isInteractive: boolean;
  /** Columns of the terminal; 80 if there is none. */
  readonly columns: number;
  /** Colors and weights of text; they change nothing where colors are off (pipes, NO_COLOR). */
  readonly style: Style;
  /** Prints the result: `value` as one line of JSON with --json, else the text. Waits while the reader of a pipe is slow. */
  result(value: object, text: () => string): Promise<void>;
  /** Prints a line to standard error, for people: only where that is a terminal, and neither with --json nor --quiet. */
  note(text: string): void;
  /** Shows one or more lines that the next ones, a note or a result replace; "" removes it. It is shown where notes are. */
  status(text: string): void;
}

export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}
