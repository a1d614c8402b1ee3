import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { CommandError } from "../errors.ts";

const PIECE = 2 ** 18; // bytes of a file that are read at once

/** What is read: a file, or standard input. */
export interface TextInput {
  /** For messages: the path, or `standard input`. */
  readonly name: string;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Ends the reading, so that the process does not wait for more. */
  close(): void;
}

/**
 * A file, or standard input for "-".
 * @throws CommandError when there is no such file
 */
export async function textInput(where: string, path: string): Promise<TextInput> {
  if (path === "-") return inputOver("standard input", process.stdin);
  const found = await stat(path).catch(() => undefined);
  const name = JSON.stringify(path);
  if (!found) throw new CommandError(`${where}: the data must be a file; got ${name}, which does not exist`);
  if (found.isDirectory()) throw new CommandError(`${where}: the data must be a file; got the directory ${name}`);
  return inputOver(name, createReadStream(path, { highWaterMark: PIECE }));
}

function inputOver(name: string, stream: Readable): TextInput {
  return { name, bytes: stream, close: () => stream.destroy() };
}

/**
 * The text of an input in the pieces in which it comes, without a byte order mark.
 * @throws CommandError when the bytes are no UTF-8
 */
export async function* textPieces(where: string, { name, bytes }: TextInput): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const decoded = (piece: Uint8Array | undefined): string => {
    try {
      return piece ? decoder.decode(piece, { stream: true }) : decoder.decode();
    } catch {
      throw new CommandError(
        `${where}: ${name} must be text in UTF-8; got other bytes`,
        "iconv -f windows-1252 -t utf-8 converts files of many spreadsheets",
      );
    }
  };
  for await (const piece of bytes) yield decoded(piece);
  yield decoded(undefined);
}
