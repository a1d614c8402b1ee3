import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type Row, readCsv, readImages, readJsonLines, readParquet } from "lanegrad/data";
import { CommandError, UsageError } from "../errors.ts";
import type { DataPart } from "../recipe/recipe.ts";
import { STANDARD_INPUT, delimiterOf, formatOf, requireDelimited } from "./format.ts";
import { hashBytes, hashFiles, hashImages } from "./hash.ts";
import { idxRows, labelsBeside } from "./idx.ts";
import { requireFile, requireRegular } from "./paths.ts";
import { standardInput } from "./standard-input.ts";

/** How data are read; missing options are chosen by the path. A `DataPart` has these names. */
export interface ReadOptions {
  /** "csv", "jsonl", "parquet", "idx" or "images". Default: by the ending of the path. */
  readonly format?: string | null | undefined;
  /** What separates the cells of CSV. Default: a tab for .tsv and .tab, a comma for others. */
  readonly delimiter?: string | null | undefined;
  /** The file of the labels of IDX images. Default: the file beside the images that is named as MNIST names it, if there is one. */
  readonly labels?: string | null | undefined;
  /** Height and width to which images of a folder are resized. Default: as in the files. */
  readonly size?: readonly [number, number] | null | undefined;
}

/**
 * The rows of a file or folder, or of standard input for the path "-".
 *
 * @param where the command, which begins its errors
 * @throws CommandError when there is no such file, its format is unknown, or it has no row
 */
export async function readRows(where: string, path: string, options: ReadOptions = {}): Promise<readonly Row[]> {
  const place = placeOf(where, path, options);
  const rows = await rowsOf(where, place);
  if (rows.length > 0) return rows;
  throw new CommandError(`${where}: ${JSON.stringify(path)} must have at least one row; got none`);
}

/**
 * How a file or folder is read, and its hash, for a recipe.
 * @throws CommandError when there is no such file, or its format is unknown
 */
export async function partOf(where: string, path: string, options: ReadOptions = {}): Promise<DataPart> {
  const place = placeOf(where, path, options);
  return { ...place, sha256: await hashOf(place) };
}

/** What a recipe holds of data but for their hash. */
type DataPlace = Omit<DataPart, "sha256">;

function placeOf(where: string, path: string, options: ReadOptions): DataPlace {
  const status = path === STANDARD_INPUT ? undefined : requireFile(where, "the data", path);
  const format = formatOf(where, path, status?.isDirectory() ?? false, options.format);
  if ((status?.isDirectory() ?? false) !== (format === "images")) {
    const got = format === "images" ? "a file" : "a folder";
    throw new CommandError(
      `${where}: data of the format ${format} must be a ${format === "images" ? "folder" : "file"}; got ${got}, ${JSON.stringify(path)}`,
    );
  }
  if (format === "idx" && path === STANDARD_INPUT) {
    throw new CommandError(`${where}: data of the format idx must be a file; got standard input`);
  }
  requireUsed(where, format, options);
  if (format === "images") requireNoIdx(where, path);
  if (path !== STANDARD_INPUT && format !== "images") requireRegular(where, path);
  const labels = format === "idx" ? (options.labels ?? labelsBeside(path) ?? null) : null;
  if (labels !== null) requireFile(where, "the labels", labels);
  return {
    path,
    format,
    delimiter: format === "csv" ? delimiterOf(path, options.delimiter) : null,
    labels,
    size: format === "images" ? (options.size ?? null) : null,
  };
}

/** Refuses options of other formats, which would change nothing. */
function requireUsed(where: string, format: DataPart["format"], { labels, delimiter }: ReadOptions): void {
  const given = { "--labels": [labels, "idx"], "--delimiter": [delimiter, "csv"] } as const;
  for (const [option, [value, of]] of Object.entries(given)) {
    if (value === undefined || value === null || format === of) continue;
    throw new UsageError(`${where}: ${option} must be with data of the format ${of}; got ${format}`);
  }
}

/** Says what to name where a folder has IDX files, as that of MNIST. */
function requireNoIdx(where: string, folder: string): void {
  const found = readdirSync(folder).find((name) => /images.*ubyte(\.gz)?$/.test(name));
  if (found === undefined) return;
  throw new CommandError(
    `${where}: a folder must have a subfolder of images for each class; got the IDX file ${found} in ${JSON.stringify(folder)}`,
    `name the file: ${join(folder, found)}`,
  );
}

async function rowsOf(where: string, { path, format, delimiter, labels, size }: DataPlace): Promise<readonly Row[]> {
  if (format === "images") return readImages(path, size ? { size } : {});
  if (format === "idx") return idxRows(where, path, labels);
  const file = path === STANDARD_INPUT ? await standardInput() : path;
  if (format === "jsonl") return readJsonLines(file);
  if (format === "parquet") return readParquet(file);
  const rows = await readCsv(file, { delimiter: delimiter ?? "," });
  requireDelimited(where, JSON.stringify(path), Object.keys(rows[0] ?? {}), delimiter ?? ",");
  return rows;
}

async function hashOf({ path, format, labels }: DataPlace): Promise<string> {
  if (path === STANDARD_INPUT) return hashBytes(await standardInput());
  if (format === "images") return hashImages(path);
  return hashFiles(labels === null ? [path] : [path, labels]);
}
