/** The file of a search: a line of JSON for the search and one for each trial, so that a search that was killed continues. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { CommandError } from "../errors.ts";
import type { Settings } from "./space.ts";

/** One training of a search. */
export interface Trial {
  readonly settings: Settings;
  readonly seed: number;
  /** On the validation set; null if the training gave numbers that are not finite. */
  readonly loss: number | null;
  readonly accuracy: number | null;
  readonly epochs: number;
  readonly seconds: number;
  /** Why the training did not end well; null if it did. */
  readonly failed: string | null;
}

export interface TrialLog {
  /** Trials of the search before it was interrupted. */
  readonly before: readonly Trial[];
  readonly add: (trial: Trial) => void;
}

/**
 * Opens the file of a search.
 * @param search what must be equal for trials to be comparable: data, split and options that are not varied
 * @throws CommandError when the file has another search, or has one and `isResumed` is false
 */
export function openLog(file: string, search: object, isResumed: boolean): TrialLog {
  const add = (trial: Trial): void => appendFileSync(file, `${JSON.stringify({ type: "trial", ...trial })}\n`);
  if (!existsSync(file)) {
    writeFileSync(file, `${JSON.stringify({ type: "begin", search })}\n`, { flag: "wx" });
    return { before: [], add };
  }
  const text = readFileSync(file, "utf8");
  // A process that was killed may have written a part of its last line.
  const end = text.lastIndexOf("\n") + 1;
  const [first, ...others] = text.slice(0, end).split("\n").slice(0, -1).map((line, i) => parsed(file, line, i + 1)); // prettier-ignore
  if (Reflect.get(Object(first), "type") !== "begin") {
    throw new CommandError(`tune: --log must be a file of a search, or a new one; got ${JSON.stringify(file)}`);
  }
  if (!isResumed) {
    throw new CommandError(
      `tune: --log must be a new file; got ${JSON.stringify(file)}, which has ${others.length} trials`,
      "--resume continues that search; or delete the file",
    );
  }
  const found: unknown = Reflect.get(Object(first), "search");
  const different = differenceOf(found, search);
  if (different !== undefined) {
    throw new CommandError(
      `tune: --resume must continue the same search; got another ${different} than ${JSON.stringify(file)} has`,
      "use the same options and data, or another --log",
    );
  }
  const before = others.map((line, i) => trialOf(file, line, i + 2));
  if (end < text.length) writeFileSync(file, text.slice(0, end));
  return { before, add };
}

function parsed(file: string, line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new CommandError(
      `tune: --log must have a value of JSON in each line; got another text in line ${number} of ${file}`,
    );
  }
}

/** The name of a value that differs; undefined if none does. */
function differenceOf(found: unknown, expected: object): string | undefined {
  const names = new Set([...Object.keys(Object(found)), ...Object.keys(expected)]);
  return [...names].find(
    (name) => JSON.stringify(Reflect.get(Object(found), name)) !== JSON.stringify(Reflect.get(expected, name)),
  );
}

function trialOf(file: string, line: unknown, number: number): Trial {
  const { settings, seed, loss, accuracy, epochs, seconds, failed }: Readonly<Record<string, unknown>> = Object(line);
  const isNumberOrNull = (value: unknown): value is number | null => value === null || typeof value === "number";
  if (
    isSettings(settings) &&
    typeof seed === "number" &&
    isNumberOrNull(loss) &&
    isNumberOrNull(accuracy) &&
    typeof epochs === "number" &&
    typeof seconds === "number" &&
    (failed === null || typeof failed === "string")
  ) {
    return { settings, seed, loss, accuracy, epochs, seconds, failed };
  }
  throw new CommandError(`tune: --log must have a trial in each line; got another value in line ${number} of ${file}`);
}

function isSettings(value: unknown): value is Settings {
  return typeof value === "object" && value !== null && Object.values(value).every((each) => typeof each === "string");
}
