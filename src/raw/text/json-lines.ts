import { FormatError, shown } from "../../base/errors.ts";
import { isRecord } from "../../base/record.ts";
import { type ByteSource, type FileLike, openSource } from "../../files/source.ts";
import type { Cell, Row } from "../row.ts";
import { collected, repeatable, setCell } from "../rows.ts";
import { textPieces } from "./text-pieces.ts";

const LONGEST = 2 ** 24; // characters of one line: a file without line breaks must not be collected whole
const DEEPEST = 32; // levels of objects

/**
 * The rows of a file of JSON lines: one object on each line, in UTF-8; empty lines are skipped. An object inside a row is
 * flattened: `{ "size": { "width": 3 } }` has the column `size.width`. Arrays are refused.
 *
 * @throws FormatError that names file and line when a line is no JSON object, or a column is an array or is there twice
 * @throws FileError when the host cannot read the file
 */
export function readJsonLines(file: FileLike): Promise<readonly Row[]> {
  return collected(repeatable(() => rowsIn("readJsonLines", file)));
}

/**
 * The rows of `readJsonLines` one after the other, for files larger than memory. Each iteration reads the file from its start.
 *
 * @throws the errors of `readJsonLines`, during the iteration
 */
export function streamJsonLines(file: FileLike): AsyncIterable<Row> {
  return repeatable(() => rowsIn("streamJsonLines", file));
}

async function* rowsIn(where: string, file: FileLike): AsyncGenerator<Row, void, undefined> {
  const source = await openSource(where, file);
  try {
    let line = 0;
    for await (const text of linesIn(where, source)) {
      line++;
      if (text.trim() !== "") yield rowFrom(`${where}: ${JSON.stringify(source.name)} line ${line}`, text);
    }
  } finally {
    await source.close();
  }
}

/** The lines of a file, without their ends. */
async function* linesIn(where: string, source: ByteSource): AsyncGenerator<string> {
  let begun: string[] = [];
  let length = 0;
  for await (const text of textPieces(where, source, "utf-8")) {
    const [first = "", ...rest] = text.split("\n");
    begun.push(first);
    length += first.length;
    if (length > LONGEST) {
      throw new FormatError(
        `${where}: ${JSON.stringify(source.name)} must have lines of at most ${LONGEST} characters; got a longer one`,
      );
    }
    const last = rest.pop();
    if (last === undefined) continue;
    yield begun.join("");
    yield* rest;
    [begun, length] = [[last], last.length];
  }
  yield begun.join("");
}

function rowFrom(called: string, text: string): Row {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`${called} must be JSON; got ${shown(text)}`, { cause });
  }
  if (!isRecord(value)) throw new FormatError(`${called} must be an object; got ${shown(value)}`);
  const row: Record<string, Cell> = {};
  flatten(called, row, "", value, 0);
  return row;
}

function flatten(called: string, row: Record<string, Cell>, before: string, object: object, depth: number): void {
  if (depth > DEEPEST) throw new FormatError(`${called} must have at most ${DEEPEST} levels of objects; got more`);
  for (const [key, value] of Object.entries(object) as [string, unknown][]) {
    const name = before + key;
    const column = `${called}, column ${shown(name)}`;
    if (isRecord(value)) {
      flatten(called, row, `${name}.`, value, depth + 1);
      continue;
    }
    if (Array.isArray(value)) throw new FormatError(`${column} must be one value; got an array`);
    if (Object.hasOwn(row, name)) throw new FormatError(`${column} must be there once; got it also in an object`);
    setCell(row, name, value as string | number | boolean | null);
  }
}
