import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FormatError, Tensor, manualSeed, nn, ops, tensor } from "../../../src/index.ts";
import type { Operand } from "../../../src/graph/operand.ts";
import * as io from "../../../src/io/index.ts";
import type { Row } from "../../../src/raw/row.ts";
import { type FittedSchema, column, loadSchema, schema, schemaFrom } from "../../../src/raw/schema/index.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "lanegrad-schema-"));
});
afterAll(() => rm(directory, { recursive: true }));

/** Numbers whose mean and deviation have no short decimal form. */
const rows: readonly Row[] = Array.from({ length: 12 }, (_, i) => ({
  age: i % 4 === 3 ? null : i / 3 + 0.1,
  income: String(1000 * (i % 7) + 1 / 3),
  job: ["nurse", "clerk", "__proto__", "Émile \ud800"][i % 4],
  city: `city ${i % 5}`,
  code: `code ${i}`,
  mail: `free money ${i % 3 === 0 ? "now" : "later"} 東京`,
  note: `call ${i % 2 === 0 ? "me" : "us"}`,
  subject: "hello world",
  when: new Date(Date.UTC(2024, i, 3, i)),
  smoker: i % 2 === 0,
  photo: tensor([
    [
      [i / 12, 0.5],
      [0.25, 1],
    ],
  ]),
  species: ["setosa", "constructor", "virginica"][i % 3],
}));

function everyColumn(): FittedSchema {
  return schema({
    inputs: {
      age: column.number({ missing: "mean", indicator: true }),
      income: column.number({ scale: "log-standardize", clip: [0, 1e6] }),
      job: column.category({ unknown: "slot" }),
      city: column.category({ encode: "index", unknown: "slot", missing: "slot" }),
      code: column.category({ encode: "hash", slots: 4 }),
      mail: column.text({ encode: "tf-idf", ngrams: [1, 2] }),
      note: column.text({ encode: "tokens", length: 3 }),
      subject: column.text({ encode: "hash", slots: 4 }),
      when: column.date({ parts: ["year", "month", "time"], cyclic: true }),
      smoker: column.boolean({ missing: "slot" }),
      photo: column.image({ size: [3, 3], scale: "standardize" }),
    },
    target: { species: column.category() },
    onMisfit: "flag",
  }).fit(rows);
}

function bitsOf(fitted: FittedSchema): unknown {
  const { x, y } = fitted.dataset(rows);
  return [...Object.values(x), ...(y instanceof Tensor ? [y] : [])].map((each: Tensor) =>
    Array.from(new Int32Array(each.data.buffer)),
  );
}

/** All inputs of the schema, into three classes. */
class AllInputs extends nn.Module {
  override readonly inputNames = ["features", "city", "note", "photo"];
  readonly city = nn.embedding(7, 2);
  readonly note = nn.embedding(5, 2);
  readonly head: nn.Linear;

  constructor(readonly features: number) {
    super();
    this.head = nn.linear(features + 2 + 6 + 9, 3);
  }

  override configuration(): readonly unknown[] {
    return [this.features];
  }

  override forward(features: Operand, city: Operand, note: Operand, photo: Operand): Operand {
    const batch = features.shape[0] ?? 0;
    const flat = [ops.reshape(this.note.call(note), [batch, 6]), ops.reshape(photo, [batch, 9])];
    return this.head.call(ops.concatenate([features, this.city.call(city), ...flat], 1));
  }
}

describe("a schema as JSON", () => {
  test("gives the same bits, and the same JSON", () => {
    const fitted = everyColumn();
    const text = JSON.stringify(fitted);
    for (const again of [schemaFrom(text), schemaFrom(JSON.parse(text))]) {
      expect(bitsOf(again)).toEqual(bitsOf(fitted));
      expect(JSON.stringify(again)).toBe(text);
      expect([again.features, again.inputs, again.classes]).toEqual([fitted.features, fitted.inputs, fitted.classes]);
    }
  });

  test("a category named __proto__ is one like others", () => {
    const fitted = schemaFrom(JSON.stringify(everyColumn()));
    const x = fitted.encode(rows) as Readonly<Record<string, Tensor>>;
    expect(x["features"]?.shape[0]).toBe(12);
    expect(fitted.features).toContain("job=__proto__");
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  test("classes named as what objects inherit have probabilities", () => {
    const fitted = schemaFrom(JSON.stringify(everyColumn()));
    const out = tensor(rows.map(() => [5, 1, 0]));
    const [first] = fitted.predict({ predict: () => out }, rows);
    if (!first || !("label" in first)) throw new Error("a label is predicted");
    expect(first.label).toBe("constructor");
    expect(Object.keys(first.probabilities)).toEqual(["constructor", "setosa", "virginica"]);
  });
});

describe("a schema in the file of a model", () => {
  test("predicts rows with the same bits after both were loaded", async () => {
    manualSeed(7);
    const fitted = everyColumn();
    const model = new AllInputs(fitted.features.length);
    const file = join(directory, "model.safetensors");
    await io.save(model, file, { schema: fitted, metadata: { author: "me" } });
    const loaded = await io.load(file, { classes: { AllInputs } });
    const predictions = (await loadSchema(file)).predict(loaded, rows);
    expect(predictions).toEqual(fitted.predict(model, rows));
    expect(predictions.every((each) => each !== null && "label" in each)).toBe(true);
  });

  test("a file without schema, with another version, and with a schema that is none", async () => {
    const model = nn.linear(1, 1);
    await expect(loadSchema(io.toBytes(model))).rejects.toThrow(
      'loadSchema: in "the given bytes": metadata must have a schema under "lanegrad.schema"',
    );
    const bytes = (json: object): Uint8Array => io.toBytes(model, { schema: { toJSON: () => json } });
    await expect(loadSchema(bytes({ ...everyColumn().toJSON(), version: 2 }))).rejects.toThrow(
      'loadSchema: in "the given bytes": the version of a schema must be 1; got 2',
    );
    await expect(loadSchema(bytes([]))).rejects.toThrow(FormatError);
    await expect(loadSchema(new Uint8Array(3))).rejects.toThrow(FormatError);
  });

  test("what is no schema is refused by save, and its key in the metadata too", () => {
    expect(() => io.toBytes(nn.linear(1, 1), { schema: {} as never })).toThrow(
      "toBytes: schema must be a fitted schema; got {}",
    );
    expect(() => io.toBytes(nn.linear(1, 1), { metadata: { "lanegrad.schema": "" } })).toThrow(
      'toBytes: metadata must not have "lanegrad.schema", which is the schema\'s; got one',
    );
  });
});

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Every value in a tree, with what replaces it. */
function eachPlace(tree: Json, visit: (replace: (by: Json) => Json) => void): void {
  const walk = (value: Json, rebuild: (by: Json) => Json): void => {
    visit(rebuild);
    if (typeof value !== "object" || value === null) return;
    if (Array.isArray(value)) {
      value.forEach((each, i) => walk(each, (by) => rebuild(value.with(i, by))));
    } else {
      for (const [name, each] of Object.entries(value)) walk(each, (by) => rebuild({ ...value, [name]: by }));
    }
  };
  walk(tree, (by) => by);
}

describe("JSON of strangers", () => {
  const HOSTILE: readonly Json[] = [
    null,
    true,
    -1,
    0.5,
    1e308,
    2 ** 31,
    "x",
    "__proto__",
    [],
    [[]],
    {},
    { length: 1e9 },
  ];

  test("whatever stands in any place, the schema is refused by a FormatError or works", () => {
    const tree = JSON.parse(JSON.stringify(everyColumn())) as Json;
    const wrong: string[] = [];
    let refused = 0;
    let accepted = 0;
    eachPlace(tree, (replace) => {
      for (const hostile of HOSTILE) {
        try {
          const misfits = schemaFrom(replace(hostile)).check(rows.slice(0, 1));
          wrong.push(...misfits.flatMap(({ problem }) => (/^must [\s\S]+; got /.test(problem) ? [] : [problem])));
          accepted++;
        } catch (error) {
          const isOurs = error instanceof FormatError && /^schemaFrom: [\s\S]+; got [\s\S]+$/.test(error.message);
          if (!isOurs) wrong.push(String(error));
          refused++;
        }
      }
    });
    expect(wrong).toEqual([]);
    expect(Reflect.get({}, "length")).toBeUndefined();
    expect(refused).toBeGreaterThan(500);
    expect(accepted).toBeGreaterThan(50);
  });

  const made = JSON.parse(JSON.stringify(everyColumn())) as { inputs: [string, object][] };
  const withColumn = (name: string, options: object, state: object | null): object => ({
    version: 1,
    inputs: [["cell", { column: name, options, state }]],
    target: null,
    onMisfit: "refuse",
  });
  test("many columns that ask for much each", () => {
    const {
      inputs: [first],
    } = withColumn("category", { encode: "hash", slots: 2 ** 20 }, null) as typeof made;
    const inputs = Array.from({ length: 65 }, (_, i) => [`cell ${i}`, first?.[1]]);
    const much = { ...made, inputs, target: null };
    expect(() => schemaFrom(much)).toThrow("a row must become at most 67108864 numbers; got 68157440");
  });

  test.each<[string, unknown, string]>([
    ["text that is no JSON", "{", "schemaFrom: a schema must be JSON"],
    ["nothing", undefined, "schemaFrom: the version of a schema must be 1; got undefined"],
    ["an array", [], "schemaFrom: the version of a schema must be 1"],
    [
      "a column twice",
      { ...made, inputs: [made.inputs[0], made.inputs[0]] },
      "schemaFrom: names of inputs must differ",
    ],
    [
      "a target that is an input",
      { ...made, target: made.inputs[0] },
      "schemaFrom: the target must not be an input too",
    ],
    [
      "another kind",
      withColumn("constructor", {}, {}),
      'schemaFrom: column "cell" must be one of boolean, category, date',
    ],
    [
      "an unknown option",
      withColumn("number", { run: "x" }, {}),
      'schemaFrom: column "cell": column.number: options must be',
    ],
    [
      "no state",
      withColumn("number", {}, null),
      'schemaFrom: column "cell" must be fitted with a finite center; got undefined',
    ],
    [
      "a spread of 0",
      withColumn("number", {}, { fill: 0, center: 0, spread: 0 }),
      "must be fitted with a finite spread above 0; got 0",
    ],
    [
      "a category twice",
      withColumn("category", {}, { categories: ["a", "a"] }),
      'must be fitted with categories that differ; got "a"',
    ],
    [
      "a word twice",
      withColumn("text", {}, { words: ["a", "a"], idf: [1, 1] }),
      'must be fitted with words that differ; got "a"',
    ],
    [
      "too few weights",
      withColumn("text", {}, { words: ["a"], idf: [] }),
      "must be fitted with 1 finite numbers, idf,; got []",
    ],
    [
      "endless tokens",
      withColumn("text", { encode: "tokens", length: 2 ** 30 }, { words: ["a"] }),
      "length must be a whole number from 1 to 65536",
    ],
    [
      "endless slots",
      withColumn("category", { encode: "hash", slots: 2 ** 30 }, null),
      "slots must be a whole number from 1 to 1048576",
    ],
    [
      "endless images",
      withColumn("image", {}, { channels: 2 ** 20, size: [2 ** 10, 2 ** 10], scales: [] }),
      "must be fitted with channels; got 1048576",
    ],
  ])("%s is refused", (_, json, message) => {
    expect(() => schemaFrom(json)).toThrow(message);
    expect(() => schemaFrom(json)).toThrow(FormatError);
  });
});
