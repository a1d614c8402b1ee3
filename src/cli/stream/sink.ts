import { randomBytes } from "node:crypto";
import { type Stats, rmSync, statSync } from "node:fs";
import { type FileHandle, open, realpath, rename } from "node:fs/promises";
import { once } from "node:events";
import { dirname, join } from "node:path";
import process from "node:process";
import { CommandError } from "../errors.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Where text goes. */
export interface Sink {
  /** Waits while the reader is slow. */
  write(text: string | Uint8Array): Promise<void>;
  /** The whole is there. */
  finish(): Promise<void>;
  /** Removes what a file would have become; does nothing after `finish`. */
  discard(): Promise<void>;
}

/** Standard output: text goes out as it comes. */
export function outputSink(): Sink {
  const nothing = (): Promise<void> => Promise.resolve();
  return {
    write: async (text) => {
      if (!process.stdout.write(text)) await once(process.stdout, "drain");
    },
    finish: nothing,
    discard: nothing,
  };
}

/**
 * A file that is written beside its place and moved there at the end, so that it is never half there. A symbolic link stays, its
 * target is written; permissions of the former file stay.
 * @throws CommandError when the file cannot be made, or the path is that of a folder, device or pipe
 */
export async function fileSink(where: string, path: string): Promise<Sink> {
  const former = await onFile(where, path, async () => statSync(path, { throwIfNoEntry: false }));
  requireRegular(where, path, former);
  const target = former ? await onFile(where, path, () => realpath(path)) : path;
  const part = join(dirname(target), `.lanegrad-${randomBytes(6).toString("hex")}.part`);
  const file = await onFile(where, path, () => open(part, "wx"));
  const removed = (): void => rmSync(part, { force: true });
  // A signal that ends the process leaves no part either.
  const stopped = (_: NodeJS.Signals, number: number): void => process.exit(128 + number);
  process.once("exit", removed);
  for (const signal of SIGNALS) process.once(signal, stopped);
  const closed = async (): Promise<void> => {
    process.removeListener("exit", removed);
    for (const signal of SIGNALS) process.removeListener(signal, stopped);
    await file.close();
  };
  let isOpen = true;
  return {
    write: (text) => onFile(where, path, () => written(file, text)),
    finish: async () => {
      isOpen = false;
      await onFile(where, path, async () => {
        if (former) await file.chmod(former.mode);
        await file.sync();
        await closed();
        await rename(part, target);
      });
    },
    discard: async () => {
      if (!isOpen) return;
      isOpen = false;
      await closed();
      removed();
    },
  };
}

/** Writes a whole file in one step. */
export async function writeWhole(where: string, path: string, bytes: Uint8Array): Promise<void> {
  const sink = await fileSink(where, path);
  try {
    await sink.write(bytes);
    await sink.finish();
  } finally {
    await sink.discard();
  }
}

/** Refuses what a file must not be moved over: a device would be gone. */
function requireRegular(where: string, path: string, former: Stats | undefined): void {
  if (!former || former.isFile()) return;
  throw new CommandError(
    `${where}: ${JSON.stringify(path)} must be a file; got ${former.isDirectory() ? "a folder" : "a device or pipe"}`,
    former.isDirectory() ? undefined : "> writes there what goes to standard output",
  );
}

async function written(file: FileHandle, text: string | Uint8Array): Promise<void> {
  await file.appendFile(text);
}

async function onFile<T>(where: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code: unknown = Reflect.get(Object(error), "code");
    throw new CommandError(
      `${where}: ${JSON.stringify(path)} must be a file that can be written; got ${String(code ?? error)}`,
    );
  }
}
