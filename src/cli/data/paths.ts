import { type Stats, lstatSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { CommandError } from "../errors.ts";
import { nearest } from "../nearest.ts";

/**
 * What is at a path.
 * @throws CommandError with the nearest name in the folder when nothing is
 */
export function requireFile(where: string, what: string, path: string): Stats {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found) return found;
  if (lstatSync(path, { throwIfNoEntry: false })) {
    throw new CommandError(
      `${where}: ${what} must be a file or folder that is there; got ${JSON.stringify(path)}, a link to nothing`,
    );
  }
  const near = nearestFile(path);
  throw new CommandError(
    `${where}: ${what} must be a file or folder that is there; got ${JSON.stringify(path)}`,
    near === undefined ? undefined : `did you mean ${JSON.stringify(near)}?`,
  );
}

/** @throws CommandError for a folder, and for a device or pipe, which may never end; nothing there is no error of this */
export function requireRegular(where: string, path: string): void {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status || status.isFile()) return;
  const got = status.isDirectory() ? "a folder" : "a device or pipe";
  throw new CommandError(`${where}: ${JSON.stringify(path)} must be a file; got ${got}`);
}

/** The path beside a path that is not there whose name is the most like it; undefined if none is much like it. */
function nearestFile(path: string): string | undefined {
  const folder = dirname(path);
  let names: readonly string[] = [];
  try {
    names = readdirSync(folder);
  } catch {
    return undefined;
  }
  const near = nearest(basename(path), names);
  if (near === undefined) return undefined;
  return folder === "." && !path.startsWith("./") ? near : join(folder, near);
}
