import { FormatError } from "../base/errors.ts";

/** DEFLATE gives at most 258 bytes for 2 bits. */
export const MOST_EXPANSION = 1032;

/**
 * The first `length` bytes that a file of gzip or zlib expands to; fewer if it is shorter. What follows is not inflated.
 * @param called where errors are, and the file
 * @throws FormatError when the bytes are damaged before that
 */
export async function inflatedStart(
  called: string,
  bytes: Uint8Array<ArrayBuffer>,
  format: "gzip" | "deflate",
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(length);
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format)).getReader();
  let at = 0;
  try {
    while (at < length) {
      const { value, done } = await reader.read();
      if (done) break;
      const part = value.subarray(0, length - at);
      out.set(part, at);
      at += part.length;
    }
  } catch (cause) {
    throw new FormatError(`${called} must be whole ${format}; got damaged bytes`, { cause });
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  return out.subarray(0, at);
}
