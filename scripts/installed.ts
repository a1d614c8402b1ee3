/** Programs from npm that are cached in node_modules/.cache. */
import { execSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import process from "node:process";

/** The path of Node of a major version: the running one where it is of that version. */
export function nodeOf(version: number): string {
  if (process.versions.node.startsWith(`${version}.`)) return process.execPath;
  const node = `node_modules/node/bin/node${process.platform === "win32" ? ".exe" : ""}`;
  return installed(`node-${version}`, `node@${version}`, node);
}

/** The path of a file of a package, which is installed if it is not there. */
export function installed(folder: string, name: string, file: string): string {
  const directory = resolve(`node_modules/.cache/${folder}`);
  const path = `${directory}/${file}`;
  if (!existsSync(path)) {
    const quiet = "--no-audit --no-fund --no-save --loglevel=error";
    // Elsewhere npm would take the name of a directory for that package.
    try {
      execSync(`npm install --prefix "${directory}" ${quiet} ${name}`, { stdio: "inherit", cwd: tmpdir() });
    } catch (error) {
      throw new NotInstalledError(name, { cause: error });
    }
  }
  return path;
}

/** Thrown where a program is not on this machine and cannot be installed. */
export class NotInstalledError extends Error {
  override name = "NotInstalledError";
}

/** The version in a package.json. */
export function versionIn(path: string): string {
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}
