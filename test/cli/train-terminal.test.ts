/** What `lanegrad train` shows in a narrow terminal, and after Ctrl-C. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { wrapped } from "../../src/cli/terminal/table.ts";
import { flowersCsv } from "./flowers.ts";
import { TerminalRun } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "lanegrad-terminal-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, "flowers.csv"), flowersCsv());

test("results are broken between words", async () => {
  const run = new TerminalRun(["train", "flowers.csv", "-t", "species", "--epochs", "2"], { cwd: folder, columns: 60 });
  await run.shows("next:");
  expect(await run.exited).toBe(0);
  const results = run.screen.split("\n").filter((line) => / rows? are right|interval|always/.test(line));
  expect(results.length).toBeGreaterThan(1);
  expect(results.filter((line) => line.length > 60)).toEqual([]);
});

test("colors do not count as characters of a line", () => {
  expect(wrapped("\u001b[1mone\u001b[0m two three", 7)).toEqual(["\u001b[1mone\u001b[0m two", "three"]);
});

test("after Ctrl-C it says how the training continues", async () => {
  const args = ["train", "flowers.csv", "-t", "species", "--epochs", "100000", "--patience", "0"];
  const run = new TerminalRun([...args, "--checkpoints", "run", "-o", "stopped.safetensors"], { cwd: folder });
  await run.shows(/epoch \d+\/100000/);
  run.type("\u0003");
  await run.shows("stopped: the same command with --resume continues from run");
  expect(await run.exited).toBe(130);
});
