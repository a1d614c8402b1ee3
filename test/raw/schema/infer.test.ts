import { describe, expect, test } from "vitest";
import { loadIris } from "../../../examples/data/iris.ts";
import { loadMails } from "../../../examples/data/mails.ts";
import { packageFile } from "../../../examples/data/package-file.ts";
import { data, manualSeed, tensor } from "../../../src/index.ts";
import { type Cell, type InferOptions, type Row, inferSchema, readCsv } from "../../../src/raw/index.ts";

const tableOf = (name: string): Promise<readonly Row[]> =>
  readCsv(packageFile(`@observablehq/sample-datasets/${name}.csv`));

/** What a column of these cells becomes, beside a target of two classes. */
function becomes(cells: readonly unknown[], name = "cell"): unknown {
  const rows = cells.map((cell, i) => ({ [name]: cell as Cell, other: Math.sqrt(i + 1), y: i % 2 === 0 ? "a" : "b" }));
  const { inputs, skipped } = inferSchema(rows, { target: "y" }).toJSON();
  return inputs[name] ?? skipped?.[name];
}

/** What a target of these cells becomes. */
function predicted(cells: readonly Cell[], options: Omit<InferOptions, "target"> = {}): unknown {
  const rows = cells.map((y, i) => ({ x: Math.sqrt(i + 1), y }));
  return inferSchema(rows, { target: "y", ...options }).toJSON().target?.["y"]?.column;
}

const times = <T>(count: number, of: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => of(i));

describe("inputs of real tables", () => {
  test("penguins", async () => {
    const inferred = inferSchema(await tableOf("penguins"), { target: "species" });
    const filled = { column: "number", options: { missing: "median", indicator: true } };
    expect(inferred.toJSON()).toEqual({
      version: 1,
      inputs: {
        island: { column: "category", options: { unknown: "zeros" } },
        culmen_length_mm: filled,
        culmen_depth_mm: filled,
        flipper_length_mm: filled,
        body_mass_g: filled,
        sex: { column: "category", options: { unknown: "zeros", missing: "slot" } },
      },
      target: { species: { column: "category" } },
    });
    expect(inferred.warnings).toEqual([]);
  });

  test("olympians: codes, dates, a column that is nearly always missing, a target that is missing", async () => {
    const inferred = inferSchema(await tableOf("olympians"), { target: "weight" });
    expect(String(inferred)).toBe(
      `
column           becomes                                     because
---------------  ------------------------------------------  ------------------------------------------------
id               skipped                                     whole numbers from 18347 to 999987786, each once
name             skipped                                     11,517 different texts in 11,538 rows
nationality      category, unknown zeros                     207 different texts
sex              category, unknown zeros                     2 different texts
date_of_birth    date, parts time dayOfYear weekday, cyclic  dates from 1954-05-20 to 2002-11-26
height           number, missing median, indicator           numbers from 1.21 to 2.21; 330 of 11,538 missing
weight (target)  number                                      predicted value, whole numbers from 31 to 170
sport            category, unknown zeros                     28 different texts
gold             number                                      whole numbers from 0 to 5
silver           number                                      whole numbers from 0 to 2
bronze           number                                      whole numbers from 0 to 2
info             skipped                                     nearly always missing; 11,407 of 11,538 missing
warning: "weight" has no value in 659 rows, which are left out
`.trim(),
    );
    expect(inferred.toJSON().onMisfit).toBe("flag");
    expect(inferred.task).toBe("regression");
  });

  test.each<[string, string, readonly string[], readonly string[]]>([
    ["weather", "weather", ["category", "date", "number", "number", "number", "number"], []],
    ["cars", "cylinders", ["number", "number", "number", "number", "number", "number"], ["name"]],
    ["aapl", "Close", ["date", "number", "number", "number", "number", "number"], []],
    ["diamonds", "price", "number category category category number number number number number".split(" "), []],
    ["industries", "unemployed", ["date", "category"], []],
    [
      "citywages",
      "POP_2015",
      "number number number number number category".split(" "),
      ["Metro", "nyt_display", "highlight"],
    ],
  ])("%s", async (name, target, kinds, skipped) => {
    const json = inferSchema(await tableOf(name), { target }).toJSON();
    expect(Object.values(json.inputs).map(({ column }) => column)).toEqual(kinds);
    expect(Object.keys(json.skipped ?? {})).toEqual(skipped);
  });

  test("iris: numbers of classes are classes", () => {
    const { x, y } = loadIris();
    const rows = times(150, (i) => ({
      length: x.data[4 * i] ?? 0,
      width: x.data[4 * i + 1] ?? 0,
      species: y.data[i] ?? 0,
    }));
    const inferred = inferSchema(rows, { target: "species" });
    expect(inferred.task).toBe("classification");
    expect(inferred.schema.fit(rows).classes).toEqual(["0", "1", "2"]);
  });

  test("mails are texts", () => {
    const rows = loadMails()
      .filter((_, i) => i % 40 === 0)
      .map(({ raw, isSpam }) => ({ raw, isSpam }));
    const { inputs, target } = inferSchema(rows, { target: "isSpam" }).toJSON();
    expect(inputs).toEqual({ raw: { column: "text", options: { words: 1000 } } });
    expect(target).toEqual({ isSpam: { column: "category" } });
  });
});

describe("rules for inputs", () => {
  const number = { column: "number" };
  const hashed = { column: "category", options: { encode: "hash", slots: 256 } };
  const oneHot = { column: "category", options: { unknown: "zeros" } };
  const image = (height: number, width: number, channels = 1) =>
    tensor(new Float32Array(channels * height * width), [channels, height, width]);

  test.each<[string, readonly unknown[], unknown]>([
    ["texts that are numbers", times(30, (i) => `${i * i}.5`), number],
    ["big integers that a number holds", times(30, (i) => BigInt(i * i)), number],
    ["1 and 0", times(30, (i) => (i * i) % 2), number],
    ["few whole numbers", times(30, (i) => 1 + (i % 3)), number],
    ["consecutive whole numbers in few rows", times(19, (i) => i), number],
    ["consecutive whole numbers", times(20, (i) => 19 - i), "whole numbers from 0 to 19, each once"],
    ["whole numbers but for one", times(30, (i) => (i === 7 ? 0.5 : i)), number],
    ["true and false", times(30, (i) => i % 3 === 0), { column: "boolean" }],
    ["yes and no", times(30, (i) => (i % 3 === 0 ? "Yes" : "no")), { column: "boolean" }],
    ["true, false and missing", [true, false, null, true], { column: "boolean", options: { missing: "slot" } }],
    ["texts with leading zeros", times(30, (i) => `0${i % 5}`), oneHot],
    ["texts that are repeated", times(30, (i) => `city ${i % 15}`), oneHot],
    ["numbers and texts", times(30, (i) => (i % 2 === 0 ? i % 4 : "x")), oneHot],
    ["3 texts in 5 rows", ["a", "b", "c", "a", "a"], oneHot],
    ["16 texts in 31 rows", times(31, (i) => `city ${i % 16}`), "16 different texts in 31 rows"],
    ["texts of their own", times(30, (i) => `city ${i}`), "a different text in each row"],
    ["keys beyond 2^53", times(30, (i) => `9007199254740993${i}`), "a different text in each row"],
    ["256 categories", times(512, (i) => `city ${i % 256}`), oneHot],
    ["257 categories", times(514, (i) => `city ${i % 257}`), hashed],
    ["texts of 5 words", times(30, (i) => `what ${i} they have said`), { column: "text", options: { words: 1000 } }],
    ["texts of 4 words", times(30, (i) => `what ${i} they said`), "a different text in each row"],
    ["5 signs", times(30, (i) => `- + - + ${"*".repeat(i + 1)}`), "a different text in each row"],
    ["one value", times(30, () => 7), "always 7"],
    ["nothing", times(30, () => null), "no value in any row"],
    ["empty texts", times(30, () => ""), "no value in any row"],
    ["28 of 31 missing", times(31, (i) => (i < 28 ? null : i)), "nearly always missing; 28 of 31 missing"],
    [
      "27 of 30 missing",
      times(30, (i) => (i < 27 ? null : i)),
      {
        column: "number",
        options: { missing: "median", indicator: true },
      },
    ],
    ["NaN", times(30, (i) => (i === 3 ? NaN : i / 2)), "NaN or infinite in 1 rows: null is missing"],
    ["more than float32", times(30, (i) => (i === 3 ? 1e39 : i / 2)), "NaN or infinite in 1 rows: null is missing"],
    ["lists", times(30, (i) => [i]), "cells of kinds that no column takes together"],
    [
      "dates and numbers",
      times(30, (i) => (i === 0 ? new Date(0) : i)),
      "cells of kinds that no column takes together",
    ],
    ["dates that are none", times(30, () => new Date(NaN)), "cells of kinds that no column takes together"],
    ["days of a week", times(7, (i) => `2024-02-2${i}`), { column: "date", options: { cyclic: true } }],
    [
      "days of two weeks",
      times(14, (i) => new Date(Date.UTC(2024, 1, i))),
      {
        column: "date",
        options: { parts: ["time", "weekday"], cyclic: true },
      },
    ],
    [
      "hours of a day, one missing",
      [null, ...times(9, (i) => `2024-02-20T0${i}:00Z`)],
      {
        column: "date",
        options: { parts: ["time", "hour"], cyclic: true, missing: "slot" },
      },
    ],
    ["a day that is none", times(30, (i) => `2024-02-${10 + (i % 21)}`), "21 different texts in 30 rows"],
    ["images", times(4, () => image(2, 3)), { column: "image" }],
    [
      "images of several sizes",
      [image(2, 3), image(4, 5), image(300, 500)],
      {
        column: "image",
        options: { size: [4, 5] },
      },
    ],
    [
      "large images of several sizes",
      [image(200, 300), image(400, 500)],
      {
        column: "image",
        options: { size: [128, 128] },
      },
    ],
    ["images of other channels", [image(2, 2), image(2, 2, 3)], "images of 1 and 3 channels"],
    ["an image that is missing", [image(2, 2), null], "a row without an image does not fit; 1 of 2 missing"],
  ])("%s", (_, cells, expected) => {
    expect(becomes(cells)).toEqual(expected);
  });

  test.each(["zip", "store_id", "ZIP code", "storeId", "Class"])("whole numbers under %s are labels", (name) => {
    const cells = times(40, (i) => 8000 + ((i * 7) % 20));
    expect(becomes(cells, name)).toEqual(oneHot);
    expect(
      becomes(
        times(30, (i) => (i * 7919) % 1009),
        name,
      ),
    ).toBe("whole numbers from 0 to 976, each once");
    expect(
      becomes(
        times(4000, (i) => (i * 7919) % 1999),
        name,
      ),
    ).toEqual(hashed);
    expect(
      becomes(
        times(40, (i) => 0.5 + ((i * 7) % 20)),
        name,
      ),
    ).toEqual(number);
  });

  test("labels may be texts, and one that is there twice is no identifier, however late", () => {
    expect(
      becomes(
        times(40, (i) => String(8000 + ((i * 7) % 20))),
        "zip",
      ),
    ).toEqual(oneHot);
    const keys = times(2000, (i) => i * 3);
    expect(becomes(keys, "id")).toBe("whole numbers from 0 to 5997, each once");
    expect(becomes([...keys, 15], "id")).toEqual(hashed);
    expect(becomes([...keys, 4500], "id")).toEqual(hashed);
    expect(becomes([...keys, 4500].map(String), "id")).toEqual(hashed);
  });

  test.each(["size", "idle", "codec", "identity"])("whole numbers under %s are numbers", (name) => {
    expect(
      becomes(
        times(40, (i) => 8000 + ((i * 7) % 20)),
        name,
      ),
    ).toEqual(number);
  });

  test("texts among numbers are warned of", () => {
    const rows = times(100, (i) => ({ size: i === 50 ? "n/a" : String(i / 8), y: i % 2 }));
    expect(() => inferSchema(rows, { target: "y" })).toThrow("at least one column must be an input");
    const { warnings } = inferSchema(
      rows.map((row, i) => ({ ...row, x: i / 2 })),
      { target: "y" },
    );
    expect(warnings).toEqual(['"size" is numbers but for "n/a": null is missing']);
  });

  test("columns can be skipped by name", () => {
    const rows = times(20, (i) => ({ a: i / 2, b: i / 3, y: i % 2 }));
    expect(inferSchema(rows, { target: "y", skip: ["a"] }).toJSON().skipped).toEqual({ a: "as asked" });
    expect(() => inferSchema(rows, { target: "y", skip: ["y"] })).toThrow("the target must not be skipped");
  });

  test("a column may have any name", () => {
    const rows = times(
      20,
      (i) => JSON.parse(`{ "__proto__": ${i / 2}, "constructor": ${i / 3}, "y": ${i % 2} }`) as Row,
    );
    const inferred = inferSchema(rows, { target: "y" });
    expect(inferred.schema.fit(rows).features).toEqual(["__proto__", "constructor"]);
    expect(JSON.stringify(inferred)).toBe(
      '{"version":1,"inputs":{"__proto__":{"column":"number"},"constructor":{"column":"number"}},"target":{"y":{"column":"category"}}}',
    );
  });
});

describe("the target", () => {
  test.each<[string, readonly Cell[], InferOptions["task"], string]>([
    ["0 and 1 in 4 rows", [0, 1, 1, 0], undefined, "category"],
    ["two numbers", times(20, (i) => (i % 2 === 0 ? -0.5 : 0.5)), undefined, "category"],
    ["two numbers that are predicted as such", times(20, (i) => i % 2), "regression", "number"],
    ["20 whole numbers in 200 rows", times(200, (i) => i % 20), undefined, "category"],
    ["20 whole numbers in 199 rows", times(199, (i) => i % 20), undefined, "number"],
    ["21 whole numbers", times(2100, (i) => i % 21), undefined, "number"],
    ["21 whole numbers that are classes", times(2100, (i) => i % 21), "classification", "category"],
    ["3 other numbers", times(300, (i) => (i % 3) / 2), undefined, "number"],
    ["texts that are whole numbers", times(200, (i) => String(i % 3)), undefined, "category"],
    ["booleans", times(20, (i) => i % 3 === 0), undefined, "category"],
    ["yes and no", times(20, (i) => (i % 3 === 0 ? "yes" : "no")), undefined, "category"],
    ["texts", ["a", "b", "a"], undefined, "category"],
    ["texts of their own that are classes", times(20, (i) => `text ${i}`), "classification", "category"],
  ])("%s", (_, cells, task, expected) => {
    expect(predicted(cells, task ? { task } : {})).toBe(expected);
  });

  test.each<[readonly Cell[], InferOptions["task"], string]>([
    [[1, 1, null], undefined, "must have at least 2 different values; got only 1"],
    [[null, ""], undefined, "must have values; got none"],
    [
      times(20, (i) => `text ${i}`),
      undefined,
      "must have values that repeat, or be of the task classification; got 20 texts in 20 rows",
    ],
    [["a", "b", "a"], "regression", "must be numbers for regression; got texts"],
    [[true, false], "regression", "must be numbers for regression; got true and false"],
    [["2024-01-01", "2024-01-02"], undefined, "must be numbers or categories; got dates"],
    [[tensor([[[1]]]), tensor([[[2]]])], undefined, "must be numbers or categories; got images"],
  ])("%j is refused for %s", (cells, task, problem) => {
    expect(() => predicted(cells, task ? { task } : {})).toThrow(
      new RangeError(`inferSchema: the target "y" ${problem}`),
    );
  });

  test("rows without it are left out", () => {
    const rows = times(40, (i) => ({
      x: (i * 7) % 11,
      y: i % 10 === 9 ? null : i / 7,
      z: i === 3 ? NaN : i / 7,
    }));
    const inferred = inferSchema(rows, { target: "y", skip: ["z"] });
    expect(inferred.warnings).toEqual(['"y" has no value in 4 rows, which are left out']);
    expect(inferred.schema.fit(rows).dataset(rows).length).toBe(36);
    expect(inferSchema(rows, { target: "z" }).schema.fit(rows).dataset(rows).length).toBe(39);
  });

  test("is the label of images", () => {
    const rows = times(4, (i) => ({ image: tensor([[[i]]]), label: i % 2, path: `${i}.png` }));
    const { inputs, target, skipped } = inferSchema(rows).toJSON();
    expect([inputs, target, skipped]).toEqual([
      { image: { column: "image" } },
      { label: { column: "category" } },
      { path: "a different text in each row" },
    ]);
  });

  test("is none for null", () => {
    const inferred = inferSchema([{ a: 1 }, { a: 2 }], { target: null });
    expect([inferred.task, inferred.toJSON()]).toEqual([
      undefined,
      { version: 1, inputs: { a: { column: "number" } } },
    ]);
  });

  test("a name that is no column is refused with the nearest", () => {
    const rows = [
      { price: 1, size: 2 },
      { price: 2, size: 3 },
    ];
    expect(() => inferSchema(rows, { target: "Pirce" })).toThrow(
      new RangeError('inferSchema: target must be a column, one of price, size; got "Pirce" (did you mean "price"?)'),
    );
    expect(() => inferSchema(rows, { target: "color" })).toThrow(/got "color"$/);
    expect(() => inferSchema(rows, { target: "price", skip: ["sizes"] })).toThrow(/skip .*did you mean "size"\?\)$/);
    expect(() => inferSchema(rows)).toThrow(
      new RangeError("inferSchema: target must be a column, one of price, size, or null for none; got none"),
    );
    const wide = [Object.fromEntries(times(50, (i) => [`c${i}`, i]))];
    expect(() => inferSchema(wide)).toThrow(/c38, c39 and 10 more, or null for none; got none$/);
  });
});

describe("columns that give the target away", () => {
  const rows = times(100, (i) => {
    const price = ((i * 37) % 101) + 0.5;
    return {
      price,
      cents: price * 100 + 3,
      near: price + (i % 7) * 3,
      class: price > 30 ? (price > 60 ? "c" : "b") : "a",
      code: price > 30 ? (price > 60 ? 3 : 2) : 1,
      color: i % 3 === 0 ? "red" : "blue",
    };
  });

  test("of classes", () => {
    expect(inferSchema(rows, { target: "class" }).warnings).toEqual([
      '"price" may give the target away: its numbers of one class are all below those of another',
      '"cents" may give the target away: its numbers of one class are all below those of another',
      '"code" may give the target away: each of its values has one value of the target',
    ]);
  });

  test("of numbers", () => {
    expect(inferSchema(rows, { target: "price" }).warnings).toEqual([
      '"cents" may give the target away: it is the target in other units',
    ]);
  });

  test("no column of real tables", async () => {
    for (const [name, target] of [
      ["diamonds", "price"],
      ["aapl", "Close"],
      ["cars", "cylinders"],
      ["weather", "weather"],
    ] as const) {
      expect(inferSchema(await tableOf(name), { target }).warnings).toEqual([]);
    }
  });

  test("one exception is enough, wherever it is", () => {
    for (const at of [0, 50, 99]) {
      const changed = rows.map((row, i) => (i === at ? { ...row, class: row.class === "a" ? "b" : "a" } : row));
      expect(inferSchema(changed, { target: "class" }).warnings).toEqual([]);
    }
  });
});

describe("what is inferred", () => {
  test.each(["olympians", "penguins", "citywages", "pizza"])(
    "%s: does not depend on the order of the rows",
    async (name) => {
      const rows = await tableOf(name);
      const target = Object.keys(rows[0] ?? {})[name === "citywages" ? 4 : name === "pizza" ? 6 : 0] ?? "";
      const shuffled = rows.map((row, i) => ({ row, key: (i * 7919) % 104729 })).toSorted((a, b) => a.key - b.key);
      const options = { target, task: name === "olympians" ? ("regression" as const) : undefined };
      const given = options.task ? { target, task: options.task } : { target };
      expect(
        String(
          inferSchema(
            shuffled.map(({ row }) => row),
            given,
          ),
        ),
      ).toBe(String(inferSchema(rows, given)));
    },
  );

  test("rows that lack columns keep the order of columns", () => {
    const all = times(12, (i) => ({ a: i / 2, b: i / 3, c: i / 4, y: i % 2 }));
    const rows: Row[] = all.map(({ a, b, c, y }, i) =>
      i % 3 === 0 ? { a, c, y } : i % 3 === 1 ? { a, b, c, y } : { b, y },
    );
    for (const given of [rows, rows.toReversed()]) {
      expect(inferSchema(given, { target: "y" }).columns.map(({ name }) => name)).toEqual(["a", "b", "c", "y"]);
    }
  });

  test.each<[string, string]>([
    ["penguins", "species"],
    ["penguins", "sex"],
    ["olympians", "weight"],
    ["cars", "economy (mpg)"],
    ["citywages", "POP_2015"],
  ])("%s: a schema of %s that is fitted on some rows takes the others", async (name, target) => {
    const rows = (await tableOf(name)).slice(0, 2000);
    const { schema } = inferSchema(rows, { target });
    manualSeed(7);
    for (const share of [0.1, 0.5]) {
      const { training, test } = data.split(rows, { training: share, test: 1 - share });
      const fitted = schema.fit(training);
      const kept = fitted.dataset(test).length;
      expect(kept).toBe(test.filter((row) => row[target] !== null).length);
    }
  });
});
