/** `lanegrad train` as it is built, through pipes, in a pseudo-terminal, and killed. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { afterAll, expect, test } from "vitest";
import { loadSchema, readCsv } from "lanegrad/data";
import * as io from "lanegrad/io";
import { readReport, stateHash } from "lanegrad/report";
import { trainRecipe, readRecipeRows } from "../../src/cli/recipe/train-recipe.ts";
import { recipeOf } from "../../src/cli/replay/recipe-of.ts";
import { flowersCsv } from "./flowers.ts";
import { TerminalRun, runCli } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "lanegrad-train-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const flowers = join(folder, "flowers.csv");
writeFileSync(flowers, flowersCsv());

const file = (name: string): string => join(folder, name);
const QUICK = ["--epochs", "8", "--test", "0.2", "--lr", "0.01"];

test("gives the result alone to a pipe, and a model that predicts rows of the table", async () => {
  const output = file("first.safetensors");
  const { code, stdout, stderr } = await runCli(["train", flowers, "-t", "species", "-o", output, ...QUICK]);
  expect([code, stderr]).toEqual([0, ""]);
  const [testLine, validationLine, written, next, ...more] = stdout.trimEnd().split("\n");
  expect(testLine).toMatch(
    /^\d+\.\d % of 30 test rows are right \(95 % interval \d+\.\d % to \d+\.\d %\); always "\w+": 33\.3 %$/,
  );
  expect(validationLine).toMatch(/^\d+\.\d % of 30 validation rows are right/);
  expect(written).toMatch(/first\.safetensors: 4,675 parameters, 8 epochs/);
  expect(next).toBe(`next: lanegrad predict ${output} new.csv`);
  expect(more).toEqual([]);
  const [model, schema, rows] = [await io.load(output), await loadSchema(output), await readCsv(flowers)];
  const right = schema
    .predict(model, rows)
    .filter((each, i) => each && "label" in each && each.label === rows[i]?.["species"]);
  expect(right.length).toBeGreaterThan(0.9 * rows.length);
});

test("writes the same bytes again, with one thread and with two; from standard input too", async () => {
  const bytes = async (name: string, args: readonly string[], input = ""): Promise<Buffer> => {
    const output = file(`${name}.safetensors`);
    expect(await runCli(["train", ...args, "-t", "species", "-o", output, ...QUICK], { input })).toMatchObject({
      code: 0,
      stderr: "",
    });
    return readFileSync(output);
  };
  const first = await bytes("one", [flowers, "--threads", "1"]);
  expect((await bytes("two", [flowers, "--threads", "2"])).equals(first)).toBe(true);
  expect((await bytes("input", ["-"], flowersCsv())).equals(first)).toBe(true);
  expect((await bytes("other", [flowers, "--seed", "7"])).equals(first)).toBe(false);
});

test("tells of each epoch as a line of JSON, and has the recipe in the first", async () => {
  const output = file("json.safetensors");
  const { code, stderr, json } = await runCli(["train", flowers, "-t", "species", "-o", output, "--json", ...QUICK]);
  expect([code, stderr]).toEqual([0, ""]);
  const [begin, ...rest] = json();
  expect(begin).toMatchObject({
    type: "begin",
    rows: { training: 90, validation: 30, test: 30 },
    recipe: { target: "species", model: { notation: "64-64-3" }, epochs: 8, data: { path: flowers, format: "csv" } },
  });
  expect(rest.slice(0, -1)).toEqual(
    Array.from({ length: 8 }, (_, i) => expect.objectContaining({ type: "epoch", epoch: i + 1 })),
  );
  expect(rest.at(-1)).toMatchObject({ type: "end", epochs: 8, output, results: { test: { rows: 30 } } });
});

test("shows what it understood in a terminal, how far it is, and the result", async () => {
  const run = new TerminalRun(["train", flowers, "-t", "species", "-o", file("shown.safetensors"), ...QUICK], {
    columns: 140,
  });
  expect(await run.exited).toBe(0);
  expect(run.screen).toContain("petal_length      number    numbers from 1 to 6.9");
  expect(run.screen).toContain("linear 4 -> 64");
  expect(run.screen).toMatch(/^training +adam with learning rate 0.01, 32 rows a step, at most 8 epochs/m);
  expect(run.screen).toMatch(/epoch 8\/8 .* validation loss/);
  expect(run.screen).toMatch(/% of 30 test rows are right/);
});

test("writes a report with the recipe, whose mistakes are rows of the file", async () => {
  const report = file("report.html");
  const args = ["train", flowers, "-t", "species", "-o", file("reported.safetensors"), "--report", report];
  const { code, stderr, json } = await runCli([...args, "--embed", "all", "--dropout", "0.2", "--json", ...QUICK]);
  expect([code, stderr]).toEqual([0, ""]);
  const { title, runs, data } = await readReport(report);
  const [run, ...more] = runs;
  expect([title, more]).toEqual(["flowers.csv: species", []]);
  expect(run?.recipe).toEqual(Reflect.get(Object(json()[0]), "recipe"));
  expect(run?.weights).toBe(stateHash((await io.load(file("reported.safetensors"))).stateDict()));
  expect(run?.evaluations.map(({ name, certainty }) => [name, certainty?.predictions])).toEqual([
    ["validation", 30],
    ["test", 30],
  ]);
  const rows = await readCsv(flowers);
  for (const { row, target, sample } of run?.evaluations.flatMap(({ mistakes }) => mistakes) ?? []) {
    expect(target).toBe(rows[row]?.["species"]);
    expect(sample).toMatchObject({ kind: "row", cells: rows[row] });
  }
  const recipe = recipeOf(run?.recipe ?? null);
  const { model, fitted } = await trainRecipe("replay", recipe, await readRecipeRows("replay", recipe));
  expect(readFileSync(file("reported.safetensors")).equals(io.toBytes(model, { schema: fitted }))).toBe(true);
  expect(data.map(({ name }) => name)).toEqual([flowers]);
  expect(Buffer.from((await data[0]?.read()) ?? []).toString()).toBe(flowersCsv());
});

test("takes a module file in TypeScript where Node strips types, and says so elsewhere", async () => {
  const [model, output] = [file("model.ts"), file("typed.safetensors")];
  writeFileSync(
    model,
    `type Context = { nn: any; features: readonly string[]; outputs: number };
export default ({ nn, features, outputs }: Context) => nn.linear(features.length, outputs);`,
  );
  const { code, stdout, stderr } = await runCli([
    "train",
    flowers,
    "-t",
    "species",
    "-m",
    model,
    "-o",
    output,
    ...QUICK,
  ]);
  const refused = `model.ts" must be JavaScript for Node ${process.versions.node}, which does not strip types`;
  const isTrained = Reflect.get(process.features, "typescript") === "strip";
  expect([code, stdout.includes("typed.safetensors: 15 parameters"), stderr.includes(refused)]).toEqual(
    isTrained ? [0, true, false] : [1, false, true],
  );
});

const LONG = ["-t", "species", "-m", "128-128-3", "--epochs", "60", "--patience", "0", "--dropout", "0.2"];

test("continues to the same bytes after it was killed", async () => {
  const [whole, resumed, checkpoints] = [file("whole.safetensors"), file("resumed.safetensors"), file("killed")];
  expect((await runCli(["train", flowers, ...LONG, "-o", whole])).code).toBe(0);
  const args = ["train", flowers, ...LONG, "-o", resumed, "--checkpoints", checkpoints];
  const child = spawn(process.execPath, [resolve("build/cli/lanegrad.js"), ...args, "--json"]);
  for await (const text of child.stdout.setEncoding("utf8")) {
    if (String(text).includes('"type":"checkpoint"')) break;
  }
  child.kill("SIGKILL");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  expect(child.signalCode).toBe("SIGKILL");
  expect(readdirSync(folder)).not.toContain("resumed.safetensors");
  const { code, stderr, json } = await runCli([...args, "--resume", "--json"]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(json().length).toBeLessThan(2 + 2 * 60);
  expect(readFileSync(resumed).equals(readFileSync(whole))).toBe(true);
});

test("continues with a report what began without one", async () => {
  const [output, report, checkpoints] = [file("later.safetensors"), file("later.html"), file("unreported")];
  const args = ["train", flowers, "-t", "species", "-o", output, "--force", "--checkpoints", checkpoints, "--epochs"];
  expect((await runCli([...args, "2"])).code).toBe(0);
  expect(await runCli([...args, "4", "--resume", "--report", report])).toMatchObject({ code: 0, stderr: "" });
  expect((await readReport(report)).runs[0]?.epochs.length).toBe(4);
});

test("writes a checkpoint after Ctrl-C, from which it continues", async () => {
  const checkpoints = file("stopped");
  const args = [
    "train",
    flowers,
    ...LONG,
    "--epochs",
    "20000",
    "-o",
    file("stopped.safetensors"),
    "--checkpoints",
    checkpoints,
  ];
  const run = new TerminalRun(args);
  await run.shows(/epoch \d+\/20000/);
  run.type("\u0003");
  expect(await run.exited).toBe(130);
  expect(readdirSync(checkpoints).filter((name) => name.endsWith(".safetensors")).length).toBeGreaterThan(0);
});
