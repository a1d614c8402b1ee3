import type { UrlLike } from "../base/url.ts";
import type { Files, OpenFile } from "#platform";
import { located, onHost, requireKind } from "./host.ts";

const BATCH = 2 ** 24; // bytes after which chunks are written: small ones are collected
const LONGEST = 40; // characters of the target's name in the temporary one: systems allow 255 bytes

/**
 * Writes a file in one step: into a new file in the same directory, which is synced and then renamed to `path`; the directory
 * is synced where the host can. A reader sees the former file or the whole new one. A symbolic link stays, its target is
 * written; permissions of the former file stay. After an error nothing is left, and the former file is untouched.
 *
 * @param chunks the bytes in order; a chunk must not change after it was given
 * @throws FileError when the host cannot write, and when `path` is a directory
 * @throws TypeError when the host has no files
 */
export async function writeFile(where: string, path: string | UrlLike, chunks: Iterable<Uint8Array>): Promise<void> {
  const { files, path: given } = located(where, path);
  const must = "writable";
  const former = await onHost(where, given, must, () => files.status(given));
  requireKind(where, given, former, "file");
  const target = former ? await onHost(where, given, must, () => files.realPath(given)) : given;
  const directory = files.directoryOf(target);
  const temporary = files.resolve(directory, temporaryName(files, files.nameOf(target)));
  const file = await onHost(where, target, must, () => files.create(temporary, former?.mode));
  try {
    try {
      await writeChunks(where, target, file, chunks);
      await onHost(where, target, must, () => file.sync());
    } finally {
      await onHost(where, target, must, () => file.close());
    }
    await onHost(where, target, must, () => files.rename(temporary, target));
  } catch (error) {
    await files.remove(temporary).catch(() => undefined);
    throw error;
  }
  await onHost(where, directory, "synced", () => files.syncDirectory(directory));
}

/** `.model.safetensors.1234-0123456789abcdef.tmp`: the process that writes shows in its name. */
function temporaryName(files: Files, name: string): string {
  return `.${name.slice(0, LONGEST)}.${files.processId}-${files.unique()}.tmp`;
}

async function writeChunks(where: string, path: string, file: OpenFile, chunks: Iterable<Uint8Array>): Promise<void> {
  let batch: Uint8Array[] = [];
  let bytes = 0;
  let writing = Promise.resolve();
  const write = (): Promise<void> => onHost(where, path, "writable", () => file.write(batch));
  try {
    for (const chunk of chunks) {
      batch.push(chunk);
      bytes += chunk.length;
      if (bytes < BATCH) continue;
      await writing;
      // The host writes it while the next chunks are made.
      writing = write();
      writing.catch(() => undefined);
      batch = [];
      bytes = 0;
    }
  } finally {
    await writing;
  }
  await write();
}
