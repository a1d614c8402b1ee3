import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { configure } from "lanegrad";
import { readReport } from "lanegrad/report";
import { type TuneOptions, tune } from "../../src/cli/actions/tune.ts";
import { recipeFrom } from "../../src/cli/recipe/from-options.ts";
import { prepareRecipe } from "../../src/cli/recipe/train-recipe.ts";
import { type Trial, openLog } from "../../src/cli/tune/log.ts";
import { recipeWith } from "../../src/cli/tune/search.ts";
import { standingsOf } from "../../src/cli/tune/standings.ts";
import { tableOf, timeOf } from "../../src/cli/tune/table.ts";
import { trainCommandOf } from "../../src/cli/tune/train-command.ts";
import { FLOWER_OPTIONS } from "./flower-options.ts";
import { flowersCsv } from "./flowers.ts";
import { RecordedTerminal } from "./recorded-terminal.ts";
import { TerminalRun, runCli } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "lanegrad-tune-"));
const data = join(folder, "flowers.csv");
writeFileSync(data, flowersCsv());
afterAll(() => {
  rmSync(folder, { recursive: true });
  configure({ reproducible: false });
});

interface End {
  readonly type: "end";
  readonly best: {
    readonly settings: Record<string, string>;
    readonly loss: number;
    readonly deviation: number | null;
  };
  readonly results: Record<string, { readonly rows: number }>;
  readonly command: string;
}

interface Searched {
  readonly begin: { readonly trials: number; readonly done: number };
  readonly trials: readonly (Trial & { readonly best: boolean })[];
  readonly end: End;
  readonly text: string;
}

/** What `tune` prints in this process. */
async function search(options: Partial<TuneOptions>): Promise<Searched> {
  const terminal = new RecordedTerminal(true);
  const given = { target: "species" };
  await tune(data, { ...FLOWER_OPTIONS, try: [], seeds: 1, by: "loss", wide: false, ...options }, given, terminal);
  const of = (type: string): object[] => terminal.values.filter((value) => Reflect.get(value, "type") === type);
  const [begin] = of("begin");
  const [end] = of("end");
  return { begin, trials: of("trial"), end, text: terminal.text } as unknown as Searched;
}

const path = (name: string): string => join(folder, name);

describe("tune", () => {
  test("names the settings with the lowest loss, and the command that trains the very model", async () => {
    const args = ["tune", data, "-t", "species", "--epochs", "4", "--test", "0.2", "--no-wide"];
    const tries = ["--try", "lr=0.001,0.03", "--try", "model=8-OUT,16-8-OUT"];
    const { code, json, stderr } = await runCli([...args, ...tries, "--json", "--output", path("best.safetensors")]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const events = json() as readonly (Trial & End)[];
    expect(events.map(({ type }: { readonly type: string }) => type)).toEqual([
      "begin",
      "trial",
      "trial",
      "trial",
      "trial",
      "end",
    ]);
    const trials = events.slice(1, 5);
    const end = events[5] as End;
    const lowest = trials.toSorted((a, b) => (a.loss ?? 0) - (b.loss ?? 0))[0];
    expect(end.best).toMatchObject({ settings: lowest?.settings, loss: lowest?.loss });
    expect(end.best.settings["lr"]).toBe("0.03");
    expect(Object.keys(end.results)).toEqual(["validation", "test"]);
    const words = end.command.split(" ");
    expect(words.slice(0, 3)).toEqual(["lanegrad", "train", data]);
    await runCli([...words.slice(1), "--no-wide", "--output", path("again.safetensors")]);
    expect(readFileSync(path("again.safetensors")).equals(readFileSync(path("best.safetensors")))).toBe(true);
  });

  test("varies seeds on the same parts, and gives mean and deviation", async () => {
    const { trials, end } = await search({ try: ["lr=0.01,0.03"], seeds: 3 });
    expect(trials.map(({ seed }) => seed)).toEqual([42, 43, 44, 42, 43, 44]);
    const losses = trials
      .filter(({ settings }) => settings["lr"] === end.best.settings["lr"])
      .map(({ loss }) => loss ?? NaN);
    const mean = losses.reduce((sum, loss) => sum + loss) / 3;
    const variance = losses.reduce((sum, loss) => sum + (loss - mean) ** 2, 0) / 2;
    expect(end.best.loss).toBeCloseTo(mean, 12);
    expect(end.best.deviation).toBeCloseTo(Math.sqrt(variance), 12);
    const { recipe, rows, trained } = await recipeFrom("tune", data, FLOWER_OPTIONS);
    const indices = [42, 43].map(async (seed) => {
      const job = { settings: { lr: "0.01" }, seed };
      const other = await recipeWith({ base: recipe, rows, options: FLOWER_OPTIONS, trained }, job);
      return (await prepareRecipe("tune", other, rows)).parts.validation.indices;
    });
    expect(await indices[0]).toEqual(await indices[1]);
  });

  test("continues a search that was killed, with the same numbers", async () => {
    const log = path("tune.jsonl");
    const whole = await search({ try: ["lr=0.003,0.01,0.03"], log });
    const lines = readFileSync(log, "utf8").split("\n");
    writeFileSync(log, `${lines.slice(0, 2).join("\n")}\n${lines[2]?.slice(0, 40)}`);
    const rest = await search({ try: ["lr=0.003,0.01,0.03"], log, resume: true });
    expect(rest.begin).toMatchObject({ trials: 3, done: 1 });
    expect(rest.trials.map(({ loss }) => loss)).toEqual(whole.trials.slice(1).map(({ loss }) => loss));
    expect(rest.end.best).toEqual(whole.end.best);
    expect((await search({ try: ["lr=0.003,0.01,0.03"], log, resume: true })).trials).toEqual([]);
    await expect(search({ try: ["lr=0.1"], log, resume: true, epochs: 7 })).rejects.toThrow("got another epochs than");
  });

  test("goes on after a training whose loss is not finite", async () => {
    const { trials, end } = await search({ try: ["lr=1e30,0.01"] });
    expect(trials[0]).toMatchObject({
      loss: null,
      best: true,
      failed: expect.stringContaining("the loss must be finite") as string,
    });
    expect(end.best.settings).toEqual({ lr: "0.01" });
    await expect(search({ try: ["lr=1e30"] })).rejects.toThrow(
      "tune: a training must give finite numbers; got fit: the loss",
    );
  });

  test("compares at most 20 trainings in a report, the best first", async () => {
    const report = path("tune.html");
    const { trials } = await search({ try: ["lr=1e-4..1e-1:log"], random: 22, epochs: 1, report });
    const { runs } = await readReport(report);
    const best = trials.toSorted((a, b) => (a.loss ?? 0) - (b.loss ?? 0)).slice(0, 20);
    expect(runs.map(({ name }) => name)).toEqual(best.map(({ settings }) => `lr ${settings["lr"]}, seed 42`));
    expect(runs[0]?.evaluations[0]?.scores.loss).toBe(best[0]?.loss);
  });

  test.each<readonly [string, Partial<TuneOptions>, string]>([
    ["a model that does not fit", { try: ["model=8-OUT,8-4"] }, "tune: the last width must be 3, one for each class"],
    ["a search without a validation set", { try: ["lr=1"], validation: 0 }, "tune: --validation must be above 0"],
    [
      "accuracy of numbers",
      { try: ["lr=1"], by: "accuracy", target: "petal_width" },
      "tune: --by must be loss for a target of numbers",
    ],
    [
      "too large a grid",
      { try: ["lr=0.1..1", "dropout=0..0.5", "epochs=1..9", "batch=1..9", "patience=1..9", "weight-decay=0..1"] },
      "tune: the grid must have at most 10000 settings; got 15625",
    ],
    ["--resume without --log", { try: ["lr=1"], resume: true }, "tune: --resume must be with --log; got none"],
    [
      "a file of the model that is there",
      { try: ["lr=1"], output: data },
      "tune: --output must be another file than what is read",
    ],
  ])("refuses %s before anything is trained", async (_, options, message) => {
    const log = path("refused.jsonl");
    await expect(search({ log, ...options, ...(options.resume && { log: undefined as never }) })).rejects.toThrow(
      message,
    );
    expect(existsSync(log)).toBe(false);
  });

  test("shows a table that changes in a terminal, and leaves the last one", async () => {
    const args = [
      "tune",
      data,
      "-t",
      "species",
      "--epochs",
      "5",
      "--no-wide",
      "--try",
      "lr=0.001,0.01",
      "--try",
      "dropout=0..0.4",
    ];
    const run = new TerminalRun(args);
    expect(await run.exited).toBe(0);
    expect(run.output).toMatch(/training 3 of 10, about [\d.]+ s left: lr 0\.001, dropout 0\.2, seed 42/);
    const lines = run.screen.split("\n");
    expect(lines[0]).toBe("10 trainings: 10 settings, grid of lr, dropout");
    expect(lines[1]).toMatch(/^ +lr +dropout +loss +accuracy +epochs +time$/);
    expect(lines.slice(3, 13).map((line) => line.trim().split(/ +/)[0])).toEqual("1 2 3 4 5 6 7 8 9 10".split(" "));
    expect(lines.slice(14).join(" ")).toMatch(
      /^the best: lanegrad train \S+ --target species --epochs 5 --lr [\d.]+ --dropout/,
    );
    expect(Math.max(...lines.slice(0, 14).map((line) => line.length))).toBeLessThan(80);
  });
});

test("settings are ranked by their mean, those that failed last", () => {
  const trial = (lr: string, loss: number | null, accuracy: number | null): Trial => {
    return { settings: { lr }, seed: 1, loss, accuracy, epochs: 2, seconds: 1, failed: loss === null ? "NaN" : null };
  };
  const trials = [
    trial("1", null, null),
    trial("2", 0.5, 0.9),
    trial("3", 0.4, 0.8),
    trial("2", 0.2, 0.7),
    trial("1", 0.1, 1),
  ];
  const order = (by: "loss" | "accuracy"): unknown => standingsOf(trials, by).map(({ settings }) => settings["lr"]);
  expect(order("loss")).toEqual(["2", "3", "1"]);
  expect(order("accuracy")).toEqual(["2", "3", "1"]);
  expect(tableOf(standingsOf(trials, "loss"), "loss", 2, 80).split("\n")).toEqual([
    "   lr           loss  accuracy  epochs   time",
    "-  --  -------------  --------  ------  -----",
    "1   2  0.35 ± 0.2121   80.00 %       2  1.0 s",
    "2   3            0.4   80.00 %       2  1.0 s",
    "and 1 more",
  ]);
  expect(standingsOf(trials, "loss")[2]).toMatchObject({ loss: null, deviation: null });
  expect([0.25, 45, 200, 7200].map(timeOf)).toEqual(["0.3 s", "45 s", "3 min", "2.0 h"]);
});

test("the command that trains the best can be pasted into a shell", () => {
  const given = { target: "price in $", balance: true, lr: "0.1", size: "48x64" } as const;
  expect(trainCommandOf("my houses.csv", given, { lr: "0.01", model: "64-OUT" })).toBe(
    `lanegrad train "my houses.csv" --target 'price in $' --balance --lr 0.01 --size 48x64 --model 64-OUT`,
  );
  expect(trainCommandOf("it's $1.csv", {}, {})).toBe(String.raw`lanegrad train 'it'\''s $1.csv'`);
});

test("a log of a search may not be one that a file of another kind has", () => {
  expect(() => openLog(data, {}, true)).toThrow("tune: --log must have a value of JSON in each line");
});
