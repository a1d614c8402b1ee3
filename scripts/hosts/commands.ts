/** Hosts that are commands: they run a program and print. */
import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import process from "node:process";
import { promisify } from "node:util";
import type { HostCase } from "./cases.ts";
import { NotInstalledError, installed, nodeOf } from "../installed.ts";
import { type Outputs, writeProgram } from "./program.ts";
import type { HostRun } from "./host-run.ts";

const LIMIT = 300_000; // ms for one program
const MOST = 2 ** 28; // bytes that one may print
const EXE = process.platform === "win32" ? ".exe" : "";

/** What a program prints, which it must do within a time limit. */
export async function printed(command: string, args: readonly string[], directory?: string): Promise<string> {
  const options = { timeout: LIMIT, maxBuffer: MOST, ...(directory && { cwd: directory }) };
  try {
    return (await promisify(execFile)(command, args, options)).stdout;
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, "code") === "ENOENT") throw new NotInstalledError(command);
    throw error;
  }
}

/** Node of a major version. */
export async function inNode(cases: readonly HostCase[], version: number): Promise<HostRun> {
  const node = nodeOf(version);
  const directory = await writeProgram(`node-${version}`, "node", cases);
  return { version: (await printed(node, ["--version"])).trim(), outputs: await main(directory, node, []) };
}

export async function inDeno(cases: readonly HostCase[]): Promise<HostRun> {
  const deno = installed("deno", "deno@2", `node_modules/deno/deno${EXE}`);
  const directory = await writeProgram("deno", "deno", cases);
  const [version = ""] = /\d[\d.]*/.exec(await printed(deno, ["--version"])) ?? [];
  // Without any permission: imports of the program's own files need none.
  return { version, outputs: await main(directory, deno, ["run", "--no-prompt", "--no-config"]) };
}

export async function inBun(cases: readonly HostCase[]): Promise<HostRun> {
  const bun = installed("bun", "bun@1", "node_modules/bun/bin/bun.exe"); // its name on every system
  const directory = await writeProgram("bun", "bun", cases);
  return { version: (await printed(bun, ["--version"])).trim(), outputs: await main(directory, bun, ["run"]) };
}

const JSC = "/usr/bin/jsc";

/** The shell of JavaScriptCore, WebKit's engine, which has no more of a browser than `atob`. */
export async function inJsc(cases: readonly HostCase[]): Promise<HostRun> {
  if (!existsSync(JSC)) throw new NotInstalledError(JSC);
  const directory = await writeProgram("jsc", "inline", cases);
  const [, version = ""] =
    /Version: (\d[\d.]*)/.exec(await printed("dpkg", ["-s", "libjavascriptcoregtk-4.0-bin"])) ?? [];
  return { version, outputs: await main(directory, JSC, ["-m"], "print") };
}

/** What the program of a directory gives. @param print the host's function for a line of text */
async function main(
  directory: string,
  command: string,
  args: readonly string[],
  print = "console.log",
): Promise<Outputs> {
  const text = `import { outputs } from "./program.js";\n${print}(JSON.stringify(outputs()));\n`;
  writeFileSync(`${directory}/main.js`, text);
  return JSON.parse(await printed(command, [...args, `${directory}/main.js`], directory)) as Outputs;
}
