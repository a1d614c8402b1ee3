/** The same bytes by node:fs alone, in the ways that are fastest for one large buffer. */
import { closeSync, fsyncSync, openSync, readFileSync, readSync, renameSync, writeFileSync } from "node:fs";
import { NUMBERS, job, numbersOf, perform } from "./job.ts";

await perform({
  write(path, size) {
    const bytes = Buffer.alloc(size, new Uint8Array(numbersOf(0).buffer));
    return job(() => replace(path, bytes));
  },

  read: (path) => job(() => readFileSync(path)),

  "read one": (path, size) => job(() => readPart(path, size / 2, NUMBERS * 4)),
});

/** As a careful program does it: beside the file, synced, renamed. */
function replace(path: string, bytes: Uint8Array): void {
  const file = openSync(`${path}.new`, "wx");
  writeFileSync(file, bytes);
  fsyncSync(file);
  closeSync(file);
  renameSync(`${path}.new`, path);
}

function readPart(path: string, start: number, length: number): Uint8Array {
  const file = openSync(path, "r");
  const bytes = Buffer.allocUnsafeSlow(length);
  readSync(file, bytes, 0, length, start);
  closeSync(file);
  return bytes;
}
