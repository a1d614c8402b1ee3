/** The readers of tables and images of `lanegrad/data`, except for that of Parquet: hyparquet takes any time for crafted run lengths. */
import { readFileSync, readdirSync } from "node:fs";
import { gzipSync } from "fflate";
import { decodeImage, readCsv, readIdx, readJsonLines } from "../../../src/raw/index.ts";
import type { Row } from "../../../src/raw/row.ts";
import type { Draw } from "../draw.ts";
import { mutateBytes } from "../mutate/bytes.ts";
import { mutatePng } from "../mutate/png.ts";
import { Fault, type Target } from "../target.ts";
import { bytesOf } from "./safetensors.ts";

const FIXTURES = new URL("../../../test/raw/fixtures/", import.meta.url);

const JSON_LINES = [
  '{"age":3.5,"name":"a","size":{"width":3}}\n{"age":null,"name":"ä","size":{"width":4}}\n\n{"age":1e5,"name":"","ok":true}',
  '{"__proto__":{"a":1},"constructor":2}\r\n{"a.b":1,"c":{"d":{"e":false}}}\n',
];
/** IDX files of bytes [2, 3], of int16 [2] and of float64 [1, 1]. */
const IDX: readonly (readonly number[])[] = [
  [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6],
  [0, 0, 0x0b, 1, 0, 0, 0, 2, 1, 2, 255, 254],
  [0, 0, 0x0e, 2, 0, 0, 0, 1, 0, 0, 0, 1, 63, 240, 0, 0, 0, 0, 0, 0],
];

/** A reader of `lanegrad/data`. @param mutate makes a file. Default: bytes change, whatever the format. */
function target(
  name: string,
  files: () => readonly Uint8Array[],
  read: (bytes: Uint8Array<ArrayBuffer>) => Promise<number>,
  mutate: (draw: Draw, bytes: Uint8Array, others: readonly Uint8Array[]) => Uint8Array = mutateBytes,
): Target {
  return {
    name,
    errors: ["FormatError"],
    room: 2 ** 27, // an image of one bit for each pixel expands far
    hasPeers: true,
    seeds: async () => files(),
    mutate: (draw, seeds) => mutate(draw, draw.pick(seeds) ?? new Uint8Array(1), seeds),
    read: (bytes) => read(new Uint8Array(bytes)),
  };
}

export const csv = target(
  "csv",
  () => fixtures("csv", ".csv"),
  async (bytes) => rowsSize(await readCsv(bytes)),
);

export const jsonLines = target(
  "json lines",
  () => JSON_LINES.map((each) => new TextEncoder().encode(each)),
  async (bytes) => rowsSize(await readJsonLines(bytes)),
);

export const idx = target(
  "idx",
  () => IDX.flatMap((each) => [Uint8Array.from(each), gzipSync(Uint8Array.from(each), { mtime: 0 })]),
  async (bytes) => bytesOf([await readIdx(bytes)]),
);

export const png = target("png", () => fixtures("images", ".png"), imageSize, mutatePng);

export const jpeg = target("jpeg", () => fixtures("images", ".jpg"), imageSize);

function fixtures(folder: string, extension: string): Uint8Array[] {
  const files = readdirSync(new URL(`${folder}/`, FIXTURES)).filter((name) => name.endsWith(extension));
  return files.toSorted().map((name) => new Uint8Array(readFileSync(new URL(`${folder}/${name}`, FIXTURES))));
}

/** Bytes that an image takes. */
async function imageSize(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
  const image = await decodeImage(bytes);
  const wrong = image.data.find((value) => !(value >= 0 && value <= 1));
  if (wrong !== undefined || image.shape[0] !== 3) throw new Fault(`an image must be [3, ...] in [0, 1]; got ${image}`);
  return bytesOf([image]);
}

/** Bytes that rows take, about. */
function rowsSize(rows: readonly Row[]): number {
  const names = new Set(rows.map((row) => Object.keys(row).join("\n")));
  if (rows.some((row) => Object.getPrototypeOf(row) !== Object.prototype))
    throw new Fault("rows must be plain objects");
  return rows.length + names.size;
}
