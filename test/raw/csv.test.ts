import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { FormatError } from "../../src/index.ts";
import { type CsvOptions, type Row, readCsv, streamCsv } from "../../src/raw/index.ts";

const FOLDER = "test/raw/fixtures/csv";
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (text: string, options?: CsvOptions): Promise<readonly Row[]> => readCsv(bytes(text), options);
async function streamed(text: string, options?: CsvOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of streamCsv(bytes(text), options)) rows.push(row);
  return rows;
}

/** Rows as Python's csv reads the files: scripts/raw-files.py. */
const expected = JSON.parse(readFileSync(`${FOLDER}/expected.json`, "utf8")) as Record<
  string,
  { options: { delimiter?: string; quotechar?: string }; rows: string[][] }
>;

describe("readCsv", () => {
  test.each(Object.entries(expected))("reads the cells of %s.csv as Python does", async (name, { options, rows }) => {
    const [names = [], ...cells] = rows;
    const { delimiter = ",", quotechar = '"' } = options;
    const columns = Object.fromEntries(names.map((each) => [each, "text" as const]));
    const found = await readCsv(`${FOLDER}/${name}.csv`, { delimiter, quote: quotechar, columns, missing: [] });
    expect(found).toEqual(cells.map((row) => Object.fromEntries(row.map((cell, i) => [names[i], cell]))));
  });

  test("makes numbers of columns in which all that is not missing is a number, and keeps other text", async () => {
    const text = `n,zeros,big,exp,mixed,none\n1,007,12345678901234567890,-1e3,1,\nNA,08,1,.5,x,?\n-2.5,1,2,+1.,3,NaN\n`;
    expect(await read(text)).toEqual([
      { n: 1, zeros: "007", big: "12345678901234567890", exp: -1000, mixed: "1", none: null },
      { n: null, zeros: "08", big: "1", exp: 0.5, mixed: "x", none: null },
      { n: -2.5, zeros: "1", big: "2", exp: 1, mixed: "3", none: null },
    ]);
  });

  test("takes no hexadecimal, no blank and no words for numbers, but infinities", async () => {
    const rows = await read("a,b,c,d\n0x10, ,1_000,inf\n1,1,1,-Infinity\n");
    expect(rows).toEqual([
      { a: "0x10", b: null, c: "1_000", d: Infinity },
      { a: "1", b: 1, c: "1", d: -Infinity },
    ]);
  });

  test("converts to the types that are given, dates in UTC", async () => {
    const text = `when,ok,id,n\n2024-02-29,TRUE,1,01\n2024-02-29T12:30:15.25+01:30,no,2,1\n2024-02-29 12:30,0,3,\n`;
    const columns = { when: "date", ok: "boolean", id: "text", n: "number" } as const;
    expect(await read(text, { columns })).toEqual([
      { when: new Date("2024-02-29T00:00:00Z"), ok: true, id: "1", n: 1 },
      { when: new Date("2024-02-29T11:00:15.250Z"), ok: false, id: "2", n: 1 },
      { when: new Date("2024-02-29T12:30:00Z"), ok: false, id: "3", n: null },
    ]);
  });

  test.each([
    ["number", "abc", "a number"],
    ["number", "1,5", "a number"],
    ["date", "2023-02-29", "a date of ISO 8601"],
    ["date", "31.12.2024", "a date of ISO 8601"],
    ["date", "2024-01-01T24:00", "a date of ISO 8601"],
    ["boolean", "maybe", "true or false"],
  ] as const)("refuses as %s the text %s, and names file, line and column", async (type, cell, must) => {
    const file = new File([`"a\nb","c"\n1,\n\n"x\r\ny","${cell}"\n`], "wine.csv");
    const error = await readCsv(file, { columns: { c: type } }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FormatError);
    expect(String(error)).toContain(`FormatError: readCsv: "wine.csv" line 5, column "c" must be ${must}`);
    expect(String(error)).toContain(`; got "${cell}"`);
  });

  test.each([
    ["a row that is short", "a,b\n1,2\n\n3\n", "line 4 must have 2 cells, one for each column; got 1"],
    ["a row that is long", "a,b\n1,2,3\n", "line 2 must have 2 cells, one for each column; got 3"],
    ["a name twice", "a,b,a\n1,2,3\n", 'must have distinct names of columns; got "a" twice'],
    ["no line", "\n\n", "must have a line with the names of its columns; got no line"],
    ["an open quote", 'a,b\n1,"2\n3,4\n', "line 2 must close its quotes; got the end of the file"],
    ["a quote within a cell", 'a,b\n1,2"3"\n', "line 2 must have quotes around whole cells; got text before a quote"],
    ["text after a quote", 'a\n"1"2\n', "line 2 must have a delimiter after a closing quote; got other text"],
    [
      "a record that has no end",
      `a\n"${"x".repeat(2 ** 24 + 10)}`,
      "line 2 must have at most 16777216 bytes; got more",
    ],
  ])("refuses %s", async (_, text, message) => {
    const error = await read(text).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FormatError);
    expect(String(error)).toContain(message);
    await expect(streamed(text)).rejects.toThrow(message);
  });

  test("refuses types of columns that the file lacks", async () => {
    await expect(read("a,b\n1,2\n", { columns: { c: "text" } })).rejects.toThrow("got a, b without c");
  });

  test("reads other encodings, drops a byte order mark, and refuses bytes that are no text", async () => {
    const latin = Uint8Array.of(0x61, 0x0a, 0xe9, 0x0a);
    expect(await readCsv(latin, { encoding: "windows-1252" })).toEqual([{ a: "é" }]);
    await expect(readCsv(latin)).rejects.toThrow("must be text in utf-8; got other bytes (the option encoding");
    expect(await read("\uFEFFa\n1\n")).toEqual([{ a: 1 }]);
  });

  test("takes names, comments, white space and missing texts as options say", async () => {
    const text = "# note\n1 , x,-\n#end\n2, y ,3\n";
    const options: CsvOptions = { header: ["n", "s", "m"], comment: "#", trim: true, missing: ["-"] };
    expect(await read(text, options)).toEqual([
      { n: 1, s: "x", m: null },
      { n: 2, s: "y", m: 3 },
    ]);
  });

  test("gives columns of any name as properties of the row's own", async () => {
    const [row] = await read("__proto__,constructor\n1,2\n");
    expect(Object.entries(row ?? {})).toEqual([
      ["__proto__", 1],
      ["constructor", 2],
    ]);
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
  });

  test("counts lines in pieces of any size", async () => {
    const good = Array.from({ length: 20_000 }, (_, i) => `${i},"x\r\n${i}"\r\n`).join("");
    await expect(read(`a,b\r\n${good}bad\r\n`)).rejects.toThrow("line 40002 must have 2 cells");
    expect((await read(`a,b\r\n${good}`)).at(-1)).toEqual({ a: 19_999, b: "x\r\n19999" });
  });

  test.each<[string, CsvOptions, string]>([
    ["a long delimiter", { delimiter: ";;" }, 'readCsv: delimiter must be one character; got ";;"'],
    ["equal marks", { quote: "," }, "readCsv: delimiter, quote and comment must differ"],
    ["an unknown type", { columns: { a: "float" as "number" } }, 'readCsv: column "a" must be "number"'],
    ["an unknown encoding", { encoding: "klingon" }, "readCsv: encoding must be the name of one"],
    ["an unknown option", { sep: ";" } as CsvOptions, "readCsv: options must be delimiter, header"],
  ])("refuses %s", async (_, options, message) => {
    await expect(read("a\n1\n", options)).rejects.toThrow(message);
  });
});

describe("streamCsv", () => {
  test("gives text unless types are given, the same rows at each iteration", async () => {
    const rows = streamCsv(bytes("a,b\n1,2\n3,NA\n"), { columns: { b: "number" } });
    for (let turn = 0; turn < 2; turn++) {
      const found: Row[] = [];
      for await (const row of rows) found.push(row);
      expect(found).toEqual([
        { a: "1", b: 2 },
        { a: "3", b: null },
      ]);
    }
  });

  test("refuses wrong options when it is called", () => {
    expect(() => streamCsv("x.csv", { trim: 1 as never })).toThrow("streamCsv: trim must be true or false; got 1");
  });

  test("reads a Blob in pieces, and no further than it is asked", async () => {
    let [most, read] = [0, 0];
    const size = 50_000_000;
    const blob = {
      size,
      slice: (start: number, end: number) => ({
        size: end - start,
        slice: () => blob,
        arrayBuffer: async () => {
          [most, read] = [Math.max(most, end - start), Math.max(read, end)];
          const line = "1,2\n";
          return bytes(line.repeat((end - start) / line.length)).buffer as ArrayBuffer;
        },
      }),
      arrayBuffer: () => Promise.reject(new Error("whole")),
    };
    let rows = 0;
    for await (const row of streamCsv(blob, { header: ["a", "b"] })) {
      expect(row["b"]).toBe("2");
      if (++rows === 1000) break;
    }
    expect(most).toBeLessThan(2 ** 20);
    expect(read).toBeLessThan(2 ** 20);
  });
});
