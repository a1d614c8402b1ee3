import { type ChildProcess, spawn } from "node:child_process";
import { describe, expect, test } from "vitest";

interface Outcome {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly error: string;
}

/** Runs the main job from the sources; `onOutput` may act on what it has printed so far. */
function start(args: readonly string[], onOutput?: (out: string, child: ChildProcess) => void): Promise<Outcome> {
  const child = spawn(process.execPath, ["--import", "tsx", "examples/mnist.ts", ...args], {
    env: { ...process.env, TSX_TSCONFIG_PATH: "test/examples/tsconfig.json" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, error] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    onOutput?.(out, child);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (error += text));
  return new Promise((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, out, error }));
  });
}

const SMALL = ["--hidden", "64,32", "--limit", "3000"];

describe.concurrent("the main job", () => {
  test("trains, validates after each epoch and ends with what was reached", async () => {
    const { code, out, error } = await start([...SMALL, "--epochs", "2", "--batch", "32"]);
    expect(error).toBe("");
    expect(code).toBe(0);
    const lines = out.trimEnd().split("\n");
    expect(lines[0]).toBe("Network   784-64-32-10, ReLU after every hidden layer, dropout 0.3");
    expect(lines[1]).toBe("Digits    2,750 to learn from, 250 for validation, 10,000 for the test");
    expect(
      lines.filter((line) => /^epoch [12]\/2 {2}loss .* validation loss .* accuracy .* s$/.test(line)),
    ).toHaveLength(2);
    expect(out).not.toContain("\u001b");
    const accuracy = Number(/^Test {6}([\d.]+) % of 10,000 digits right/m.exec(out)?.[1]);
    expect(accuracy).toBeGreaterThan(80);
    expect(
      matrixOf(lines)
        .flat()
        .reduce((sum, count) => sum + count),
    ).toBe(10_000);
    expect(matrixOf(lines).reduce((sum, row, i) => sum + (row[i] ?? NaN), 0) / 100).toBeCloseTo(accuracy, 2);
    expect(out).toMatch(/^Reached {3}2 epochs, 172 steps in [\d.]+ s$/m);
    expect(out).toMatch(/^Speed {5}[\d.]+ ms a step \(median\), [\d,]+ digits a second$/m);
    expect(out).toMatch(/^Machine {3}.*, Node [\d.]+$/m);
    expect(out).toMatch(/^ {10}(strict|relaxed) kernels: /m);
  });

  test("gives the same figures from the same seed, and others from another", async () => {
    const runs = await Promise.all(["7", "7", "8"].map((seed) => start([...SMALL, "--epochs", "1", "--seed", seed])));
    const [first, again, other] = runs.map(({ out }) => /^Test .*$/m.exec(out)?.[0]);
    expect(first).toMatch(/^Test {6}/);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  test("--compare shows both ways of training side by side", async () => {
    const { code, out } = await start([...SMALL, "--epochs", "1", "--compare"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^Without dropout\nepoch 1\/1 .*\n\nWith dropout 0\.3\nepoch 1\/1 /m);
    const row = "( +[\\d.]+ %){2} +-?[\\d.]+ points( +[\\d.]+){2}";
    expect(out).toMatch(new RegExp(`^without dropout${row}\\ndropout 0\\.3 {4}${row}$`, "m"));
  });

  // On Windows no process can send another the signal: `kill` ends it at once.
  test.skipIf(process.platform === "win32")(
    "ends after the current step on Ctrl-C, with what was reached",
    async () => {
      let interrupted = false;
      const { code, signal, out } = await start(
        ["--limit", "20000", "--epochs", "50", "--hidden", "64,32"],
        (sofar, child) => {
          if (interrupted || !sofar.includes("epoch  1/50")) return;
          interrupted = true;
          child.kill("SIGINT");
        },
      );
      expect([code, signal]).toEqual([130, null]);
      expect(out).toMatch(/^Test {6}[\d.]+ % of 10,000 digits right/m);
      expect(out).toMatch(/^Reached {3}[1-9]\d? epochs? and [\d,]+ steps? in [\d.]+ s, then interrupted$/m);
    },
  );

  test("--help names every option", async () => {
    const { code, out } = await start(["--help"]);
    expect(code).toBe(0);
    const options = ["epochs", "batch", "p", "seed", "hidden", "limit", "threads", "wide", "compare", "profile"];
    expect([...out.matchAll(/^ {2}--(\w+) /gm)].map(([, name]) => name)).toEqual(options);
  });
});

describe.concurrent("a wrong option is refused in one line", () => {
  test.each([
    ["--p 1.5", "option '--p <probability>' argument '1.5' is invalid. It must be a number from 0 to 1."],
    ["--p NaN", "option '--p <probability>' argument 'NaN' is invalid. It must be a number from 0 to 1."],
    ["--epochs 0", "option '--epochs <count>' argument '0' is invalid. It must be a whole number of at least 1."],
    ["--batch abc", "option '--batch <size>' argument 'abc' is invalid. It must be a whole number of at least 1."],
    [
      "--limit 1200 --batch 1101",
      "option '--batch <size>' argument '1101' is invalid. There are only 1100 digits to learn from.",
    ],
    ["--seed -1", "option '--seed <number>' argument '-1' is invalid. It must be a whole number of at least 0."],
    [
      "--hidden 12,x",
      "option '--hidden <sizes>' argument '12,x' is invalid. It must be whole numbers above 0 with commas between them, like 512,256.",
    ],
    [
      "--threads 0",
      "option '--threads <count>' argument '0' is invalid. It must be auto or a whole number from 1 to 64.",
    ],
    ["--compare --p 0", "option '--compare' needs '--p' above 0."],
    ["--dropout 0.3", "unknown option '--dropout'"],
  ])("%s", async (options, message) => {
    const { code, out, error } = await start(options.split(" "));
    expect([code, out, error]).toEqual([1, "", `error: ${message}\n`]);
  });
});

/** The counts of the printed confusion matrix. */
function matrixOf(lines: readonly string[]): number[][] {
  const head = lines.findIndex((line) => /^( +\d){10}$/.test(line));
  return lines.slice(head + 1, head + 11).map((line) => {
    const [, ...counts] = line.trim().split(/\s+/);
    return counts.map((count) => (count === "·" ? 0 : Number(count)));
  });
}
