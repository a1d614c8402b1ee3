import { execSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** The package in an empty folder, installed from its tarball. */
export interface Installed {
  readonly folder: string;
  readonly tarball: string;
  /** Bytes of the tarball. */
  readonly packed: number;
  /** What npm printed. */
  readonly messages: string;
  /** Writes a file into the folder and returns its path. */
  write(file: string, text: string): string;
  remove(): void;
}

/** Runs a line of the system's shell, and gives what it prints. */
export function run(command: string, cwd = resolve(".")): string {
  return execSync(command, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

export function install(): Installed {
  const folder = mkdtempSync(join(tmpdir(), "lanegrad-"));
  const packed = run(`npm pack --json --ignore-scripts --pack-destination "${folder}"`);
  const [{ filename, size }] = JSON.parse(packed) as [{ filename: string; size: number }];
  const write = (file: string, text: string): string => {
    writeFileSync(join(folder, file), text);
    return join(folder, file);
  };
  write("package.json", "{}");
  const tarball = join(folder, filename);
  const messages = run(`npm install --offline --no-audit --no-fund "${tarball}" 2>&1`, folder);
  return { folder, tarball, packed: size, messages, write, remove: () => rmSync(folder, { recursive: true }) };
}
