import { builtin } from "./node-builtin.ts";
import type { FileStatus, Files, OpenFile } from "./files.ts";

type FileHandle = Awaited<ReturnType<typeof import("node:fs/promises").open>>;
type Stats = import("node:fs").Stats;

const MOST = 2 ** 30; // bytes that one call reads or writes: systems refuse 2^31, and Linux cuts there
const MANY = 512; // chunks that one call writes: systems allow 1024

/** What a directory's `sync` says where the file system or the permissions do not let it. */
const CANNOT_SYNC: ReadonlySet<string | undefined> = new Set(["EACCES", "EINVAL", "EISDIR", "ENOTSUP", "EPERM"]);

/** Files by node:fs/promises. */
export const files: Files = {
  pathOf: (url) => builtin("node:url").fileURLToPath(url),
  resolve: (...names) => builtin("node:path").resolve(...names),
  directoryOf: (path) => builtin("node:path").dirname(path),
  nameOf: (path) => builtin("node:path").basename(path),
  realPath: (path) => fs().realpath(path),
  open: async (path) => opened(await fs().open(path, "r")),
  create,
  append: (path, text) => fs().appendFile(path, text),
  status,
  rename: (from, to) => fs().rename(from, to),
  link: (existing, path) => fs().link(existing, path),
  remove: (path) => fs().rm(path, { force: true }),
  makeDirectory,
  list: (path) => fs().readdir(path),
  syncDirectory,
  room: (bytes) => new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer),
  sha256: () => {
    const hash = builtin("node:crypto").createHash("sha256");
    return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest("hex") };
  },
  unique: () => builtin("node:crypto").randomBytes(8).toString("hex"),
  processId: process.pid,
  hostName: () => builtin("node:os").hostname(),
  isRunning,
};

function fs(): typeof import("node:fs/promises") {
  return builtin("node:fs/promises");
}

async function create(path: string, mode?: number): Promise<OpenFile> {
  const handle = await fs().open(path, "wx", mode);
  // The mask of the process took bits from the mode.
  if (mode !== undefined) await handle.chmod(mode).catch(() => undefined);
  return opened(handle);
}

async function status(path: string): Promise<FileStatus | undefined> {
  try {
    return statusOf(await fs().stat(path));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function statusOf(stats: Stats): FileStatus {
  const kind = stats.isFile() ? "file" : stats.isDirectory() ? "directory" : "other";
  return { kind, size: stats.size, modified: stats.mtimeMs, mode: stats.mode & 0o7777 };
}

/** Node's own recursive `mkdir` never ends where a system answers ENOENT although the parent exists, as in /proc. */
async function makeDirectory(path: string): Promise<void> {
  if ((await status(path))?.kind === "directory") return;
  const parent = builtin("node:path").dirname(path);
  if (parent !== path) await makeDirectory(parent);
  try {
    await fs().mkdir(path);
  } catch (error) {
    // Another process may have made it meanwhile.
    if (codeOf(error) !== "EEXIST" || (await status(path))?.kind !== "directory") throw error;
  }
}

async function syncDirectory(path: string): Promise<void> {
  try {
    const handle = await fs().open(path, "r");
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    if (!CANNOT_SYNC.has(codeOf(error))) throw error;
  }
}

function isRunning(processId: number): boolean {
  if (!Number.isInteger(processId) || processId < 1) return false; // 0 and below are groups of processes
  try {
    process.kill(processId, 0); // signal 0 only asks
    return !hasEnded(processId);
  } catch (error) {
    return codeOf(error) === "EPERM"; // it runs, and belongs to another user
  }
}

/** Whether a process has ended and its parent has not asked for its status yet, which `kill` does not tell. Linux. */
function hasEnded(processId: number): boolean {
  try {
    // "12 (name) Z ...": the name may have any characters.
    return /^[ZX]/.test(
      builtin("node:fs")
        .readFileSync(`/proc/${processId}/stat`, "latin1")
        .replace(/^.*\) /s, ""),
    );
  } catch {
    return false; // no such file: another system
  }
}

function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  return typeof code === "string" ? code : undefined;
}

function opened(handle: FileHandle): OpenFile {
  return {
    status: async () => statusOf(await handle.stat()),
    read: async (into, start) => (await handle.read(into, 0, Math.min(into.length, MOST), start)).bytesRead,
    write: (chunks) => writeAll(handle, chunks),
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}

async function writeAll(handle: FileHandle, chunks: readonly Uint8Array[]): Promise<void> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  for (const chunk of chunks) {
    for (let start = 0; start < chunk.length; start += MOST) {
      const part = chunk.subarray(start, start + MOST);
      if (bytes + part.length > MOST || waiting.length === MANY) {
        await writeWhole(handle, waiting);
        waiting = [];
        bytes = 0;
      }
      waiting.push(part);
      bytes += part.length;
    }
  }
  await writeWhole(handle, waiting);
}

/** Writes at the file's position, again where the system wrote less than all. */
async function writeWhole(handle: FileHandle, chunks: readonly Uint8Array[]): Promise<void> {
  let rest = chunks;
  while (rest.length > 0) {
    const { bytesWritten } = await handle.writev(rest);
    rest = after(rest, bytesWritten);
  }
}

/** The chunks without their first bytes. */
function after(chunks: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let left = bytes;
  let whole = 0;
  for (const chunk of chunks) {
    if (chunk.length > left) break;
    left -= chunk.length;
    whole++;
  }
  const [first, ...others] = chunks.slice(whole);
  return first ? [first.subarray(left), ...others] : [];
}
