import { createReadStream } from "node:fs";
import process from "node:process";
import type { Readable } from "node:stream";
import { STANDARD_INPUT } from "../data/format.ts";
import { CommandError } from "../errors.ts";

const PIECE = 2 ** 18; // bytes of a file that are read at once

/** What is read: a file, or standard input. */
export interface TextInput {
  /** For messages: the path, or `standard input`. */
  readonly name: string;
  /** Its bytes, once. */
  readonly bytes: AsyncIterator<Uint8Array>;
  /** What was read ahead. */
  readonly ahead: Uint8Array[];
  /** Ends the reading, so that the process does not wait for more. */
  close(): void;
}

/** A file, or standard input for "-". */
export function textInput(path: string): TextInput {
  if (path === STANDARD_INPUT) return inputOver("standard input", process.stdin);
  return inputOver(JSON.stringify(path), createReadStream(path, { highWaterMark: PIECE }));
}

function inputOver(name: string, stream: Readable): TextInput {
  const bytes: AsyncIterator<Uint8Array> = stream[Symbol.asyncIterator]();
  return { name, bytes, ahead: [], close: () => void stream.destroy() };
}

/** Whether the first character that is no white space is that of an object of JSON. */
export async function beginsWithBrace({ bytes, ahead }: TextInput): Promise<boolean> {
  for (;;) {
    const result = await bytes.next();
    if (result.done) return false;
    ahead.push(result.value);
    const [first] = new TextDecoder().decode(result.value).trimStart();
    if (first !== undefined) return first === "{";
  }
}

/**
 * The text of an input in the pieces in which it comes, without a byte order mark.
 * @throws CommandError when the bytes are no UTF-8
 */
export async function* textPieces(where: string, input: TextInput): AsyncGenerator<string> {
  const { name } = input;
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
  for (;;) {
    const piece = input.ahead.shift() ?? (await nextOf(input));
    if (!piece) break;
    yield decoded(piece);
  }
  yield decoded(undefined);
}

async function nextOf({ bytes }: TextInput): Promise<Uint8Array | undefined> {
  const result = await bytes.next();
  return result.done ? undefined : result.value;
}
