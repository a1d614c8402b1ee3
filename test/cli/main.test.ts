import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import { describe, expect, test } from "vitest";
import { scratch } from "../files/support.ts";
import { TerminalRun, runCli } from "./run.ts";

const ESCAPE = "\u001b[";

describe("the program", () => {
  test("prints its version", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly version: string };
    expect(await runCli(["--version"])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  test("prints the same help without arguments, with --help, and by the command help", async () => {
    const { code, stdout, stderr } = await runCli([]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("Usage: lanegrad <command>");
    expect((await runCli(["--help"])).stdout).toBe(stdout);
    expect((await runCli(["help"])).stdout).toBe(stdout);
  });

  test("has colors in a terminal, and none with NO_COLOR, --no-color or in a pipe", async () => {
    const colored = new TerminalRun(["--help"]);
    expect([await colored.exited, colored.output.includes(ESCAPE)]).toEqual([0, true]);
    for (const [args, env] of [
      [["--help"], { NO_COLOR: "1" }],
      [["--help", "--no-color"], {}],
      [["--help"], { TERM: "dumb" }],
    ] as const) {
      const plain = new TerminalRun(args, { env });
      expect([await plain.exited, plain.output.includes(ESCAPE)]).toEqual([0, false]);
    }
    expect((await runCli(["--help"])).stdout).not.toContain(ESCAPE);
    expect((await runCli(["--help"], { env: { FORCE_COLOR: "1" } })).stdout).toContain(ESCAPE);
    expect((await runCli(["--help"], { env: { FORCE_COLOR: "1", NO_COLOR: "1" } })).stdout).not.toContain(ESCAPE);
  });
});

/** The names of all commands, as help lists them. */
const commands =
  (await runCli([])).stdout.match(/(?<=^ {2})[a-z]+(?= )/gm)?.filter((name) => name !== "lanegrad") ?? [];

describe("help", () => {
  test("lists every command once, in groups", () => {
    expect(new Set(commands).size).toBe(commands.length);
    expect(commands).toEqual(expect.arrayContaining(["info", "predict", "bench", "help", "completion"]));
  });

  test.each(commands)("of %s says how it is used, has examples, and fits into a narrow terminal", async (name) => {
    const { code, stdout } = await runCli([name, "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: lanegrad ${name}`);
    expect(stdout).toMatch(/^Examples:\n( {2}# .*\n {2}.*lanegrad .*\n)+/m);
    expect((await runCli(["help", name])).stdout).toBe(stdout);
    const narrow = new TerminalRun([name, "--help", "--no-color"], { columns: 60 });
    expect(await narrow.exited).toBe(0);
    const [options = ""] = narrow.output.split("Examples:");
    expect(options.split("\r\n").filter((line) => line.length > 60)).toEqual([]);
  });

  test.each(commands.filter((name) => name !== "help"))("of %s has the options of every command", async (name) => {
    const { stdout } = await runCli([name, "--help"]);
    for (const option of ["--json", "--quiet", "--threads", "--no-color", "--help"]) expect(stdout).toContain(option);
  });
});

describe("wrong usage", () => {
  test.each([
    ["a misspelt command", ["inof"], "lanegrad: a command must be one that --help names; got inof", "info"],
    ["help of a misspelt command", ["help", "bnech"], "got bnech", "bench"],
    ["a misspelt option", ["info", "--thredas", "2"], "info: options must be those that --help names", "--threads"],
    ["a misspelt choice", ["bench", "--kernels", "strikt"], "must be one of strict, relaxed; got strikt", "strict"],
    ["a misspelt argument", ["completion", "bahs"], "<shell> must be one of bash, zsh; got bahs", "bash"],
  ])("%s ends with 2 and the word that was meant", async (_, args, message, meant) => {
    const { code, stdout, stderr } = await runCli(args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(stderr).toContain(`did you mean ${meant}?`);
    expect(stderr).toMatch(/^try: lanegrad .*--help$/m);
  });

  test.each([
    ["a wrong value", ["info", "--threads", "0"], "--threads <n> must be a whole number of at least 1; got 0"],
    ["a value above the highest", ["train", "x", "--seed", "4294967296"], "from 0 to 2147483647; got 4294967296"],
    ["no value", ["info", "--threads"], "--threads <n> must have a value; got none"],
    ["too many arguments", ["info", "a", "b"], "info: arguments must be 1 at most; got 2"],
    ["a missing argument", ["completion"], "completion: <shell> must be there; got none"],
    ["a word like no command", ["xylophone"], "lanegrad: a command must be one that --help names; got xylophone"],
    ["an unknown option of the program", ["--nope"], "lanegrad: options must be those that --help names; got --nope"],
  ])("%s ends with 2 and what must hold", async (_, args, message) => {
    const { code, stdout, stderr } = await runCli(args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr.split("\n")[0]).toContain(message);
    expect(stderr).not.toContain("did you mean");
  });

  test("is JSON too with --json, on one line", async () => {
    const { code, json, stderr } = await runCli(["info", "--thredas", "2", "--json"]);
    expect(code).toBe(2);
    expect(json()).toEqual([
      {
        type: "error",
        message: "info: options must be those that --help names; got --thredas",
        hint: expect.stringContaining("--threads"),
      },
    ]);
    expect(stderr).toContain("--thredas");
  });

  test("after -- is no option", async () => {
    const { code, stdout } = await runCli(["info", "--", "--json"]);
    expect([code, stdout]).toEqual([1, ""]);
  });
});

describe("failures", () => {
  test("of a file end with 1, without a stack", async () => {
    const { code, stdout, stderr } = await runCli(["info", "test/cli/none.safetensors"]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain('info: the file must be a file or folder that is there; got "test/cli/none.safetensors"');
    expect(stderr).not.toContain("    at ");
  });

  test("show control characters of names, which a terminal would obey", async () => {
    const { code, stderr } = await runCli(["info", "\u001b]0;title\u0007\u001b[2J.csv"]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("title")]);
    // oxlint-disable-next-line no-control-regex
    expect(stderr.replaceAll("\n", "")).not.toMatch(/[\0-\u001f]/);
    const misspelt = await runCli(["info", "\u001b[2J"], { cwd: scratch() });
    expect(misspelt.stderr).not.toContain(ESCAPE);
  });

  test.runIf(existsSync("/dev/full"))("of standard output are no bug", async () => {
    const program = resolve("build/cli/lanegrad.js");
    const full = openSync("/dev/full", "w");
    const { status, stderr } = spawnSync(process.execPath, [program, "--version"], {
      stdio: ["ignore", full, "pipe"],
      encoding: "utf8",
      env: { ...process.env, FORCE_COLOR: "0" },
    });
    closeSync(full);
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/^lanegrad: standard output must be writable; got ENOSPC/),
    ]);
  });

  test("of the library are its message", async () => {
    const { code, stderr } = await runCli(["info", "test/cli"]);
    expect(code).toBe(1);
    expect(stderr).toContain("; got");
    expect(stderr).not.toContain("    at ");
  });

  test("that should not be show the stack, and what a report needs", async () => {
    // A host without its processors: a bug of that host, or of ours.
    const broken = "data:text/javascript,import os from 'node:os'; import { syncBuiltinESMExports as sync } from 'node:module'; os.totalmem = undefined; sync()"; // prettier-ignore
    const { code, stderr } = await runCli(["info"], { env: { NODE_OPTIONS: `--import="${broken}"` } });
    expect(code).toBe(1);
    expect(stderr).toMatch(/TypeError: .* is not a function\n {4}at /);
    expect(stderr).toContain(`Node ${process.versions.node}, ${process.platform} ${process.arch}`);
    expect(stderr).toContain("https://github.com/lanegrad/lanegrad/issues");
  });
});

describe("a reader or a user who has enough", () => {
  test("a closed pipe ends the program quietly, with what shells say of SIGPIPE", async () => {
    const child = spawn(process.execPath, [resolve("build/cli/lanegrad.js"), "--help"], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.destroy();
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => void (stderr += text));
    const code = await new Promise((done) => child.on("close", done));
    expect([code, stderr]).toEqual([141, ""]);
  });

  test("Ctrl-C ends it with 130", async () => {
    const waiting = new TerminalRun(["info", "-"]);
    // Before the program has its terminal the key has no effect.
    const typing = setInterval(() => waiting.type("\u0003"), 200);
    expect(await waiting.exited).toBe(130);
    clearInterval(typing);
  });
});
