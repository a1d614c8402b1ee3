/** Wide mode of commands that train: used after a self-test, whose answer is remembered. */
import { cpus } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { backend, configure } from "lanegrad";
import { CommandError } from "./errors.ts";
import type { Terminal } from "./terminal/terminal.ts";
import { version } from "./version.ts";
import { rememberAnswer, rememberedAnswer } from "./wide/answers.ts";
import { cacheDirectory } from "./wide/cache-directory.ts";
import { testInChild } from "./wide/child.ts";
import { quietly } from "./wide/quietly.ts";

/**
 * Enables wide mode if it passed its self-test for this Node, processor and version of lanegrad. Results have the same bits
 * with and without it, with strict and with relaxed kernels. Call this before the first model runs.
 * @param choice true tests now and requires that it passes, false does without; undefined follows LANEGRAD_WIDE, else tests once
 * @throws CommandError when wide mode is required and does not pass
 */
export async function prepareWide(terminal: Terminal, choice: boolean | undefined): Promise<void> {
  const asked = choice ?? switchFrom(process.env["LANEGRAD_WIDE"]);
  if (asked === false) return configure({ wide: false });
  // Asked for by the environment: the library tests it alone, and warns.
  if (asked === true && choice === undefined) return;
  const refused = (choice === true ? undefined : await rememberedWide()) ?? (await tested(terminal));
  if (refused === "") await quietly(() => (configure({ wide: true }), backend()));
  if (choice !== true || backend().wide) return;
  const reason = refused === "" ? (backend().why.find((why) => why.startsWith("not wide: ")) ?? "") : refused;
  throw new CommandError(
    `--wide: wide mode must pass its self-test; got "${reason.replace(/^not wide: /, "")}"`,
    "without --wide, training uses the kernels that work here",
  );
}

const file = (): string => join(cacheDirectory(), "wide.json");

/** Why wide mode is not used on this machine, "" if it passed its self-test, and undefined before a command tested it. */
export async function rememberedWide(): Promise<string | undefined> {
  return (await rememberedAnswer(file(), machine()))?.refused;
}

async function tested(terminal: Terminal): Promise<string> {
  terminal.note("testing wide mode in a process of its own: once for this Node and processor");
  const { location } = await import("./wide/self-test.ts");
  const refused = await testInChild(location);
  await rememberAnswer(file(), { machine: machine(), refused, time: Date.now() });
  return refused;
}

/** What the answer depends on. */
function machine(): string {
  const { node, v8 } = process.versions;
  const processor = cpus()[0]?.model.trim() ?? "unknown processor";
  return `lanegrad ${version()}, Node ${node}, V8 ${v8}, ${process.arch}, ${processor}`;
}

/** 0 and 1 as the library takes them, which refuses other values. */
function switchFrom(value: string | undefined): boolean | undefined {
  return value === undefined ? undefined : value === "1";
}
