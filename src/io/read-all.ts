import { type FileLike, openSource } from "../files/source.ts";

/**
 * Decodes all bytes of a file, which is closed then.
 * @param decode gets the bytes, which nobody else has, and where errors are: the function and the file
 */
export async function readAll<T>(
  where: string,
  file: FileLike,
  decode: (bytes: Uint8Array, where: string) => T,
): Promise<T> {
  const source = await openSource(where, file);
  try {
    const bytes = await source.read(0, source.size);
    return decode(bytes, `${where}: in ${JSON.stringify(source.name)}`);
  } finally {
    await source.close();
  }
}
