import { mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { configure } from "lanegrad";
import { type Recording, type RunRecord, readReport, recordRun, stateHash, writeReport } from "lanegrad/report";
import { type ReplayOptions, replay } from "../../src/cli/actions/replay.ts";
import { EXIT } from "../../src/cli/errors.ts";
import { type LearningOptions, recipeFrom } from "../../src/cli/recipe/from-options.ts";
import { type Trained, trainRecipe } from "../../src/cli/recipe/train-recipe.ts";
import { EmbeddedData } from "../../src/cli/replay/embedded.ts";
import { recipeOf } from "../../src/cli/replay/recipe-of.ts";
import { FLOWER_OPTIONS } from "./flower-options.ts";
import { flowersCsv } from "./flowers.ts";
import { RecordedTerminal } from "./recorded-terminal.ts";
import { runCli } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "lanegrad-replays-"));
const data = join(folder, "flowers.csv");
const report = join(folder, "report.html");
let first: Trained;
let record: RunRecord;

async function train(
  changes: Partial<LearningOptions> = {},
): Promise<{ readonly trained: Trained; readonly run: Recording }> {
  const { recipe, rows } = await recipeFrom("train", data, { ...FLOWER_OPTIONS, ...changes });
  const runs: Recording[] = [];
  const trained = await trainRecipe("train", recipe, rows, {
    callbacks: (prepared) => {
      const recorded: unknown = JSON.parse(JSON.stringify(prepared.recipe));
      const run = recordRun(prepared.trainer, {
        name: `lr ${recipe.optimizer.lr}`,
        recipe: recorded as RunRecord["recipe"],
      });
      runs.push(run);
      return [run];
    },
  });
  const [run] = runs;
  if (!run) throw new Error("no run");
  return { trained, run };
}

beforeAll(async () => {
  writeFileSync(data, flowersCsv());
  const { trained, run } = await train();
  first = trained;
  record = run.record();
  await writeReport(report, run);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  configure({ reproducible: false });
});
afterEach(() => void (process.exitCode = undefined));

/** The answer of `replay`, or its error. */
async function answer(
  path = report,
  options: ReplayOptions = {},
): Promise<Record<string, unknown> & { readonly text: string }> {
  const terminal = new RecordedTerminal();
  try {
    await replay(path, { wide: false, ...options }, terminal);
  } catch (error) {
    const { message, hint } = error as { readonly message: string; readonly hint?: string };
    return { text: hint === undefined ? message : `${message}\n${hint}` };
  }
  return { ...terminal.values[0], text: terminal.text };
}

/** The report with a run in another form. */
async function changed(change: (run: RunRecord) => RunRecord): Promise<string> {
  const path = join(folder, "changed.html");
  await writeReport(path, change(record));
  return path;
}

describe("replay", () => {
  test("trains to the same bits", async () => {
    const weights = stateHash(first.model.stateDict());
    const numbers = record.epochs.length * 6; // losses, accuracies, the rate and p of the dropout layer
    const again = join(folder, "again.html");
    const same = await answer(report, { report: again });
    expect(same).toMatchObject({ same: true, run: "lr 0.01", epochs: record.epochs.length, numbers, weights });
    expect(same.text).toBe(
      `same bits: ${numbers} numbers of ${record.epochs.length} epochs, and the weights, SHA-256 ${weights}`,
    );
    expect(process.exitCode).toBeUndefined();
    expect((await readReport(again)).runs[0]).toMatchObject({ weights, evaluations: [{ name: "validation" }] });
    expect((await answer(report, { report: again })).text).toMatch(
      /^replay: --report must be a file that is not there yet/,
    );
    expect((await answer(report, { report })).text).toMatch(/^replay: --report must be another file than what is read/);
  });

  test("ends where the recorded training was stopped", async () => {
    const { trained, run } = await train({ patience: 0, epochs: 3 });
    const { recipe } = run.record();
    const path = join(folder, "stopped.html");
    await writeReport(path, { ...run.record(), recipe: { ...Object(recipe), epochs: 200 }, stopped: "SIGINT" });
    expect(await answer(path)).toMatchObject({ same: true, epochs: 3, weights: stateHash(trained.model.stateDict()) });
  });

  test("names the first number that differs, and exits with 3", async () => {
    const path = await changed((run) => ({
      ...run,
      epochs: run.epochs.map((epoch) =>
        epoch.epoch === 2 ? { ...epoch, validation: { ...Object(epoch.validation), loss: 0.5 } } : epoch,
      ),
    }));
    const loss = record.epochs[1]?.validation?.loss;
    const other = await answer(path);
    expect(other).toMatchObject({
      same: false,
      difference: { epoch: 2, what: "validation loss", recorded: 0.5, replayed: loss },
    });
    expect(other.text).toBe(
      `other bits: validation loss of epoch 2 is ${loss}, not 0.5\nthe same before: 8 numbers\n` +
        "maybe: versions, kernels and data are the same: this may be a bug of lanegrad",
    );
    expect(process.exitCode).toBe(EXIT.no);
    const { code, json } = await runCli(["replay", path, "--no-wide", "--json"]);
    expect({ code, answer: json()[0] }).toMatchObject({ code: 3, answer: { same: false, difference: { epoch: 2 } } });
  });

  test("gives the reasons that the report names", async () => {
    const weights = "0".repeat(64);
    const machine = { ...record.machine, lanegrad: "9.8.7", kernels: "relaxed", host: "Node 99.0.0" } as const;
    const other = await answer(await changed((run) => ({ ...run, weights, machine, stopped: "SIGTERM" })));
    expect(other.text.split("\n")).toEqual([
      `other bits: SHA-256 of the weights is ${record.weights}, not ${weights}`,
      `the same before: ${record.epochs.length * 6} numbers`,
      expect.stringMatching(/^maybe: lanegrad 9\.8\.7 trained it, this is \d.*: npx lanegrad@9\.8\.7$/),
      "maybe: relaxed kernels trained it, this Node has strict ones: Node 99.0.0 had them",
      "maybe: the training was stopped (SIGTERM), perhaps within an epoch that the report does not have",
    ]);
  });

  test("another seed gives other bits", async () => {
    const path = await changed((run) => ({ ...run, recipe: { ...Object(run.recipe), seed: 43 } }));
    expect(await answer(path)).toMatchObject({ same: false, difference: { epoch: 1, what: "loss" } });
  });

  test("refuses other data with both hashes, and takes the right ones from elsewhere, beside the report or in it", async () => {
    const moved = join(folder, "moved.csv");
    const [hash] = record.data.map(({ sha256 }) => sha256);
    expect(hash).toHaveLength(64);
    const recorded = String(Reflect.get(Object(Reflect.get(Object(record.recipe), "data")), "sha256"));
    writeFileSync(moved, `${readFileSync(data, "utf8")}1,2,3,4,setosa\n`);
    expect((await answer(report, { data: moved })).text).toMatch(
      new RegExp(
        `^replay: the data must be those of the report, with SHA-256 ${recorded}; got ".*moved.csv" with [0-9a-f]{64}\n--data FILE`,
      ),
    );
    renameSync(data, moved);
    try {
      expect((await answer()).text).toMatch(
        /^replay: the data must be where they were; got no ".*flowers.csv"\n--data FILE/,
      );
      expect(await answer(report, { data: moved })).toMatchObject({ same: true });
      const recipe = {
        ...Object(record.recipe),
        data: { ...Object(Reflect.get(Object(record.recipe), "data")), path: "moved.csv" },
      };
      expect(await answer(await changed((run) => ({ ...run, recipe })))).toMatchObject({ same: true });
      const whole = join(folder, "whole.html");
      await writeReport(whole, record, { embed: "all", data: { [data]: readFileSync(moved) } });
      const before = temporaryFolders();
      expect(await answer(whole)).toMatchObject({ same: true });
      expect(temporaryFolders()).toEqual(before);
    } finally {
      renameSync(moved, data);
    }
  });

  test("runs no code that a report names", async () => {
    const module = join(folder, "model.mjs");
    const text =
      "globalThis.ran = (globalThis.ran ?? 0) + 1;\nexport default ({ nn, outputs }) => nn.linear(4, outputs);\n";
    writeFileSync(module, text);
    const { run } = await train({ model: module, dropout: 0 });
    const ran = (): unknown => Reflect.get(globalThis, "ran");
    expect(ran()).toBe(1);
    const path = join(folder, "module.html");
    await writeReport(path, run, { embed: "all", data: { [module]: Buffer.from(text), [data]: readFileSync(data) } });
    expect((await answer(path)).text).toBe(
      `replay: --model must name the module file of the model, which runs as code; got none, and the report was made with ${JSON.stringify(module)}\n--model ${module}`,
    );
    const other = join(folder, "other.mjs");
    writeFileSync(other, `${text}// changed\n`);
    expect((await answer(path, { model: other })).text).toMatch(
      /^replay: --model must be the module file of the report/,
    );
    expect(ran()).toBe(1);
    expect(await answer(path, { model: module })).toMatchObject({ same: true });
  });

  test("trains one run of several", async () => {
    const path = join(folder, "runs.html");
    const { run } = await train({ lr: 0.1 });
    await writeReport(path, [record, run]);
    expect((await answer(path)).text).toBe(
      'replay: one run must be named of 2; got none\n--run "lr 0.01"\n--run "lr 0.1"',
    );
    expect((await answer(path, { run: "lr 0.2" })).text).toBe(
      'replay: --run must be a run of the report, "lr 0.01", "lr 0.1"; got lr 0.2\ndid you mean "lr 0.1"?',
    );
    expect(await answer(path, { run: "lr 0.1" })).toMatchObject({
      same: true,
      run: "lr 0.1",
      weights: run.record().weights,
    });
  });

  test("refuses a report without a run, and leaves out images whose names no system takes", async () => {
    const html = readFileSync(report, "utf8");
    const empty = join(folder, "empty.html");
    const [before, after = ""] = html.split(/(?<=<script type="application\/json" id="lanegrad-report">)/);
    writeFileSync(
      empty,
      `${before}{"report":1,"title":"","runs":[],"data":[]}${after.slice(after.indexOf("</script>"))}`,
    );
    expect((await answer(empty)).text).toBe("replay: a report must have a run; got none");
    const part = {
      ...Object(Reflect.get(Object(record.recipe), "data")),
      path: "x",
      format: "images",
      delimiter: null,
    };
    const files = [{ name: `x/${"n".repeat(300)}/1.png`, size: 0, read: () => Promise.resolve(new Uint8Array()) }];
    expect(await new EmbeddedData(files).unpack(part)).toBeUndefined();
  });

  test("refuses a run of a program, and a device in place of data", async () => {
    expect((await answer(await changed((run) => ({ ...run, recipe: null })))).text).toMatch(
      /^replay: the run must be one of lanegrad train, which has a recipe; got "lr 0.01", which a program made\n/,
    );
    const part = Object(Reflect.get(Object(record.recipe), "data"));
    const withPath = (path: string): Promise<string> =>
      changed((run) => ({ ...run, recipe: { ...Object(run.recipe), data: { ...part, path } } }));
    expect((await answer(await withPath("/dev/zero"))).text).toMatch(
      /must be (a file or folder; got "\/dev\/zero"|where they were)/,
    );
    expect((await answer(await withPath("-"))).text).toMatch(
      /^replay: the data must be a file; got those of a standard input/,
    );
  });

  test.each<readonly [string, (recipe: Record<string, object>) => object, string]>([
    ["version", (recipe) => ({ ...recipe, version: 2 }), "replay: the recipe must be of version 1; got 2"],
    ["seed", (recipe) => ({ ...recipe, seed: -1 }), "replay: recipe.seed must be a whole number of at least 0; got -1"],
    [
      "seed of parts",
      (recipe) => ({ ...recipe, splitSeed: undefined }),
      "recipe.splitSeed must be a whole number of at least 0",
    ],
    [
      "target",
      (recipe) => ({ ...recipe, target: "__proto__" }),
      'recipe.target must be the target of its schema, "species"; got "__proto__"',
    ],
    ["too many epochs", (recipe) => ({ ...recipe, epochs: 2 ** 31 }), "recipe.epochs must be a whole number of at least 1; got 2147483648"], // prettier-ignore
    ["epochs", (recipe) => ({ ...recipe, epochs: 1.5 }), "recipe.epochs must be a whole number of at least 1; got 1.5"],
    [
      "schedule",
      (recipe) => ({ ...recipe, schedule: undefined }),
      "recipe.schedule must be one of none, cosine, one-cycle, plateau; got none",
    ],
    [
      "optimizer",
      (recipe) => ({ ...recipe, optimizer: { name: "constructor", lr: 1, weightDecay: 0 } }),
      "recipe.optimizer.name must be one of adam,",
    ],
    [
      "hash",
      (recipe) => ({ ...recipe, data: { ...recipe["data"], sha256: "x" } }),
      'recipe.data.sha256 must be 64 hexadecimal digits; got "x"',
    ],
    ["path", (recipe) => ({ ...recipe, data: { ...recipe["data"], path: "a\0b" } }), "recipe.data.path must be text"],
    ["model", (recipe) => ({ ...recipe, model: [] }), "recipe.model must be an object; got []"],
    [
      "split",
      (recipe) => ({ ...recipe, split: { validation: 1, test: 0, group: null, time: null } }),
      "recipe.split.validation must be from 0 to below 1; got 1",
    ],
    [
      "validation file",
      (recipe) => ({ ...recipe, split: { validation: {}, test: 0, group: null, time: null } }),
      "recipe.split.validation.path must be text",
    ],
  ])("refuses a wrong %s in a recipe", (_, change, message) => {
    const recipe: unknown = change(Object(record.recipe) as Record<string, object>);
    expect(() => recipeOf(recipe as RunRecord["recipe"])).toThrow(message);
  });
});

test("images of a report are unpacked into a folder of ours, whatever their names", async () => {
  const file = (name: string): ConstructorParameters<typeof EmbeddedData>[0][number] => ({
    name,
    size: 1,
    read: () => Promise.resolve(new Uint8Array([7])),
  });
  const names = [
    "pets/cat/1.png",
    String.raw`pets\dog\2.png`,
    "pets/../x.png",
    "pets/cat/../../y.png",
    "pets/.git/hooks",
    "/etc/z.png",
  ];
  const embedded = new EmbeddedData(names.map(file));
  const part = { path: "pets", format: "images", delimiter: null, labels: null, size: null, sha256: "" } as const;
  const place = await embedded.unpack(part);
  expect(
    readdirSync(place?.path ?? "", { recursive: true })
      .map(String)
      .toSorted(),
  ).toEqual(["cat", join("cat", "1.png"), "dog", join("dog", "2.png")]);
  expect(await embedded.unpack({ ...part, path: "other" })).toBeUndefined();
  embedded.remove();
  expect(() => readdirSync(place?.path ?? "")).toThrow("ENOENT");
});

function temporaryFolders(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith("lanegrad-replay-"));
}
