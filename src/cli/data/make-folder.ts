import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * Makes a folder and those above it; one that is there stays. Node's own `recursive` never returns below `/proc`.
 * @throws Error of the system when it cannot be made
 */
export function makeFolder(path: string): void {
  const above = dirname(resolve(path));
  if (!existsSync(above) && above !== resolve(path)) makeFolder(above);
  try {
    mkdirSync(path);
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}
