import { describe, expect, test } from "vitest";
import { FormatError } from "../../src/index.ts";
import { type Row, readJsonLines, streamJsonLines } from "../../src/raw/index.ts";

const read = (text: string): Promise<readonly Row[]> => readJsonLines(new File([text], "rows.jsonl"));

describe("readJsonLines", () => {
  test("reads an object from each line, and flattens objects inside", async () => {
    const text = `\uFEFF{"a":1,"b":"x\\ny","c":true,"d":null}\r\n\n{"a":-2.5e3,"e":{"f":{"g":"é"},"h":false}}`;
    expect(await read(text)).toEqual([
      { a: 1, b: "x\ny", c: true, d: null },
      { a: -2500, "e.f.g": "é", "e.h": false },
    ]);
  });

  test("reads characters and lines that pieces divide", async () => {
    const lines = Array.from({ length: 40_000 }, (_, i) => ({ i, text: "日本😀".repeat(i % 4) }));
    const text = lines.map((line) => JSON.stringify(line)).join("\n");
    expect(await read(text)).toEqual(lines);
    const rows: Row[] = [];
    for await (const row of streamJsonLines(new TextEncoder().encode(text))) rows.push(row);
    expect(rows).toEqual(lines);
  });

  test("gives keys of any name as properties of the row's own", async () => {
    const [row] = await read('{"__proto__":{"x":1},"__proto__.y":2,"a":{"__proto__":3}}\n');
    expect(Object.entries(row ?? {})).toEqual([
      ["__proto__.x", 1],
      ["__proto__.y", 2],
      ["a.__proto__", 3],
    ]);
    const [other] = await read('{"__proto__":5}');
    expect(Object.entries(other ?? {})).toEqual([["__proto__", 5]]);
    expect(Object.getPrototypeOf(other)).toBe(Object.prototype);
  });

  test.each([
    ["what is no JSON", '{"a":1}\n{a:1}\n', 'line 2 must be JSON; got "{a:1}"'],
    ["what is no object", "[1]\n", "line 1 must be an object; got [1]"],
    ["an array", '{"a":1}\n\n{"b":{"a":[1]}}', 'line 3, column "b.a" must be one value; got an array'],
    ["a column twice", '{"a.b":1,"a":{"b":2}}', 'line 1, column "a.b" must be there once'],
    ["deep objects", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`, "line 1 must have at most 32 levels"],
    ["a line without end", `{"a":"${"x".repeat(2 ** 24)}"}`, "must have lines of at most 16777216 characters"],
  ])("refuses %s", async (_, text, message) => {
    const error = await read(text).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FormatError);
    expect(String(error)).toContain(`readJsonLines: "rows.jsonl" ${message}`);
  });
});
