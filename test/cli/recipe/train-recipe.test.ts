import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { configure, nn } from "lanegrad";
import { type Row, inferSchema } from "lanegrad/data";
import * as io from "lanegrad/io";
import { SPECIES, loadIris } from "../../../examples/data/iris.ts";
import type { Recipe } from "../../../src/cli/recipe/recipe.ts";
import { type Hooks, type Trained, prepareRecipe, trainRecipe } from "../../../src/cli/recipe/train-recipe.ts";

const folder = mkdtempSync(join(tmpdir(), "lanegrad-recipe-"));
afterAll(() => rmSync(folder, { recursive: true }));

const { x, y } = loadIris();
const iris: readonly Row[] = Array.from(y.data, (species, i) => ({
  length: x.data[4 * i] ?? 0,
  width: x.data[4 * i + 1] ?? 0,
  petal: x.data[4 * i + 2] ?? 0,
  breadth: x.data[4 * i + 3] ?? 0,
  species: SPECIES[species] ?? "",
}));

function recipeOf(rows: readonly Row[], target: string, changes: Partial<Recipe> = {}): Recipe {
  return {
    version: 1,
    data: { path: "flowers.csv", format: "csv", delimiter: ",", labels: null, size: null, sha256: "" },
    target,
    schema: inferSchema(rows, { target }).toJSON(),
    split: { validation: 0.2, test: 0.2, group: null, time: null },
    splitSeed: 42,
    model: { notation: "16-3", activation: "relu", dropout: 0.1, norm: "none" },
    optimizer: { name: "adam", lr: 0.01, weightDecay: 0 },
    schedule: "none",
    balance: false,
    epochs: 12,
    batchSize: 16,
    patience: 0,
    seed: 42,
    kernels: "strict",
    ...changes,
  };
}

async function trained(changes: Partial<Recipe> = {}, hooks: Hooks = {}): Promise<Trained> {
  return trainRecipe("train", recipeOf(iris, "species", changes), { rows: iris, validation: null }, hooks);
}

function bytesOf({ model, fitted }: Trained): string {
  return Buffer.from(io.toBytes(model, { schema: fitted })).toString("base64");
}

async function refusal(rows: readonly Row[], target: string, changes: Partial<Recipe> = {}): Promise<string> {
  try {
    await prepareRecipe("train", recipeOf(rows, target, changes), { rows, validation: null });
  } catch (error) {
    return [String(Reflect.get(Object(error), "message")), Reflect.get(Object(error), "hint")]
      .filter(Boolean)
      .join(" | ");
  }
  return "no error";
}

describe("trainRecipe", () => {
  test("learns iris, on parts with equal shares of the species", async () => {
    const { parts, trainer, sets, target, fitted } = await trained();
    expect(target).toEqual({ name: "species", kind: "category", classes: SPECIES });
    const shares = [parts.training, parts.validation, parts.test].map(({ rows }) =>
      SPECIES.map((each) => rows.filter((row) => row["species"] === each).length),
    );
    expect(shares).toEqual([
      [30, 30, 30],
      [10, 10, 10],
      [10, 10, 10],
    ]);
    const all = [parts.training, parts.validation, parts.test].flatMap(({ indices }) => [...indices]);
    expect(all.toSorted((a, b) => a - b)).toEqual(iris.map((_, i) => i));
    expect(parts.test.rows[3]).toBe(iris[parts.test.indices[3] ?? 0]);
    expect(fitted.features).toEqual(["length", "width", "petal", "breadth"]);
    if (!sets.test) throw new Error("there must be a test set");
    expect(trainer.evaluate(sets.test).accuracy).toBeGreaterThan(0.9);
  });

  test("gives the same bits again, with one thread and with two, and others for another seed", async () => {
    const first = bytesOf(await trained());
    for (const threads of [1, 2]) {
      configure({ threads });
      expect(bytesOf(await trained())).toBe(first);
    }
    configure({ threads: "auto" });
    expect(bytesOf(await trained({ seed: 43 }))).not.toBe(first);
  });

  test("gives the same bits after a stop and a resume", async () => {
    const checkpoints = join(folder, "checkpoints");
    const schedule = "one-cycle";
    const stop = new AbortController();
    const stopped = await trained(
      { schedule, patience: 5 },
      {
        checkpoints,
        signal: stop.signal,
        callbacks: () => [{ onEpoch: ({ epoch }) => void (epoch === 4 && stop.abort()) }],
      },
    );
    expect(stopped.history.epochs.length).toBe(4);
    const resumed = await trained({ schedule, patience: 5 }, { checkpoints, resume: true });
    expect(resumed.history.epochs[0]?.loss).toBe(stopped.history.epochs[0]?.loss);
    expect(bytesOf(resumed)).toBe(bytesOf(await trained({ schedule, patience: 5 })));
  });

  test("ends without a better validation loss, with the weights of the best epoch", async () => {
    const { history, trainer, sets } = await trained({
      epochs: 400,
      patience: 3,
      optimizer: { name: "sgd", lr: 0.3, weightDecay: 0 },
    });
    expect(history.stopped).toContain("no better validation loss");
    const losses = history.epochs.map(({ validation }) => validation?.loss ?? NaN);
    if (!sets.validation) throw new Error("there must be a validation set");
    expect(trainer.evaluate(sets.validation).loss).toBe(Math.min(...losses));
    expect(losses.length - 1 - losses.indexOf(Math.min(...losses))).toBe(3);
  });

  test.each(["cosine", "one-cycle"] as const)("ends near a rate of 0 with the schedule %s", async (schedule) => {
    const { trainer } = await trained({ schedule, epochs: 3 });
    expect(trainer.options.optimizer.groups[0].lr).toBeLessThan(1e-5);
  });

  test("keeps groups together, and times in order", async () => {
    const rows = iris.map((row, i) => ({
      ...row,
      plot: i % 7,
      day: new Date(Date.UTC(2020, 0, 150 - i)).toISOString(),
    }));
    const model = { notation: "1", activation: "relu", dropout: 0, norm: "none" } as const;
    const prepared = async (split: Recipe["split"]) =>
      prepareRecipe("train", recipeOf(rows, "petal", { split, model }), { rows, validation: null });
    const grouped = (await prepared({ validation: 0.3, test: 0, group: "plot", time: null })).parts;
    const plots = [grouped.training, grouped.validation].map((part) => new Set(part.rows.map(({ plot }) => plot)));
    expect([...(plots[0] ?? [])].filter((plot) => plots[1]?.has(plot)).length).toBe(0);
    expect((plots[0]?.size ?? 0) + (plots[1]?.size ?? 0)).toBe(7);
    const timed = (await prepared({ validation: 0.4, test: 0, group: null, time: "day" })).parts;
    expect(timed.training.indices.toSorted()[0]).toBe(60);
    expect(timed.validation.indices.toSorted().at(-1)).toBe(59);
  });

  test("has rows of a class of one row in the training set", async () => {
    const rows = [...iris.slice(0, 100), { ...iris[120], species: "rare" }];
    const { parts, fitted } = await prepareRecipe("train", recipeOf(rows, "species"), { rows, validation: null });
    expect(fitted.classes).toContain("rare");
    expect([...parts.training.indices]).toContain(100);
  });

  test("takes the validation set from another file", async () => {
    const recipe = recipeOf(iris.slice(0, 120), "species");
    const split = { ...recipe.split, validation: recipe.data, test: 0 };
    const { parts, sets } = await prepareRecipe(
      "train",
      { ...recipe, split },
      { rows: iris.slice(0, 120), validation: iris.slice(120) },
    );
    expect([parts.training.rows.length, sets.validation?.length, sets.test]).toEqual([120, 30, undefined]);
  });

  test("weighs classes equally with balance", async () => {
    const rows = iris.slice(0, 60); // 50 of one species, 10 of another
    const of = (balance: boolean) =>
      trainRecipe(
        "train",
        recipeOf(rows, "species", {
          balance,
          epochs: 1,
          split: { validation: 0, test: 0, group: null, time: null },
          model: { notation: "2", activation: "relu", dropout: 0, norm: "none" },
          optimizer: { name: "sgd", lr: 1e-30, weightDecay: 0 },
          batchSize: 60,
        }),
        { rows, validation: null },
      );
    const [plain, balanced] = [await of(false), await of(true)];
    const logits = plain.model.predict(plain.sets.training.x).data;
    const losses = Array.from(rows, (_, i) => {
      const [a = 0, b = 0] = [logits[2 * i], logits[2 * i + 1]];
      const label = i < 50 ? a : b;
      return Math.log(Math.exp(a) + Math.exp(b)) - label;
    });
    const mean = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;
    expect(plain.history.epochs[0]?.loss).toBeCloseTo(mean(losses), 5);
    expect(balanced.history.epochs[0]?.loss).toBeCloseTo((mean(losses.slice(0, 50)) + mean(losses.slice(50))) / 2, 5);
  });

  test("trains a module file", async () => {
    const path = join(folder, "model.mjs");
    writeFileSync(
      path,
      "export default ({ nn, features, outputs, classes, inputs }) => nn.sequential(nn.linear(features.length, 5), nn.gelu(), nn.linear(5, outputs))",
    );
    const { model } = await trained({ model: { path, sha256: "" } });
    expect(model).toBeInstanceOf(nn.Sequential);
    expect(model.parameters().map(({ size }) => size)).toEqual([20, 5, 15, 3]);
  });

  test.each([
    [
      "no default export",
      "export const a = 1;",
      "must have a function as its default export; got none | export default",
    ],
    [
      "a function that fails",
      "export default () => { throw new Error('no luck'); };",
      "got an error of its function: no luck",
    ],
    ["a function without a model", "export default () => 3;", "must give a module; got number | export default"],
    ["wrong syntax", "export default (;", "must be a module that Node loads; got"],
  ])("refuses a module file with %s", async (name, source, message) => {
    const path = join(folder, `${name.replaceAll(" ", "-")}.mjs`);
    writeFileSync(path, source);
    const text = await refusal(iris, "species", { model: { path, sha256: "" } });
    expect(text).toContain(`train: ${JSON.stringify(path)} must`);
    expect(text).toContain(message);
  });

  test("names the row of the file that does not fit, and its line", async () => {
    const rows = iris.map((row, i) => (i === 77 ? { ...row, petal: "wide" } : row));
    const schema = inferSchema(iris, { target: "species" }).toJSON();
    for (const seed of [1, 2, 3]) {
      expect(await refusal(rows, "species", { schema, seed })).toBe(
        'train: column "petal" of row 77 must be a number; got "wide" | row 77, counted from 0, is line 79 of flowers.csv',
      );
    }
  });

  test.each<[string, Partial<Recipe>, string]>([
    [
      "an unknown optimizer",
      { optimizer: { name: "adm", lr: 1, weightDecay: 0 } },
      "--optimizer must be one of adam, adamW, sgd",
    ],
    [
      "a group that is no column",
      { split: { validation: 0.2, test: 0, group: "plt", time: null } },
      "--group must be a column of the data, length, width",
    ],
    [
      "times that are none",
      { split: { validation: 0.2, test: 0, group: null, time: "species" } },
      'column "species" of --time must hold dates or numbers; got "setosa" in row 0',
    ],
    [
      "a validation set without rows",
      { split: { validation: 0.001, test: 0, group: null, time: null } },
      "validation must hold at least one sample; got 0.001 of 150 | --validation 0 trains",
    ],
  ])("refuses %s", async (_, changes, message) => {
    expect(await refusal(iris, "species", changes)).toContain(message);
  });

  test("refuses to balance numbers", async () => {
    const model = { notation: "1", activation: "relu", dropout: 0, norm: "none" } as const;
    expect(await refusal(iris, "petal", { balance: true, model })).toContain(
      "--balance must be with a target of classes; got numbers",
    );
  });
});
