/** A program in C++ that runs the files in the interpreter of WABT, Debian's package `wabt`: an engine that is no browser's. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { text } from "node:stream/consumers";
import { once } from "node:events";
import { resolve } from "node:path";
import { globalOf } from "../../src/export/description.ts";
import { writeWasm } from "../../src/export/index.ts";
import type { ByName, Encoded, HostCase } from "./cases.ts";
import { printed } from "./commands.ts";
import { NotInstalledError } from "../installed.ts";
import type { HostRun } from "./host-run.ts";

const HEADER = "/usr/include/wabt/interp/interp.h";

export async function inWabt(cases: readonly HostCase[]): Promise<HostRun> {
  if (!existsSync(HEADER)) throw new NotInstalledError(HEADER);
  const directory = resolve("build/hosts/wabt");
  mkdirSync(directory, { recursive: true });
  const program = `${directory}/interpreter`;
  const version = (await printed("wasm-interp", ["--version"])).trim();
  await printed("g++", ["-O2", "-std=c++17", "scripts/hosts/interpreter.cc", "-o", program, "-lwabt"]);
  const outputs = [];
  for (const each of cases) outputs.push([each.name, await run(program, directory, each)] as const);
  return { version, outputs: Object.fromEntries(outputs) };
}

/** The outputs of all calls of a case, made in one process. */
async function run(program: string, directory: string, each: HostCase): Promise<readonly unknown[]> {
  const file = `${directory}/${each.name}.wasm`;
  await writeWasm(file, each.exported);
  const { inputs, outputs } = each.exported.description;
  const process = spawn(program, [file], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(process, "exit");
  const lines = each.calls.map((call) => {
    const set = values(call.given).map(({ base64 }, i) => `${globalOf("input", inputs[i]?.name ?? "")}=${hex(base64)}`);
    const get = values(call.expected).map(
      (base64, i) => `${globalOf("output", outputs[i]?.name ?? "")}:${hex(base64).length / 2}`,
    );
    return `${[call.run, ...set, ...get].join(" ")}\n`;
  });
  process.stdin.end(lines.join(""));
  const results = (await text(process.stdout)).trim().split("\n");
  const [code] = (await ended) as [number];
  if (code !== 0) throw new Error(`the interpreter must end with 0; got ${code} in ${each.name}`);
  return results.map((line) => {
    const found = line
      .trim()
      .split(" ")
      .map((word) => Buffer.from(word.replace(/^.*=/, ""), "hex").toString("base64"));
    return outputs.length === 1 ? found[0] : Object.fromEntries(outputs.map(({ name }, i) => [name, found[i]]));
  });
}

/** One value, or several in the order of their ports. */
function values<T extends string | Encoded>(given: ByName<T>): readonly T[] {
  return isOne(given) ? [given] : Object.values(given);
}

function isOne<T extends string | Encoded>(given: ByName<T>): given is T {
  return typeof given === "string" || typeof given.array === "string";
}

function hex(base64: string): string {
  return Buffer.from(base64, "base64").toString("hex");
}
