import { type Hash, createHash } from "node:crypto";
import { createReadStream, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { requireRegular } from "./paths.ts";

/** Whether a file of a folder of images is one that is read. */
export function isImage(name: string): boolean {
  return /\.(png|jpe?g)$/i.test(name) && !name.startsWith(".");
}

/** The folders of a folder of images, which are its classes; other files are left out. */
export function classFolders(folder: string): readonly string[] {
  return visible(folder).filter((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory());
}

/** SHA-256 of the bytes of files, one after the other, as hexadecimal digits. Files are not in memory. */
export async function hashFiles(paths: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const path of paths) await addFile(hash, path);
  return hash.digest("hex");
}

/** SHA-256 of the images in the subfolders of a folder: names and bytes in the order of the names' UTF-16 code units. */
export async function hashImages(folder: string): Promise<string> {
  const hash = createHash("sha256");
  for (const label of classFolders(folder)) {
    for (const name of visible(join(folder, label)).filter(isImage)) {
      hash.update(`${label}/${name}\0`);
      await addFile(hash, join(folder, label, name));
      hash.update("\0");
    }
  }
  return hash.digest("hex");
}

/** SHA-256 of bytes, as hexadecimal digits. */
export function hashBytes(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function addFile(hash: Hash, path: string): Promise<void> {
  requireRegular("hash", path);
  for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(piece);
}

function visible(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .map(({ name }) => name)
    .filter((name) => !name.startsWith("."))
    .toSorted();
}
