import { type FileLike, withSource } from "./source.ts";

/**
 * Decodes all bytes of a file, which is closed then.
 * @param decode gets the bytes, which nobody else has, and where errors are: the function and the file
 */
export async function readAll<T>(
  where: string,
  file: FileLike,
  decode: (bytes: Uint8Array, where: string) => T,
): Promise<T> {
  return withSource(where, file, async (source) => {
    const bytes = await source.read(0, source.size);
    return decode(bytes, `${where}: in ${JSON.stringify(source.name)}`);
  });
}
