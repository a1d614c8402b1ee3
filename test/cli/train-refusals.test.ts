/** What `lanegrad train` refuses before it trains, and what it says then. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type TrainOptions, train } from "../../src/cli/actions/train.ts";
import type { Terminal } from "../../src/cli/terminal/terminal.ts";
import { flowersCsv } from "./flowers.ts";

const folder = mkdtempSync(join(tmpdir(), "lanegrad-refused-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const DEFAULTS = {
  target: "species",
  validation: 0.2,
  test: 0,
  activation: "relu",
  dropout: 0,
  norm: "none",
  epochs: 1,
  batch: 32,
  optimizer: "adam",
  schedule: "none",
  patience: 10,
  seed: 42,
  wide: false,
  embed: "none",
  output: join(folder, "model.safetensors"),
} as const satisfies TrainOptions;

const plain = (text: string): string => text;

/** Trains with a terminal that keeps what is printed. */
async function printed(path: string, options: Partial<TrainOptions> = {}): Promise<readonly string[]> {
  const lines: string[] = [];
  const terminal: Terminal = {
    json: false,
    isInteractive: false,
    columns: 80,
    style: { bold: plain, dim: plain, red: plain, green: plain, yellow: plain, cyan: plain },
    result: async (_, text) => void lines.push(text()),
    note: (text) => void lines.push(text),
    status: () => undefined,
  };
  await train(path, { ...DEFAULTS, ...options }, terminal);
  return lines;
}

/** Message and hint of the error that a training ends with. */
async function refusal(path: string, options: Partial<TrainOptions> = {}): Promise<string> {
  const error: unknown = await printed(path, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(existsSync(DEFAULTS.output)).toBe(false);
  return [Reflect.get(Object(error), "message"), Reflect.get(Object(error), "hint")]
    .filter((each) => each !== undefined)
    .join(" | ");
}

const csv = flowersCsv();
const flowers = written("flowers.csv", csv);
const lines = csv.trimEnd().split("\n");

describe("data", () => {
  test.each<[string, string, Partial<TrainOptions>, string]>([
    ["a misspelt target", flowers, { target: "specis" }, 'got specis | did you mean "species"?'],
    ["a part of the name of one column", flowers, { target: "spec" }, 'got spec | did you mean "species"?'],
    [
      "a misspelt group",
      flowers,
      { group: "petal_lenght" },
      '--group must be a column of the data, sepal_length, sepal_width, petal_length, petal_width, species; got petal_lenght | did you mean "petal_length"?',
    ],
    [
      "a target of one class",
      written("same.csv", lines.slice(0, 40).join("\n")),
      {},
      'must have at least 2 different values; got only "setosa"',
    ],
    ["an empty file", written("empty.csv", ""), {}, "must have a line with the names of its columns; got no line"],
    [
      "a ragged file",
      written("ragged.csv", [...lines.slice(0, 5), "1,2"].join("\n")),
      {},
      "line 6 must have 5 cells, one for each column; got 2",
    ],
    [
      "a table of its target alone",
      written("target.csv", "species\na\nb\n"),
      {},
      "at least one column must be an input",
    ],
    ["no such file", join(folder, "flower.csv"), {}, `| did you mean ${JSON.stringify(flowers)}?`],
  ])("%s is refused", async (_, path, options, message) => {
    expect(await refusal(path, options)).toContain(message);
  });

  test("columns of a schema that the data lack, or of an unknown kind, are named with the file", async () => {
    const schemaWith = (name: string, kind: string): string =>
      JSON.stringify({
        version: 1,
        inputs: { [name]: { column: kind } },
        target: { species: { column: "category" } },
      });
    const path = written("numbers.csv", "species,petal\na,1\nb,2\n");
    expect(await refusal(path, { schema: written("names.json", schemaWith("pteal", "number")) })).toMatch(
      /^train: ".*names.json" must have columns of the data, species, petal; got pteal \| did you mean "petal"\?$/,
    );
    expect(await refusal(path, { schema: written("kinds.json", schemaWith("petal", "numbr")) })).toMatch(
      /^train: ".*kinds.json": column "petal" must be one of .*; got "numbr"/,
    );
  });

  test("a text in a column that a schema says is numbers is refused with its line", async () => {
    const number = { column: "number" };
    const schema = {
      version: 1,
      inputs: { petal_length: number, petal_width: number },
      target: { species: { column: "category" } },
    };
    const path = written("broken.csv", lines.with(70, "5.0,2.0,wide,1.0,versicolor").join("\n"));
    expect(await refusal(path, { schema: written("schema.json", JSON.stringify(schema)) })).toBe(
      'train: column "petal_length" of row 69 must be a number; got "wide" | row 69, counted from 0, is line 71 of broken.csv',
    );
  });

  test.each<[string, string, Partial<TrainOptions>, string]>([
    ["no JSON", "{", {}, "must be JSON; got"],
    ["a list", "[]", {}, "a schema"],
    [
      "no target",
      '{"version":1,"inputs":{"petal_length":{"column":"number"}}}',
      {},
      "must have the target species; got none",
    ],
    [
      "another target",
      '{"version":1,"inputs":{"petal_length":{"column":"number"}},"target":{"petal_width":{"column":"number"}}}',
      {},
      "must have the target species; got petal_width",
    ],
    [
      "an unknown kind",
      '{"version":1,"inputs":{"petal_length":{"column":"numbr"}},"target":{"species":{"column":"category"}}}',
      {},
      "numbr",
    ],
  ])("a schema of %s is refused", async (_, json, options, message) => {
    expect(await refusal(flowers, { ...options, schema: written("wrong.json", json) })).toContain(message);
  });

  test("missing values and text among numbers are no reason to refuse", async () => {
    const rows = [...lines.slice(0, 30), ",3.1,n/a,1.0,versicolor", ...lines.slice(60, 90)];
    const [shown = ""] = await printed(written("gaps.csv", rows.join("\n")), { dryRun: true });
    expect(shown).toContain("1 of 60 missing");
  });
});

describe("options", () => {
  test.each<[string, Partial<TrainOptions>, string]>([
    [
      "the wrong count of outputs",
      { model: "64-5" },
      'the last width must be 3, one for each class of "species"; got 5 in "64-5" | --model 64-3, or 64-5-3 with one more layer',
    ],
    ["a notation with a mistake", { model: "64-x-3" }, 'got "x" at position 4 in "64-x-3"'],
    [
      "a module file that is not there",
      { model: "./modle.mjs" },
      'the module file must be a file or folder that is there; got "./modle.mjs"',
    ],
    [
      "dropout beside a module file",
      { model: "./model.js", dropout: 0.5 },
      "--dropout and --norm must be with a notation",
    ],
    ["shares of 1", { validation: 0.5, test: 0.5 }, "--validation and --test must be below 1 together"],
    ["groups and times", { group: "species", time: "species" }, "--group must be without --time; got both"],
    ["to resume without checkpoints", { resume: true }, "--resume must be with --checkpoints"],
    [
      "to balance numbers",
      { target: "petal_width", balance: true },
      "--balance must be with a target of classes; got numbers",
    ],
    [
      "a folder that is not there",
      { output: join(folder, "none", "model.safetensors") },
      "--output must be in a folder that is there",
    ],
    ["a folder as the output", { output: folder }, `--output must be a file; got the folder ${folder}`],
    [
      "to write over the data",
      { output: flowers, force: true },
      `--output must be another file than what is read; got ${flowers}`,
    ],
    ["checkpoints in a file", { checkpoints: flowers }, "--checkpoints must be a folder; got"],
  ])("%s is refused", async (_, options, message) => {
    expect(await refusal(flowers, options)).toContain(message);
  });

  test("a model with a class of its own says what can load it, and one that no file holds is refused before it trains", async () => {
    const source = (parameters: string): string => `export default ({ nn, features, outputs }) => {
      class Own extends nn.Module {
        constructor(${parameters}) { super(); this.linear = nn.linear(features.length, outputs); }
        forward(x) { return this.linear.call(x); }
      }
      return new Own(1);
    };`;
    const output = join(folder, "own.safetensors");
    const model = written("own.mjs", source(""));
    expect((await printed(flowers, { model, output })).at(-1)).toContain(
      `next: io.load(${JSON.stringify(output)}, { classes }) in a program`,
    );
    expect(await refusal(flowers, { model: written("held.mjs", source("size")) })).toContain(
      "train: the model must be one that a file can hold; Own must have a method `configuration()`",
    );
  });

  test("without validation and test it says that nothing was measured", async () => {
    const text = (await printed(flowers, { validation: 0, output: join(folder, "all.safetensors") })).at(-1) ?? "";
    expect(text).toContain("how good the model is was not measured");
    expect(text).toContain("4,675 parameters, 1 epoch\n");
  });

  test("a file that is there is kept, but with --force", async () => {
    const output = written("kept.safetensors", "an hour of work");
    expect(await refusal(flowers, { output })).toBe(
      `train: --output must be a file that is not there yet; got ${output} | --force replaces it; --output writes another`,
    );
    expect(readFileSync(output, "utf8")).toBe("an hour of work");
    await printed(flowers, { output, force: true });
    expect(readFileSync(output).length).toBeGreaterThan(1000);
  });

  test("a loss that is not finite says what may help", async () => {
    expect(await refusal(flowers, { optimizer: "sgd", lr: 1e30, epochs: 9 })).toMatch(
      / \| a smaller learning rate may help: --lr 1e\+29$/,
    );
  });

  test("checkpoints of another training are kept, and named where they differ", async () => {
    const checkpoints = join(folder, "checkpoints");
    await printed(flowers, { checkpoints, output: join(folder, "first.safetensors") });
    expect(await refusal(flowers, { checkpoints })).toBe(
      `train: --checkpoints must be a folder without those of another training; got ${JSON.stringify(checkpoints)} | --resume continues from the newest`,
    );
    expect(await refusal(flowers, { checkpoints, resume: true, batch: 16 })).toMatch(
      /^train: --resume: .* must be of the same training; got batchSize 32 instead of 16$/,
    );
  });

  test("--dry-run writes nothing, also where it could not", async () => {
    const [shown = ""] = await printed(flowers, { dryRun: true, output: join(folder, "none", "m.safetensors") });
    expect(shown).toContain("64-64-3");
    expect(existsSync(join(folder, "none"))).toBe(false);
  });
});

test("the mean absolute error of a number is in its units, beside that of the mean", async () => {
  const many = Array.from({ length: 200 }, (_, i) => `${i},${1000 + 10 * (i % 50)}`);
  const path = written(
    "prices.csv",
    ["rooms,price", ...many.map((line, i) => `${i % 50},${line.split(",")[1]}`)].join("\n"),
  );
  mkdirSync(join(folder, "out"), { recursive: true });
  const output = join(folder, "out", "price.safetensors");
  const text = (await printed(path, { target: "price", output, epochs: 300, lr: 0.01 })).at(-1) ?? "";
  const [, error = "", mean = "", baseline = ""] =
    /mean absolute error of "price" ([\d.,]+) on 40 validation rows \(.*\); always the mean, ([\d,.]+): ([\d,.]+)/.exec(
      text,
    ) ?? [];
  expect(Number(error)).toBeLessThan(20);
  expect(Math.abs(Number(mean.replace(",", "")) - 1245)).toBeLessThan(30);
  expect(Math.abs(Number(baseline) - 125)).toBeLessThan(30);
});
