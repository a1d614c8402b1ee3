import { existsSync, mkdtempSync, rmdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { makeFolder } from "./data/make-folder.ts";
import { CommandError, UsageError } from "./errors.ts";

/** Files that a command writes when its work is done. */
export interface Outputs {
  /** By the option that names each. */
  readonly files: Readonly<Record<string, string | undefined>>;
  /** Files that are read, which must not be replaced. */
  readonly inputs: readonly string[];
  /** Whether files that are there are replaced. */
  readonly replaces: boolean;
}

/**
 * Makes sure before hours of work that their results can be written.
 * @throws CommandError when a file is there and is not to be replaced, two are one, or a folder cannot be written in
 */
export function requireWritable(where: string, { files, inputs, replaces }: Outputs): void {
  const given = Object.entries(files).flatMap(([option, path]) => (path === undefined ? [] : [{ option, path }]));
  given.forEach(({ option, path }, i) => {
    const called = `${where}: ${option} must be`;
    const same = given.slice(0, i).find((other) => resolve(other.path) === resolve(path));
    if (same) throw new UsageError(`${called} another file than that of ${same.option}; got ${path}`);
    if (inputs.some((input) => resolve(input) === resolve(path))) {
      throw new UsageError(`${called} another file than what is read; got ${path}`);
    }
    const status = statSync(path, { throwIfNoEntry: false });
    if (status?.isDirectory()) throw new CommandError(`${called} a file; got the folder ${path}`);
    if (status && !replaces) {
      throw new CommandError(
        `${called} a file that is not there yet; got ${path}`,
        `--force replaces it; ${option} writes another`,
      );
    }
    requireFolder(called, path);
  });
}

/** Makes the folder of checkpoints. @throws CommandError when it cannot be made or written in */
export function requireFolderFor(where: string, folder: string): void {
  try {
    makeFolder(folder);
  } catch (cause) {
    throw new CommandError(
      `${where}: --checkpoints must be a folder; got ${cause instanceof Error ? cause.message : folder}`,
    );
  }
  requireFolder(`${where}: --checkpoints must be`, join(folder, "checkpoint"));
}

/** Requires ECharts, which draws a report. @throws CommandError with the command that installs it */
export function requireCharts(where: string): void {
  try {
    createRequire(import.meta.url).resolve("echarts/core");
  } catch {
    throw new CommandError(
      `${where}: reports must have the package echarts, which draws them; got none`,
      "npm install echarts",
    );
  }
}

function requireFolder(called: string, path: string): void {
  const folder = dirname(resolve(path));
  if (!existsSync(folder)) {
    throw new CommandError(`${called} in a folder that is there; got ${path}`, `mkdir -p ${dirname(path)}`);
  }
  try {
    rmdirSync(mkdtempSync(join(folder, ".lanegrad-")));
  } catch (cause) {
    const why = cause instanceof Error ? ` (${cause.message})` : "";
    throw new CommandError(`${called} in a folder that can be written in; got ${basename(path)} in ${folder}${why}`);
  }
}
