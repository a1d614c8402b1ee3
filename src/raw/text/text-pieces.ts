import { FormatError, shown } from "../../base/errors.ts";
import type { ByteSource } from "../../files/source.ts";

const PIECE = 2 ** 18; // bytes that are read at once

/**
 * The text of a file in pieces, without a byte order mark.
 * @param encoding a name that TextDecoder knows
 * @throws FormatError when the bytes are no such text
 */
export async function* textPieces(where: string, source: ByteSource, encoding: string): AsyncGenerator<string> {
  const decoder = decoderOf(where, encoding);
  const decoded = (bytes: Uint8Array | undefined): string => {
    try {
      return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
    } catch (cause) {
      const must = `${where}: ${JSON.stringify(source.name)} must be text in ${decoder.encoding}`;
      throw new FormatError(`${must}; got other bytes (the option encoding names another one)`, { cause });
    }
  };
  for (let at = 0; at < source.size; at += PIECE) {
    yield decoded(await source.read(at, Math.min(at + PIECE, source.size)));
  }
  yield decoded(undefined);
}

/** @throws RangeError when the host does not know the encoding */
export function decoderOf(where: string, encoding: string): TextDecoder {
  try {
    if (typeof encoding === "string") return new TextDecoder(encoding, { fatal: true });
  } catch {
    // The error below says it.
  }
  throw new RangeError(
    `${where}: encoding must be the name of one, as "utf-8" or "windows-1252"; got ${shown(encoding)}`,
  );
}
