/** Every `sh` block of docs/command-line.md runs as it stands there, one after the other in one folder. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import process from "node:process";
import { afterAll, expect, test } from "vitest";
import { runCli } from "./run.ts";

const text = readFileSync("docs/command-line.md", "utf8");
const blocks = [...text.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = ""]) => block);

const folder = mkdtempSync(join(tmpdir(), "lanegrad-"));
mkdirSync(join(folder, "bin"));
symlinkSync(resolve("build/cli/lanegrad.js"), join(folder, "bin/lanegrad"));
writeFileSync(join(folder, "package.json"), "{}");
afterAll(() => rmSync(folder, { recursive: true }));

test.each(blocks)("runs: %s", (block) => {
  const path = [join(folder, "bin"), process.env["PATH"]].join(delimiter);
  const { status, stdout, stderr } = spawnSync("bash", ["--norc", "-eu", "-c", block], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, PATH: path, XDG_CACHE_HOME: folder },
  });
  expect([status, stderr]).toEqual([0, ""]);
  // The line that the page shows of a prediction, to its first digits.
  const [, shown = ""] = block.includes("echo") ? (/prints `(.*?"probability":0\.\d)/.exec(text) ?? []) : [];
  expect(stdout).toContain(shown);
});

test("the page has a section for every command, whose options it names right", async () => {
  const { stdout } = await runCli(["--help"]);
  const commands = [...stdout.matchAll(/^ {2}([a-z]+)(?: [<[].*?)? {2,}\S/gm)].map(([, name = ""]) => name);
  const helps = new Map<string, string>();
  for (const name of commands) helps.set(name, (await runCli([name, "--help"])).stdout);
  expect([...helps.keys()]).toContain("train");
  for (const name of commands.filter((each) => each !== "help")) {
    const section = new RegExp(`^## ${name}\\n(.*?)^## `, "ms").exec(text)?.[1];
    expect(section, name).toBeDefined();
    // Of `train --schema FILE` the command is another than that of the section.
    const spans = [...(section ?? "").replaceAll(/^```.*?^```/gms, "").matchAll(/`([^`]+)`/g)].map(
      ([, span = ""]) => span,
    );
    const unknown = spans.filter((span) => {
      const [, other = name] = /^(?:lanegrad )?([a-z]+) /.exec(span) ?? [];
      const options = span.match(/--[a-z][a-z-]*/g) ?? [];
      return options.some((option) => !(helps.get(other) ?? "").includes(option));
    });
    expect(unknown, name).toEqual([]);
  }
});
