import { describe, expect, test } from "vitest";
import { FormatError } from "../../../src/index.ts";
import { column, describeSchema, inferSchema, schema, schemaFromDescription } from "../../../src/raw/schema/index.ts";

const rows = Array.from({ length: 40 }, (_, i) => ({
  age: i % 7 === 0 ? null : i / 2,
  job: ["nurse", "clerk", "baker"][i % 3] ?? "",
  id: `key ${i}`,
  stays: i % 5 === 0 ? "no" : "yes",
}));

const INFERRED = {
  version: 1,
  inputs: {
    age: { column: "number", options: { missing: "median", indicator: true } },
    job: { column: "category", options: { unknown: "zeros" } },
  },
  target: { stays: { column: "category" } },
  skipped: { id: "a different text in each row" },
};

/** Columns with options other than the defaults of their kind and encoding, and what is written of them. */
const COLUMNS = {
  number: [column.number({ scale: "log", clip: [0, 5] }), { clip: [0, 5], scale: "log" }],
  oneHot: [column.category({ encode: "one-hot", minCount: 1 }), undefined],
  index: [column.category({ encode: "index", unknown: "slot" }), { encode: "index", unknown: "slot" }],
  hash: [column.category({ encode: "hash", slots: 32 }), { encode: "hash" }],
  slots: [
    column.category({ encode: "hash", slots: 4, missing: "slot" }),
    { encode: "hash", slots: 4, missing: "slot" },
  ],
  boolean: [column.boolean(), undefined],
  date: [column.date({ parts: ["time"], cyclic: true }), { cyclic: true }],
  parts: [column.date({ parts: ["time", "hour"] }), { parts: ["time", "hour"] }],
  bag: [column.text({ words: 5000, minTexts: 2 }), { minTexts: 2 }],
  hashedText: [column.text({ encode: "hash", slots: 1024 }), { encode: "hash" }],
  tokens: [column.text({ encode: "tokens", length: 64 }), { encode: "tokens", length: 64 }],
  photo: [column.image({ size: 8 }), { size: 8 }],
} as const;

const made = schema({ inputs: Object.fromEntries(Object.entries(COLUMNS).map(([name, [each]]) => [name, each])) });

describe("a description", () => {
  test("is what was inferred, as JSON, and back", () => {
    const text = JSON.stringify(inferSchema(rows, { target: "stays" }));
    expect(JSON.parse(text)).toEqual(INFERRED);
    const again = schemaFromDescription(text);
    expect(again.fit(rows).toJSON()).toEqual(inferSchema(rows, { target: "stays" }).schema.fit(rows).toJSON());
    expect(describeSchema(again)).toEqual({ ...INFERRED, skipped: undefined });
  });

  test("has the options that differ from the defaults, for every kind and encoding", () => {
    const expected = Object.entries(COLUMNS).map(([name, [{ name: kind }, options]]) => [
      name,
      { column: kind, ...(options && { options }) },
    ]);
    expect(describeSchema(made)).toEqual({ version: 1, inputs: Object.fromEntries(expected) });
  });

  test("makes columns with all options again", () => {
    const { inputs } = schemaFromDescription(describeSchema(made));
    const optionsOf = (of: typeof inputs) => Object.entries(of).map(([name, { options }]) => [name, options]);
    expect(optionsOf(inputs)).toEqual(optionsOf(made.inputs));
  });

  test("of one kind of column per function of `column`", () => {
    const kinds = new Set(Object.values(COLUMNS).map(([{ name }]) => name));
    expect([...kinds].toSorted()).toEqual(Object.keys(column).toSorted());
  });

  test("says whether rows that do not fit are left out", () => {
    const flagged = schema({ inputs: { age: column.number() }, onMisfit: "flag" });
    const json = describeSchema(flagged);
    expect(json).toEqual({ version: 1, inputs: { age: { column: "number" } }, onMisfit: "flag" });
    expect(schemaFromDescription(json).fit(rows).dataset(rows).length).toBe(34);
  });

  test("does not change with the object that a schema was made of", () => {
    const inputs: Record<string, ReturnType<typeof column.number>> = { age: column.number() };
    const of = schema({ inputs });
    inputs["late"] = column.number();
    expect(Object.keys(describeSchema(of).inputs)).toEqual(["age"]);
  });
});

describe("a description that a person wrote", () => {
  const age = (each: unknown): object => ({ version: 1, inputs: { age: each } });
  test.each<[unknown, string]>([
    ["{", 'a schema must be JSON; got "{"'],
    [[], "a schema must be an object; got []"],
    [{}, "the version of a schema must be 1; got undefined"],
    [{ version: 2, inputs: {} }, "the version of a schema must be 1; got 2"],
    [{ version: 1 }, "inputs must be an object; got undefined"],
    [{ version: 1, inputs: {} }, "schema: inputs must be an object of columns by name, at least one; got {}"],
    [
      { version: 1, input: {} },
      'a schema must have the names version, inputs, target, onMisfit, skipped; got "input" (did you mean "inputs"?)',
    ],
    [age("number"), 'column "age" must be an object; got "number"'],
    [
      age({ column: "number", option: {} }),
      'column "age" must have the names column, options; got "option" (did you mean "options"?)',
    ],
    [
      age({ column: "nubmer" }),
      'column "age" must be one of boolean, category, date, image, number, text; got "nubmer" (did you mean "number"?)',
    ],
    [
      age({ column: "toString" }),
      'column "age" must be one of boolean, category, date, image, number, text; got "toString"',
    ],
    [
      age({ column: "number", options: { mising: "mean" } }),
      'column "age": column.number: options must be missing, indicator, clip, scale; got "mising" (did you mean "missing"?)',
    ],
    [
      age({ column: "category", options: { encode: "hash", unknown: "zeros" } }),
      'column "age": column.category: options must be encode, slots, missing; got "unknown"',
    ],
    [
      age({ column: "number", options: { missing: "average" } }),
      'column "age": column.number: missing must be "refuse", "mean" or "median"; got "average"',
    ],
    [
      age({ column: "category", options: { encode: "onehot" } }),
      'column "age": column.category: encode must be "one-hot", "index" or "hash"; got "onehot"',
    ],
    [age({ column: "number", options: [] }), 'column "age": column.number: options must be an object; got []'],
    [age({ column: "number", options: null }), 'column "age": column.number: options must be an object; got null'],
    [{ ...age({ column: "number" }), onMisfit: "skip" }, 'onMisfit must be "refuse" or "flag"; got "skip"'],
    [{ ...age({ column: "number" }), target: null }, "target must be an object; got null"],
    [
      { ...age({ column: "number" }), target: { age: { column: "number" } } },
      'schema: the target must not be an input too; got "age" as both',
    ],
    [
      { ...age({ column: "number" }), target: { mail: { column: "text" } } },
      'schema: the target "mail" must be a number, category or boolean; got "text"',
    ],
  ])("%j is refused", (json, message) => {
    expect(() => schemaFromDescription(json)).toThrow(new FormatError(`schemaFromDescription: ${message}`));
  });

  test("may move a column from skipped to inputs, and leave it in both", () => {
    const edited = { ...INFERRED, inputs: { ...INFERRED.inputs, id: { column: "text" } } };
    expect(schemaFromDescription(edited).fit(rows).features).toContain('id "key"');
  });
});
