import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { rememberAnswer, rememberedAnswer } from "../../src/cli/wide/answers.ts";
import { testInChild } from "../../src/cli/wide/child.ts";

const version = Number(process.versions.node.split(".")[0]);

function directory(): string {
  return mkdtempSync(join(tmpdir(), "lanegrad-wide-"));
}

/** A module whose self-test is this code. */
function module(code: string): string {
  return `data:text/javascript,${encodeURIComponent(`export function selfTest() { ${code} }`)}`;
}

describe("the self-test of wide mode in a process of its own", () => {
  test.each([
    ["passes", 'return "";', ""],
    ["says what differs", 'return "other bits";', "other bits"],
    ["throws", 'throw new Error("no");', "the self-test's process ended with code 1"],
    ["ends the process early", "process.exit(0);", "the self-test's process ended with code 0"],
    ["gives no text", "return 3;", "the self-test's process ended with code 0"],
    ["kills the process", 'process.kill(process.pid, "SIGKILL");', "the self-test's process ended by SIGKILL"],
    ["hangs", "for (;;);", "the self-test's process ended by SIGKILL after at most 2 s"],
  ])("%s", async (_, code, expected) => {
    expect(await testInChild(module(code), expected.includes("2 s") ? 2000 : 60_000)).toBe(expected);
  });
});

describe("answers of the self-test", () => {
  const answer = { machine: "Node 24", refused: "", time: 5 };

  test("are remembered for each machine, the newest 32", async () => {
    const file = join(directory(), "a", "b", "wide.json");
    expect(await rememberedAnswer(file, "Node 24")).toBeUndefined();
    for (let i = 0; i < 40; i++) await rememberAnswer(file, { ...answer, machine: `Node ${i % 36}` });
    expect(await rememberedAnswer(file, "Node 24")).toEqual(answer);
    expect(await rememberedAnswer(file, "Node 3")).toEqual({ ...answer, machine: "Node 3" });
    expect(await rememberedAnswer(file, "Node 4")).toBeUndefined();
    expect(readdirSync(join(file, ".."))).toEqual(["wide.json"]);
  });

  test.runIf(existsSync("/proc/self"))("are not remembered where no folder can be made", async () => {
    const file = "/proc/none/lanegrad/wide.json";
    await rememberAnswer(file, answer);
    expect(await rememberedAnswer(file, "Node 24")).toBeUndefined();
  });

  test("that it failed hold for a week", async () => {
    const file = join(directory(), "wide.json");
    const day = 24 * 3600 * 1000;
    for (const [days, holds] of [
      [0, true],
      [6.9, true],
      [7.1, false],
      [-1, false],
    ] as const) {
      await rememberAnswer(file, { ...answer, refused: "other bits", time: Date.now() - days * day });
      expect((await rememberedAnswer(file, "Node 24")) !== undefined).toBe(holds);
    }
  });

  test.each([
    ["nothing", ""],
    ["no JSON", "{answers"],
    ["other JSON", "[1]"],
    ["null", "null"],
    ["answers of other types", '{"answers":[{"machine":"Node 24","refused":1,"time":5},null,7]}'],
    ["too much", `${" ".repeat(70_000)}{"answers":[]}`],
  ])("are ignored in a file with %s, which the next answer replaces", async (_, text) => {
    const file = join(directory(), "wide.json");
    writeFileSync(file, text);
    expect(await rememberedAnswer(file, "Node 24")).toBeUndefined();
    await rememberAnswer(file, answer);
    expect(await rememberedAnswer(file, "Node 24")).toEqual(answer);
  });

  test("are forgotten where the file cannot be written", async () => {
    const folder = directory();
    mkdirSync(join(folder, "wide.json"));
    await rememberAnswer(join(folder, "wide.json"), answer);
    expect(readdirSync(folder)).toEqual(["wide.json"]);
    expect(await rememberedAnswer(join(folder, "wide.json"), "Node 24")).toBeUndefined();
  });

  test("of processes that write at the same time leave one whole file", async () => {
    const file = join(directory(), "wide.json");
    await Promise.all(Array.from({ length: 20 }, (_, i) => rememberAnswer(file, { ...answer, machine: `Node ${i}` })));
    const { answers } = JSON.parse(readFileSync(file, "utf8")) as { answers: readonly unknown[] };
    expect(answers.length).toBeGreaterThan(0);
    expect(readdirSync(join(file, ".."))).toEqual(["wide.json"]);
  });
});

test("wide mode is tested at the first use, then remembered; --no-wide and LANEGRAD_WIDE=0 do without", () => {
  const cache = directory();
  const program = `
    import { backend } from "lanegrad";
    import { prepareWide } from "./src/cli/wide.ts";
    const notes = [];
    const terminal = { note: (text) => notes.push(text) };
    const outcome = async (choice) => {
      const thrown = await prepareWide(terminal, choice).then(() => "", (error) => error.message);
      return [backend().wide, notes.length, thrown];
    };
    const outcomes = [await outcome(undefined), await outcome(undefined), await outcome(false)];
    process.env.LANEGRAD_WIDE = "0";
    outcomes.push(await outcome(undefined), await outcome(true));
    console.log(JSON.stringify(outcomes));`;
  const output = execFileSync(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", program], {
    encoding: "utf8",
    env: { ...process.env, XDG_CACHE_HOME: cache, LANEGRAD_WIDE: undefined, LANEGRAD_REPRODUCIBLE: undefined },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const outcomes = JSON.parse(output) as readonly (readonly [wide: boolean, notes: number, error: string])[];
  const { answers } = JSON.parse(readFileSync(join(cache, "lanegrad", "wide.json"), "utf8")) as {
    answers: readonly { readonly machine: string; readonly refused: string }[];
  };
  expect(answers.length).toBe(1);
  expect(answers[0]?.machine).toContain(`Node ${process.versions.node}, V8 ${process.versions.v8}`);
  // A busy machine may show no gain, which is a reason as well.
  const passed = answers[0]?.refused === "";
  const reasons = version < 24 ? /^pairing was tested with/ : /^$|which is no gain$|^V8 pairs operations on x64 only/;
  expect(answers[0]?.refused).toMatch(reasons);
  // Wide mode that passed may still be refused by a process that finds no gain while the machine is busy.
  const thrown = passed ? /^$|which is no gain"$/ : /^--wide: wide mode must pass its self-test; got "/;
  expect(outcomes.map(([, notes]) => notes)).toEqual([1, 1, 1, 1, 2]);
  expect(outcomes.map(([wide]) => wide && !passed)).toEqual([false, false, false, false, false]);
  expect(outcomes.slice(2, 4).map(([wide]) => wide)).toEqual([false, false]);
  expect(outcomes.slice(0, 4).map(([, , error]) => error)).toEqual(["", "", "", ""]);
  expect(outcomes[4]?.[2]).toMatch(thrown);
});
