import { describe, expect, test } from "vitest";
import { membersOf } from "../../../src/cli/stream/json-members.ts";
import { jsonRows } from "../../../src/cli/stream/json-rows.ts";
import { CellReaders } from "../../../src/cli/stream/schema-cells.ts";
import { csvWriter, jsonWriter } from "../../../src/cli/stream/writer.ts";
import { inputOf, read, seeded } from "./support.ts";

const readers = new CellReaders(
  ["age", "size.width", "__proto__"].map((name) => ({ name, kind: "number", categories: undefined })),
);
const rowsOf = (text: string, size = Infinity) => read(jsonRows({ where: "test", readers }, inputOf(text, size)));

describe("rows of JSON lines", () => {
  const text =
    '{"id": 1.0, "age": 12, "tags": ["a", 1], "size": {"width": 3.50}}\n\n  {"id":12345678901234567890, "name":"a\\"}{"}\r\n{}';

  test("have the cells that the schema reads; lists in other columns are no problem", async () => {
    for (const size of [1, 7, Infinity]) {
      const { rows, error } = await rowsOf(text, size);
      expect([rows.map(({ row, place }) => [row, place]), error]).toEqual([
        [
          [{ age: 12, "size.width": 3.5 }, "line 1"],
          [{}, "line 3"],
          [{}, "line 4"],
        ],
        undefined,
      ]);
    }
  });

  test("keep their text, and what is added comes last", async () => {
    const { rows } = await rowsOf(text);
    const writer = jsonWriter({ where: "test", columns: undefined, added: ["prediction", "p"], delimiter: "," });
    expect(rows.map((row) => writer.write(row, ["é", 0.5]))).toEqual([
      '{"id": 1.0, "age": 12, "tags": ["a", 1], "size": {"width": 3.50},"prediction":"é","p":0.5}\n',
      '{"id":12345678901234567890, "name":"a\\"}{","prediction":"é","p":0.5}\n',
      '{"prediction":"é","p":0.5}\n',
    ]);
  });

  test("columns of choice keep their text too, as JSON and as CSV", async () => {
    const { rows } = await rowsOf(text);
    const settings = { where: "test", columns: ["id", "size.width", "name"], added: ["p"], delimiter: "," };
    const json = jsonWriter(settings);
    expect(rows.map((row) => json.write(row, [null]))).toEqual([
      '{"id":1.0,"size.width":3.50,"p":null}\n',
      '{"id":12345678901234567890,"name":"a\\"}{","p":null}\n',
      '{"p":null}\n',
    ]);
    const csv = csvWriter(settings);
    expect(rows.map((row) => csv.write(row, [1])).join("")).toBe(
      'id,size.width,name,p\n1.0,3.50,,1\n12345678901234567890,,"a""}{",1\n,,,1\n',
    );
  });

  test("a name that a later object has is refused", async () => {
    const { rows } = await rowsOf('{"id":1}\n{"prediction":2}\n');
    const writer = jsonWriter({ where: "test", columns: undefined, added: ["prediction"], delimiter: "," });
    expect(() => rows.map((row) => writer.write(row, ["a"]))).toThrow('got "prediction" in both');
  });

  test.each([
    ['{"age":1}\n[1]\n', 'test: x line 2 must be an object; got "[1]"'],
    ['{"age":1}\n{"age":}\n', 'test: x line 2 must be JSON; got "{\\"age\\":}"'],
    ['{"age":1}\n{"age":[1]}\n', 'test: x line 2, column "age" must be one value; got an array'],
  ])("%j is refused after the row before it", async (lines, message) => {
    const { rows, error } = await rowsOf(lines);
    expect([rows.length, error]).toEqual([1, message]);
  });

  test("a column may have the name of what objects inherit", async () => {
    const { rows } = await rowsOf('{"__proto__": 5}');
    expect(Object.entries(rows[0]?.row ?? {})).toEqual([["__proto__", 5]]);
  });
});

test("members of any object are those that JSON.parse finds, as text", () => {
  const random = seeded(3);
  const value = (depth: number): unknown => {
    const kind = random(depth > 3 ? 5 : 7);
    if (kind < 5) return [null, true, random(1000) / 8, '}{",:[]\\\n', "é"][kind];
    const some = Array.from({ length: random(4) }, (_, i) => [`k${i}"`, value(depth + 1)] as const);
    return kind === 5 ? some.map(([, each]) => each) : Object.fromEntries(some);
  };
  for (let i = 0; i < 300; i++) {
    const object = { a: value(0), 'b"': value(0), c: value(0) };
    const spaced = JSON.stringify(object, null, i % 3);
    const members = membersOf(spaced);
    const expected = new Map<string, unknown>();
    const flatten = (given: object, before: string): void => {
      for (const [key, each] of Object.entries(given) as [string, unknown][]) {
        const isFull =
          typeof each === "object" && each !== null && !Array.isArray(each) && Object.keys(each).length > 0;
        if (isFull) flatten(each, `${before}${key}.`);
        else expected.set(before + key, each);
      }
    };
    flatten(object, "");
    expect(new Map([...members].map(([key, text]): [string, unknown] => [key, JSON.parse(text)]))).toEqual(expected);
  }
});
