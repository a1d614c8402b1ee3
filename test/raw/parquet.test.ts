import { gunzipSync, gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, test } from "vitest";
import { FileError, FormatError } from "../../src/index.ts";
import { type ParquetOptions, type Row, readParquet, streamParquet } from "../../src/raw/index.ts";

const date = new Date("2024-05-31T12:00:00.123Z");
const whole = new Uint8Array(
  parquetWriteBuffer({
    columnData: [
      { name: "double", data: [1.5, null, -3, Infinity], type: "DOUBLE" },
      { name: "int", data: [1, 2, -(2 ** 31), null], type: "INT32" },
      { name: "long", data: [1n, 2n ** 60n, -5n, null], type: "INT64" },
      { name: "text", data: ["a", "é日", null, ""], type: "STRING" },
      { name: "flag", data: [true, false, null, true], type: "BOOLEAN" },
      { name: "when", data: [date, null, date, date], type: "TIMESTAMP" },
      { name: "__proto__", data: [1, 2, 3, 4], type: "INT32" },
    ],
  }),
);
const rows: Row[] = [
  [1.5, 1, 1, "a", true, date, 1],
  [null, 2, 2n ** 60n, "é日", false, null, 2],
  [-3, -(2 ** 31), -5, null, null, date, 3],
  [Infinity, null, null, "", true, date, 4],
].map((cells) =>
  Object.fromEntries(cells.map((cell, i) => [["double", "int", "long", "text", "flag", "when", "__proto__"][i], cell])),
);

async function streamed(file: Uint8Array, options?: ParquetOptions): Promise<Row[]> {
  const all: Row[] = [];
  for await (const row of streamParquet(file, options)) all.push(row);
  return all;
}

const numbers = Array.from({ length: 1000 }, (_, i) => i);
const texts = numbers.map((i) => `text ${i % 7}`);
const groups = (codec: "SNAPPY" | "UNCOMPRESSED"): Uint8Array =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: "n", data: numbers, type: "INT32" },
        { name: "s", data: texts, type: "STRING" },
      ],
      rowGroupSize: 100,
      codec,
    }),
  );

describe("readParquet", () => {
  test("reads the types that a row has, longs as numbers where they are safe", async () => {
    expect(await readParquet(whole)).toEqual(rows);
    expect(Object.keys((await readParquet(whole))[0] ?? {})).toContain("__proto__");
  });

  test.each(["SNAPPY", "UNCOMPRESSED"] as const)("reads row groups, %s, in order", async (codec) => {
    const expected = numbers.map((n) => ({ n, s: texts[n] }));
    expect(await readParquet(groups(codec))).toEqual(expected);
    expect(await streamed(groups(codec))).toEqual(expected);
  });

  test("reads no more of a Blob than a row group and the footer", async () => {
    const bytes = groups("UNCOMPRESSED");
    let last = 0;
    const blob = {
      size: bytes.length,
      slice: (start: number, end: number) => {
        last = Math.max(last, bytes.length - end > 3000 ? end : 0);
        return new Blob([bytes.slice(start, end)]);
      },
      arrayBuffer: () => Promise.reject(new Error("whole")),
    };
    for await (const row of streamParquet(blob)) {
      expect(row).toEqual({ n: 0, s: "text 0" });
      break;
    }
    expect(last).toBeLessThan(bytes.length / 2);
  });

  test("reads the columns that are asked for, in their order", async () => {
    expect(await readParquet(whole, { columns: ["text", "int"] })).toEqual(
      rows.map(({ text, int }) => ({ text, int })),
    );
    const missing = readParquet(whole, { columns: ["height"] });
    await expect(missing).rejects.toThrow('must have the column "height"; got double, int, long');
  });

  test("decompresses by the functions that are given", async () => {
    const compressors = { GZIP: (input: Uint8Array) => gzipSync(input) };
    const columnData = [{ name: "n", data: numbers, type: "DOUBLE" as const }];
    const bytes = new Uint8Array(parquetWriteBuffer({ columnData, codec: "GZIP", compressors }));
    await expect(readParquet(bytes)).rejects.toThrow("must be a whole Parquet file; got ");
    const found = await readParquet(bytes, { compressors: { GZIP: (input) => gunzipSync(input) } });
    expect(found.map(({ n }) => n)).toEqual(numbers);
  });

  test("refuses values that have parts, and names the column", async () => {
    const nested = new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: "n", data: [1], type: "INT32" },
          { name: "json", data: [{ a: [1] }], type: "JSON" },
        ],
      }),
    );
    const message = 'column "json" must be of plain values; got {"a":[1]} (the option columns can leave it out)';
    await expect(readParquet(nested)).rejects.toThrow(message);
    expect(await readParquet(nested, { columns: ["n"] })).toEqual([{ n: 1 }]);
  });

  test.each([
    ["nothing", new Uint8Array()],
    ["another format", new TextEncoder().encode("a,b\n1,2\n3,4\n5,6\n")],
    ["a file that was cut off", whole.subarray(0, whole.length - 10)],
    ["a file whose beginning is missing", whole.subarray(200)],
    [
      "a footer that is longer than the file",
      Uint8Array.of(...whole.subarray(0, -8), 255, 255, 255, 127, 80, 65, 82, 49),
    ],
  ])("refuses %s", async (_, bytes) => {
    const error = await readParquet(bytes).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FormatError);
    expect(String(error)).toContain('FormatError: readParquet: "the given bytes" must');
  });

  test("says of a file that is not there what the host says", async () => {
    await expect(readParquet("absent.parquet")).rejects.toThrow(FileError);
  });

  test("gives typed errors, or rows, for footers in which one bit is wrong", async () => {
    const file = groups("SNAPPY").slice();
    const refused: string[] = [];
    const footer = file.length - 8 - new DataView(file.buffer).getUint32(file.length - 8, true);
    for (let at = footer; at < file.length; at += 3) {
      const old = file[at] ?? 0;
      file[at] = old ^ (1 << (at % 8));
      await readParquet(file).catch((error: unknown) => refused.push(String(error)));
      file[at] = old;
    }
    expect(refused.length).toBeGreaterThan(50);
    expect(refused.filter((text) => !text.startsWith('FormatError: readParquet: "the given bytes"'))).toEqual([]);
  });
});
