import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import { expect, test } from "vitest";
import { SPECIES, loadIris } from "../../examples/data/iris.ts";
import { FOLDERS, loadMails } from "../../examples/data/mails.ts";
import { OLYMPIANS_CSV } from "../../examples/data/olympians.ts";
import { MEASURED, loadWeather } from "../../examples/data/weather.ts";

function columnSums({ data, shape: [rows = 0, width = 0] }: { data: ArrayLike<number>; shape: readonly number[] }) {
  return Array.from({ length: width }, (_, column) =>
    Array.from({ length: rows }, (_, row) => data[row * width + column] ?? NaN).reduce((sum, value) => sum + value),
  );
}

test("iris: 50 flowers of each species, with the lengths of scikit-learn's load_iris", () => {
  const { x, y, length } = loadIris();
  expect([length, x.shape, y.dtype]).toEqual([150, [150, 4], "int32"]);
  expect(SPECIES.map((_, label) => y.data.filter((each) => each === label).length)).toEqual([50, 50, 50]);
  const sums = [876.5, 458.6, 563.7, 179.9]; // load_iris().data.sum(axis=0)
  columnSums(x).forEach((sum, i) => expect(sum).toBeCloseTo(sums[i] ?? NaN, 3));
  expect(x.data.slice(34 * 4, 35 * 4)).toEqual(Float32Array.of(4.9, 3.1, 1.5, 0.2));
  expect(x.data.slice(37 * 4, 38 * 4)).toEqual(Float32Array.of(4.9, 3.6, 1.4, 0.1));
});

test("weather: every day of four years, in two cities", () => {
  const [seattle, newYork] = [loadWeather("Seattle"), loadWeather("New York")];
  expect([seattle.shape, newYork.shape]).toEqual([
    [1461, MEASURED.length],
    [1461, MEASURED.length],
  ]);
  expect(seattle.data.slice(0, 4)).toEqual(Float32Array.of(12.8, 5, 0, 4.7));
  expect(newYork.data.slice(-4)).toEqual(Float32Array.of(11.1, 6.1, 1.5, 5.5));
  for (const { data } of [seattle, newYork]) expect(data.every(Number.isFinite)).toBe(true);
});

test("olympians: columns, and what is missing", () => {
  const rows: Record<string, string>[] = parse(readFileSync(OLYMPIANS_CSV), { columns: true });
  expect(rows).toHaveLength(11_538);
  const missing = (column: string) => rows.filter((row) => row[column] === "").length;
  const kinds = (column: string) => new Set(rows.map((row) => row[column])).size;
  const columns = ["sex", "sport", "nationality", "date_of_birth", "height", "weight"];
  expect(columns.map(missing)).toEqual([0, 0, 0, 0, 330, 659]);
  expect(columns.slice(0, 3).map(kinds)).toEqual([2, 28, 207]);
  expect(rows.filter(({ weight, height }) => weight !== "" && height === "")).toHaveLength(21);
});

test("mails: every folder of the corpus, with bytes as they arrived", () => {
  const mails = loadMails();
  const counts = FOLDERS.map((folder) => mails.filter((mail) => mail.folder === folder).length);
  expect(counts).toEqual([2500, 1400, 250, 500, 1396]);
  expect(mails.filter(({ isSpam }) => isSpam)).toHaveLength(1896);
  const [first] = mails;
  expect(first?.raw.startsWith("From exmh-workers-admin@redhat.com  Thu Aug 22 12:36:23 2002\n")).toBe(true);
  // The name of each file has a checksum: 00001.7c53336b37003a9286aba55d2945844c.txt
  const checksum = createHash("md5")
    .update(first?.raw ?? "", "latin1")
    .digest("hex");
  expect(checksum).toBe("7c53336b37003a9286aba55d2945844c");
});
