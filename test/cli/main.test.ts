import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { TerminalRun, runCli } from "./run.ts";

describe("the program", () => {
  test("prints its version", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly version: string };
    expect(await runCli(["--version"])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  test("prints the same help without arguments, with --help, and by the command help", async () => {
    const { code, stdout, stderr } = await runCli([]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("Usage: lanegrad");
    expect((await runCli(["--help"])).stdout).toBe(stdout);
    expect((await runCli(["help"])).stdout).toBe(stdout);
  });

  test("has colors in a terminal, and none with NO_COLOR, --no-color or in a pipe", async () => {
    const escape = "\u001b[";
    const colored = new TerminalRun(["--help"]);
    expect([await colored.exited, colored.output.includes(escape)]).toEqual([0, true]);
    for (const [args, env] of [
      [["--help"], { NO_COLOR: "1" }],
      [["--help", "--no-color"], {}],
    ] as const) {
      const plain = new TerminalRun(args, { env });
      expect([await plain.exited, plain.output.includes(escape)]).toEqual([0, false]);
    }
    expect((await runCli(["--help"])).stdout).not.toContain(escape);
    expect((await runCli(["--help"], { env: { FORCE_COLOR: "1" } })).stdout).toContain(escape);
  });
});

describe("wrong usage", () => {
  test.each([
    ["a misspelt command", ["inof"], "did you mean info?"],
    ["a misspelt option", ["info", "--thredas", "2"], "did you mean --threads?"],
    ["a wrong value", ["info", "--threads", "0"], "--threads <n> must be a whole number of at least 1; got 0"],
    ["too many arguments", ["info", "a", "b"], "arguments must be 1 at most; got 2"],
  ])("%s ends with 2 and a way on", async (_, args, message) => {
    const { code, stdout, stderr } = await runCli(args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/lanegrad .*--help/);
  });

  test("is JSON too with --json", async () => {
    const { code, json } = await runCli(["info", "--thredas", "2", "--json"]);
    expect(code).toBe(2);
    expect(json()).toEqual([expect.objectContaining({ type: "error", message: expect.stringMatching(/^info: /) })]);
  });
});
