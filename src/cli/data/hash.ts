import { type Hash, createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { imagesIn } from "./images.ts";
import { requireRegular } from "./paths.ts";

/** SHA-256 of the bytes of files, one after the other, as hexadecimal digits. Files are not in memory. */
export async function hashFiles(paths: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const path of paths) await addFile(hash, path);
  return hash.digest("hex");
}

/** SHA-256 of the images in the subfolders of a folder: names and bytes in the order of the names' UTF-16 code units. */
export async function hashImages(folder: string): Promise<string> {
  const hash = createHash("sha256");
  for (const [label, name] of imagesIn(folder)) {
    hash.update(`${label}/${name}\0`);
    await addFile(hash, join(folder, label, name));
    hash.update("\0");
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
