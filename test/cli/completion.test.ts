import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { spawn } from "@lydell/node-pty";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "./run.ts";

/** What is typed, and one word that completes it. */
const CASES: readonly (readonly [words: readonly string[], completed: string])[] = [
  [["inf"], "info"],
  [["predict", "--probab"], "--probabilities"],
  [["bench", "--kernels", "rel"], "relaxed"],
  [["completion", "z"], "zsh"],
  [["help", "ben"], "bench"],
  [["info", "peop"], "people.csv"],
  [["predict", "model.safetensors", "--output", "peop"], "people.csv"],
];
const HAS_ZSH = spawnSync("zsh", ["--version"]).status === 0;
const SKIPPED = HAS_ZSH ? "" : ", skipped: it is not installed (apt-get install zsh)";

/** Both shells ask for bracketed pastes when they begin to read keys. */
const PROMPT = String.raw`\[\?2004h`;

let folder = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "lanegrad-"));
  writeFileSync(join(folder, "people.csv"), "a,b\n1,2\n");
  for (const shell of ["bash", "zsh"]) {
    writeFileSync(join(folder, `script.${shell}`), (await runCli(["completion", shell])).stdout);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the script for bash", () => {
  /** Words that bash 3.2 and later get from the function, which calls no program. */
  const completed = (words: readonly string[]): string => {
    const script = `PATH=; source ./script.bash
      COMP_WORDS=(lanegrad "$@") COMP_CWORD=$#
      _lanegrad; echo "\${COMPREPLY[@]}"`;
    return execFileSync("bash", ["-c", script, "bash", ...words], { cwd: folder, encoding: "utf8" }).trim();
  };

  test.each(CASES.filter(([, word]) => word !== "people.csv"))("completes %j", (words, word) => {
    expect(completed(words)).toBe(word);
  });

  test("completes a value after an equals sign, which bash takes for a word", () => {
    expect(completed(["bench", "--kernels", "=", "rel"])).toBe("relaxed");
    expect(completed(["bench", "--kernels", "="])).toBe("strict relaxed");
  });

  test("leaves files to bash, where it has no words", () => {
    expect(completed(["info", "peop"])).toBe("");
    const shell = spawn("bash", ["--norc", "-i"], { cwd: folder, env: { ...process.env, PS1: "$ " } });
    return expectTyped(shell, "source ./script.bash", [["lanegrad info peop", "lanegrad info people.csv"]]);
  });

  test("names every command", async () => {
    const { stdout } = await runCli(["--help"]);
    const listed = completed([""]).split(" ");
    for (const [, name = ""] of stdout.matchAll(/^ {2}([a-z]+) .* {2}/gm)) expect(listed).toContain(name);
  });
});

describe.skipIf(!HAS_ZSH)(`the script for zsh${SKIPPED}`, () => {
  test("completes in a terminal", async () => {
    const shell = spawn("zsh", ["-f"], { cwd: folder, env: { ...process.env, PS1: "$ " } });
    const setup = "autoload -Uz compinit; compinit -u -d ./dump; source ./script.zsh";
    const lines = CASES.map(([words, word]) => {
      const typed = ["lanegrad", ...words].join(" ");
      return [typed, ["lanegrad", ...words.slice(0, -1), word].join(" ")] as const;
    });
    await expectTyped(shell, setup, [...lines, ["lanegrad bench --kernels=rel", "lanegrad bench --kernels=relaxed"]]);
  });
});

/** Types lines and the tab key into a shell, and expects what it makes of them. */
async function expectTyped(
  shell: ReturnType<typeof spawn>,
  setup: string,
  lines: readonly (readonly [typed: string, completed: string])[],
): Promise<void> {
  let output = "";
  shell.onData((text) => void (output += text));
  const shows = async (text: string | RegExp): Promise<void> => {
    await expect.poll(() => output, { timeout: 60_000, interval: 20 }).toMatch(text);
  };
  try {
    shell.write(`${setup}; echo rea''dy\r`);
    await shows(new RegExp(`ready\r\n[^]*${PROMPT}`));
    for (const [typed, completed] of lines) {
      output = "";
      shell.write(`${typed}\t`);
      await shows(completed);
      output = "";
      shell.write("\u0003");
      await shows(new RegExp(PROMPT));
    }
  } finally {
    shell.kill();
  }
}
