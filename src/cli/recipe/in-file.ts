import { basename } from "node:path";
import { CommandError } from "../errors.ts";
import type { DataPart } from "./recipe.ts";
import type { Part } from "./split-rows.ts";

/**
 * What `work` gives on the rows of a part; an error names the row by its index in the file, and its line.
 * @throws CommandError where the library refuses rows
 */
export function inFile<T>(where: string, { path, format }: DataPart, { indices }: Part, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const row = / of row (\d+) /.exec(error.message)?.[1];
    const index = row === undefined ? undefined : indices[Number(row)];
    const message = error.message
      .replace(/^[a-z]+: /i, "")
      .replace(/ of row \d+ /, index === undefined ? "$&" : ` of row ${index} `);
    const line = format === "csv" ? (index ?? 0) + 2 : (index ?? 0) + 1;
    const isText = format === "csv" || format === "jsonl";
    throw new CommandError(
      `${where}: ${message}`,
      index === undefined || !isText ? undefined : `row ${index}, counted from 0, is line ${line} of ${basename(path)}`,
    );
  }
}
