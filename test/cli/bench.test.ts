import { expect, test } from "vitest";
import { cases } from "../../src/cli/bench/cases.ts";
import { chart } from "../../src/cli/bench/chart.ts";
import { type Case, type Contender, timesOf } from "../../src/cli/bench/contender.ts";
import { javascript } from "../../src/cli/bench/javascript.ts";
import { lanegrad } from "../../src/cli/bench/lanegrad.ts";
import { measureInRounds } from "../../src/cli/bench/rounds.ts";
import { styleOf } from "../../src/cli/terminal/style.ts";
import { runCli } from "./run.ts";

const [training, inference, xor] = cases() as [Case, Case, Case];

interface Outcome {
  readonly contenders: readonly { readonly name: string; readonly detail: string }[];
  readonly missing?: { readonly PyTorch: string };
  readonly lanegrad: { readonly threads: number; readonly kernels: string };
  readonly cases: readonly {
    readonly name: string;
    readonly results: readonly { readonly contender: string; readonly seconds: number; readonly spread: number }[];
  }[];
  readonly noise: number;
  readonly noisy: boolean;
}

test("bench measures every case of every contender that is there, which all compute the same numbers", async () => {
  const args = "bench --seconds 1 --threads 1 --kernels strict --no-wide --python /usr/bin/python3".split(" ");
  const { code, stderr, json } = await runCli([...args, "--json"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const [outcome] = json() as [Outcome];
  const names = outcome.contenders.map(({ name }) => name);
  expect(names).toEqual("missing" in outcome ? ["lanegrad", "JavaScript"] : ["lanegrad", "PyTorch", "JavaScript"]);
  expect(outcome.lanegrad).toMatchObject({ threads: 1, kernels: "strict" });
  expect(outcome.cases.map(({ name }) => name)).toEqual(["training", "inference", "xor"]);
  for (const { results } of outcome.cases) {
    expect(results.map(({ contender }) => contender)).toEqual(names);
    expect(results.every(({ seconds, spread }) => seconds > 1e-7 && spread >= 0)).toBe(true);
  }
  expect(outcome.noisy).toBe(outcome.noise > 0.3);
});

test("bench in a pipe prints the chart within 80 columns, and why there is no PyTorch", async () => {
  const { code, stdout } = await runCli("bench --seconds 1 --no-wide --python no-such-python".split(" "));
  expect(code).toBe(0);
  expect(stdout).toContain("PyTorch was not measured: spawn no-such-python ENOENT");
  expect(stdout.match(/^ {2}(lanegrad|JavaScript) +[█▏▎▍▌▋▊▉]+ *[\d.,]+ (ms|us|steps\/s)/gm)?.length).toBe(6);
  expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
});

test("contenders that compute other numbers are not measured", async () => {
  const other = (contender: Contender): Contender => ({
    ...contender,
    name: "other",
    check: async (measured) => (await contender.check(measured)).map((value, i) => (i === 2 ? value + 0.01 : value)),
  });
  for (const measured of [training, inference, xor]) {
    const measuring = measureInRounds([measured], [lanegrad("0"), other(javascript())], 0, () => undefined);
    await expect(measuring).rejects.toThrow(
      /^bench: all must compute the same numbers; got 0\.01\d* between lanegrad and other in /,
    );
  }
});

test("ratios are of times in the same round", async () => {
  const fake = (name: string, times: number[]): Contender => ({
    name,
    detail: "",
    check: () => Promise.resolve([1]),
    times: () => Promise.resolve([times.shift() ?? NaN]),
    close: () => undefined,
  });
  // The first round warms up. The machine takes twice as long in the last one.
  const contenders = [fake("a", [9, 1, 1, 1, 1, 2]), fake("b", [1, 3, 3, 4, 3, 6])];
  const [results] = await measureInRounds([xor], contenders, 0, () => undefined);
  expect(results).toEqual([
    { contender: "a", seconds: 1, spread: 1, ratio: { median: 1, low: 1, high: 1 } },
    { contender: "b", seconds: 3, spread: 1, ratio: { median: 3, low: 3, high: 4 } },
  ]);
});

test("calls that take less than the clock resolves are timed in groups", () => {
  let calls = 0;
  const times = timesOf(() => calls++, 0.02);
  expect(calls).toBeGreaterThan(times.length * 100);
  expect(timesOf(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5), 0).length).toBe(1);
});

test("bars are as long as times, or as rates, and name the ratio", () => {
  const ratio = { median: 2, low: 2, high: 2 };
  const results = [
    { contender: "lanegrad", seconds: 0.001, spread: 0, ratio: { ...ratio, median: 1 } },
    { contender: "PyTorch", seconds: 0.0005, spread: 0, ratio: { ...ratio, median: 0.5 } },
    { contender: "JavaScript", seconds: 0.002, spread: 0, ratio },
  ];
  const bars = (measured: Case): string[] => chart(measured, results, 72, styleOf(false)).split("\n");
  expect(bars(training)).toEqual([
    "Training step: 784-512x4-10, dropout 0.3, Adam, batch 128  shorter is better",
    "  lanegrad    ██████████                      1 ms",
    "  PyTorch     █████                         0.5 ms 2 times faster",
    "  JavaScript  ████████████████████            2 ms 2 times slower",
  ]);
  expect(bars(xor).slice(1)).toEqual([
    "  lanegrad    ██████████             1,000 steps/s",
    "  PyTorch     ████████████████████   2,000 steps/s 2 times faster",
    "  JavaScript  █████                    500 steps/s 2 times slower",
  ]);
});
