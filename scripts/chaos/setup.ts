/** What the trainings of one run of the harness share. */
import type { Ending } from "./process.ts";

export interface Setup {
  /** The file of `bundle`. */
  readonly program: string;
  /** Nodes that train; a scenario on kernels that are not strict uses the first alone. */
  readonly nodes: readonly [string, ...string[]];
  /** A folder for the files of one training. */
  readonly folder: string;
  /** Milliseconds after which a process counts as hung. */
  readonly limit: number;
}

/** The seed of a process that trains from the first step. */
export const SEED = 1;

/** What went wrong, and all that happened before. */
export class ChaosError extends Error {
  constructor(
    message: string,
    readonly log: readonly string[],
  ) {
    super(message);
  }
}

/** Whether a process trained to the end. */
export function isWhole({ fitted, code }: Ending): boolean {
  return fitted && code === 0;
}

/** `ended by SIGKILL while it wrote a file` */
export function printEnding({ code, signal, hung, metWrite, warnings }: Ending): string {
  const how = hung ? "hung" : `ended ${signal === null ? `with code ${code}` : `by ${signal}`}`;
  return `${how}${metWrite ? " while it wrote a file" : ""}${warnings === "" ? "" : `; it said ${printWarnings(warnings)}`}`;
}

/** The lines that name a warning or an error, without the stack of calls. */
export function printWarnings(warnings: string): string {
  const lines = warnings.split("\n").filter((line) => /^(?! ).*(Warning|Error)\b/.test(line));
  return `"${(lines.length === 0 ? warnings.trim() : lines.join(" ")).replaceAll(/\(node:\d+\) /g, "")}"`;
}
