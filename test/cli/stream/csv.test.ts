import { parse } from "csv-parse/sync";
import { describe, expect, test } from "vitest";
import { csvRows } from "../../../src/cli/stream/csv-rows.ts";
import type { InputRow } from "../../../src/cli/stream/row.ts";
import { CellReaders } from "../../../src/cli/stream/schema-cells.ts";
import { csvWriter, jsonWriter } from "../../../src/cli/stream/writer.ts";
import { inputOf, read, seeded } from "./support.ts";

const readers = new CellReaders([
  { name: "age", kind: "number", categories: undefined },
  { name: "job", kind: "category", categories: new Set(["1", "clerk", "007"]) },
  { name: "ok", kind: "boolean", categories: undefined },
]);
const reading = { where: "test", delimiter: ",", readers };

function rowsOf(text: string, size = Infinity): Promise<{ rows: InputRow[]; error: string | undefined }> {
  return read(csvRows(reading, inputOf(text, size)));
}

describe("rows of CSV", () => {
  test("cells are texts as they came; those of the schema are read as it reads them", async () => {
    const { rows } = await rowsOf('\uFEFFid,age,job,ok\n007,1.50e3,1.0,1.0\n"a ""b"", c",NA,007,no\r\n');
    expect(rows.map((row) => row.texts(row.names))).toEqual([
      ["007", "1.50e3", "1.0", "1.0"],
      ['a "b", c', "NA", "007", "no"],
    ]);
    expect(rows.map(({ row }) => row)).toEqual([
      { age: "1.50e3", job: "1", ok: 1 },
      { age: null, job: "007", ok: "no" },
    ]);
  });

  test("a column may have any name, also that of the prototype", async () => {
    const named = new CellReaders([{ name: "__proto__", kind: "number", categories: undefined }]);
    const { rows } = await read(csvRows({ ...reading, readers: named }, inputOf("__proto__\n1.5\n")));
    expect(rows.map(({ row }) => Object.entries(row))).toEqual([[["__proto__", "1.5"]]]);
  });

  test("the pieces in which a text comes make no difference, and lines are counted", async () => {
    const text = 'id,age\n1,2\n\n"a\nb",3\r\n\r\n"c""d",4\n,5\n"é€😀",6';
    const expected = (await rowsOf(text)).rows.map((row) => [row.place, ...row.texts(row.names)]);
    expect(expected).toEqual([
      ["line 2", "1", "2"],
      ["line 4", "a\nb", "3"],
      ["line 7", 'c"d', "4"],
      ["line 8", "", "5"],
      ["line 9", "é€😀", "6"],
    ]);
    for (let size = 1; size < 12; size++) {
      const { rows } = await rowsOf(text, size);
      expect(rows.map((row) => [row.place, ...row.texts(row.names)])).toEqual(expected);
    }
  });

  test("a row comes when its line has ended, before the input goes on", async () => {
    let isAsked = false;
    const pieces = (function* () {
      yield Buffer.from("id,age\n1,2\n");
      isAsked = true;
      yield Buffer.from("3,4\n");
    })();
    const bytes: AsyncIterator<Uint8Array> = { next: () => Promise.resolve(pieces.next()) };
    const rows = csvRows(reading, { name: "x", bytes, ahead: [], close: () => undefined });
    const first = await rows[Symbol.asyncIterator]().next();
    expect([first.value?.length, isAsked]).toEqual([1, false]);
  });

  test.each([
    ["id,age\n1,2\n3\n4,5\n", 1, "test: x line 3 must have 2 cells, one for each column; got 1"],
    ['id,age\n1,2\n"a"b,2\n', 1, "test: x line 3 must have a delimiter after a closing quote; got other text"],
    ['id,age\n1,2\n3,"b\n', 1, "test: x line 3 must close its quotes; got the end of the input"],
    ["id,id\n1,2\n", 0, 'test: x must have distinct names of columns; got "id" twice'],
    ["id;age\n1;2\n", 0, 'test: x must have cells separated by ","; got one column, "id;age"'],
    ["", 0, "test: x must have a line with the names of its columns; got no line"],
  ])("%j is refused after the rows before it", async (text, count, message) => {
    for (const size of [1, Infinity]) {
      const { rows, error } = await rowsOf(text, size);
      expect([rows.length, error]).toEqual([count, message]);
    }
  });

  test("other bytes than UTF-8 are refused", async () => {
    const { error } = await read(csvRows(reading, inputOf(Buffer.from("id,n\xE9\n", "latin1"))));
    expect(error).toBe("test: x must be text in UTF-8; got other bytes");
  });
});

describe("CSV that is written", () => {
  const alphabet = ['"', ",", "\n", "\r", ";", "\t", " ", "a", "é", "😀", "=", "0", "\\", "'", ""];

  test.each([",", ";", "\t", "|", "^", "-"])(
    "separated by %j is what csv-parse reads, whatever the cells",
    async (delimiter) => {
      const random = seeded(7);
      const cell = (): string => Array.from({ length: random(6) }, () => alphabet[random(alphabet.length)]).join("");
      const names = ["id", 'a "name"', `x${delimiter}y`];
      const writer = csvWriter({ where: "test", columns: undefined, added: ["prediction", "p"], delimiter });
      const cells = Array.from({ length: 300 }, () => [cell(), cell(), cell(), cell()]);
      const written = cells.map(([prediction = "", ...own]) =>
        writer.write({ names, place: "", row: {}, texts: () => own, jsons: () => own }, [prediction, null]),
      );
      const found = parse(written.join(""), { delimiter, relax_column_count: false });
      expect(found).toEqual([[...names, "prediction", "p"], ...cells.map(([first, ...own]) => [...own, first, ""])]);
    },
  );

  test("a single empty cell is a line that readers do not skip", () => {
    const writer = csvWriter({ where: "test", columns: [], added: ["prediction"], delimiter: "," });
    const row: InputRow = { names: ["id"], place: "", row: {}, texts: () => [], jsons: () => [] };
    const text = writer.write(row, [null]) + writer.write(row, ["yes"]);
    expect(parse(text, { skip_empty_lines: true })).toEqual([["prediction"], [""], ["yes"]]);
  });

  test("names that are taken, columns that are not there, and further columns are refused", async () => {
    const { rows } = await rowsOf("id,prediction\n1,2\n");
    const [row] = rows;
    if (!row) throw new Error("no row");
    const settings = { where: "test", columns: undefined, added: ["prediction"], delimiter: "," };
    const message = 'test: names of new columns must not be those of the data; got "prediction" in both';
    expect(() => csvWriter(settings).write(row, ["a"])).toThrow(message);
    expect(() => jsonWriter(settings).write(row, ["a"])).toThrow(message);
    const absent = { ...settings, columns: ["idd"] };
    expect(() => csvWriter(absent).write(row, ["a"])).toThrow('test: --columns must be columns of the data; got "idd"');
    expect(csvWriter({ ...settings, columns: ["id"] }).write(row, ["a"])).toBe("id,prediction\n1,a\n");
    const writer = csvWriter({ ...settings, added: ["p"] });
    writer.write(row, [1]);
    const other: InputRow = { names: ["id", "more"], place: "line 9", row: {}, texts: () => [], jsons: () => [] };
    expect(() => writer.write(other, [1])).toThrow('header of CSV; got "more" in line 9');
  });
});

test("CSV as JSON lines: numbers of the schema stay the digits that they are, all else is text", async () => {
  const { rows } = await rowsOf("id,age,job\n007,1.50,x\n1,,\n2,007,1e5\n");
  const writer = jsonWriter({ where: "test", columns: undefined, added: ["prediction"], delimiter: "," });
  expect(rows.map((row) => writer.write(row, ["yes"]))).toEqual([
    '{"id":"007","age":1.50,"job":"x","prediction":"yes"}\n',
    '{"id":"1","age":null,"job":"","prediction":"yes"}\n',
    '{"id":"2","age":"007","job":"1e5","prediction":"yes"}\n',
  ]);
});
