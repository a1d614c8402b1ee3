import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test, vi } from "vitest";
import { platform as browser } from "../../src/platform/browser.ts";
import { files } from "../../src/platform/node-files.ts";
import { scratch } from "./support.ts";

test("browsers have no files", () => {
  expect(browser.files).toBeUndefined();
});

test("names of files are made and taken apart", () => {
  const path = files.resolve("a", "b.c");
  expect(path).toBe(join(process.cwd(), "a", "b.c"));
  expect(files.nameOf(path)).toBe("b.c");
  expect(files.directoryOf(path)).toBe(join(process.cwd(), "a"));
  expect(files.pathOf(pathToFileURL(path).href)).toBe(path);
});

test("directories are made, listed and synced; files are linked, renamed and removed", async () => {
  const directory = join(scratch(), "a", "b");
  await files.makeDirectory(directory);
  await files.makeDirectory(directory);
  expect(await files.list(directory)).toEqual([]);
  const path = join(directory, "x");
  writeFileSync(path, "12345");
  await files.link(path, `${path}2`);
  await expect(files.link(path, `${path}2`)).rejects.toMatchObject({ code: "EEXIST" });
  expect((await files.list(directory)).toSorted()).toEqual(["x", "x2"]);
  await files.rename(path, `${path}3`);
  expect(await files.status(path)).toBeUndefined();
  expect(await files.status(`${path}3`)).toMatchObject({ kind: "file", size: 5 });
  expect(await files.status(directory)).toMatchObject({ kind: "directory" });
  await files.syncDirectory(directory);
  await files.remove(`${path}3`);
  await files.remove(`${path}3`);
  expect(await files.list(directory)).toEqual(["x2"]);
  expect(await files.realPath(`${path}2`)).toContain("x2");
  await expect(files.syncDirectory(join(directory, "no"))).rejects.toMatchObject({ code: "ENOENT" });
});

test("a file is made once, by one process", async () => {
  const path = join(scratch(), "x");
  const file = await files.create(path);
  await file.write([new Uint8Array([1, 2]), new Uint8Array(0), new Uint8Array([3])]);
  await file.write([]);
  await file.write([new Uint8Array([4])]);
  await file.sync();
  expect(await file.status()).toMatchObject({ kind: "file", size: 4 });
  await file.close();
  expect([...readFileSync(path)]).toEqual([1, 2, 3, 4]);
  await expect(files.create(path)).rejects.toMatchObject({ code: "EEXIST" });
  const { modified } = (await files.status(path)) ?? {};
  expect(Math.abs((modified ?? 0) - Date.now())).toBeLessThan(60_000);
});

/** The class of open files, which node:fs/promises does not export. */
async function classOfHandles(): Promise<FileHandle> {
  const handle = await open(process.execPath);
  onTestFinished(() => handle.close());
  return Object.getPrototypeOf(handle) as FileHandle;
}

test("what the system did not write at once is written by further calls", async () => {
  const handles = await classOfHandles();
  const path = join(scratch(), "x");
  const spy = vi.spyOn(handles, "writev").mockImplementation(async function writeSome(this: FileHandle, buffers) {
    // Three bytes, over the borders of chunks.
    const bytes = Buffer.concat(buffers as readonly Uint8Array[]).subarray(0, 3);
    return { bytesWritten: (await this.write(bytes)).bytesWritten, buffers: [...buffers] };
  });
  onTestFinished(() => spy.mockRestore());
  const file = await files.create(path);
  await file.write([
    new Uint8Array([1, 2]),
    new Uint8Array([3]),
    new Uint8Array(0),
    new Uint8Array([4, 5, 6, 7, 8]),
    new Uint8Array(0),
  ]);
  await file.close();
  expect([...readFileSync(path)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test("one call writes or reads at most 1 GiB and 512 chunks", async () => {
  const handles = await classOfHandles();
  const calls: number[][] = [];
  const writes = vi.spyOn(handles, "writev").mockImplementation(async (buffers) => {
    calls.push(buffers.map(({ byteLength }) => byteLength));
    return { bytesWritten: calls.at(-1)?.reduce((sum, length) => sum + length, 0) ?? 0, buffers: [...buffers] };
  });
  const path = join(scratch(), "x");
  const file = await files.create(path);
  const huge = new Uint8Array(2 ** 31 + 5); // memory that is never touched
  await file.write([new Uint8Array(1), huge, new Uint8Array(3)]);
  expect(calls).toEqual([[1], [2 ** 30], [2 ** 30], [5, 3]]);
  calls.length = 0;
  await file.write(Array.from({ length: 600 }, () => new Uint8Array(1)));
  expect(calls.map(({ length }) => length)).toEqual([512, 88]);
  writes.mockRestore();
  const reads = vi.spyOn(handles, "read");
  onTestFinished(() => reads.mockRestore());
  await file.close();
  const opened = await files.open(path);
  expect(await opened.read(huge, 0)).toBe(0);
  expect(reads.mock.calls[0]?.slice(1)).toEqual([0, 2 ** 30, 0]);
  await opened.close();
});

test("a running hash is that of all bytes", () => {
  const hash = files.sha256();
  for (const part of ["a", "b", "c"]) hash.update(new TextEncoder().encode(part));
  // FIPS 180-2, appendix B.1.
  expect(hash.digest()).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("a process of this machine is running until it ends", async () => {
  expect(files.processId).toBe(process.pid);
  expect(files.isRunning(process.pid)).toBe(true);
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  await once(child, "spawn");
  const { pid = 0 } = child;
  expect(files.isRunning(pid)).toBe(true);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(files.isRunning(pid)).toBe(false);
  for (const wrong of [0, -1, 1.5, NaN, 2 ** 40]) expect(files.isRunning(wrong)).toBe(false);
  expect(files.hostName()).not.toBe("");
  expect(files.unique()).not.toBe(files.unique());
});

test.runIf(process.platform === "linux")(
  "a process that ended is not running, though its parent has not asked for it",
  async () => {
    const parent = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 60"]);
    const [line] = await once(parent.stdout, "data");
    const pid = Number(String(line));
    try {
      await expect.poll(() => files.isRunning(pid)).toBe(false);
      expect(process.kill(pid, 0)).toBe(true);
    } finally {
      parent.kill("SIGKILL");
    }
  },
);

test.runIf(process.platform === "linux")(
  "a directory where the system makes none is an error, not a loop",
  async () => {
    // mkdir says ENOENT there, although the parent exists.
    await expect(files.makeDirectory("/proc/none/a")).rejects.toThrow("ENOENT");
  },
);

test("directories are made with those above them", async () => {
  const directory = scratch();
  const path = join(directory, "a", "b");
  await Promise.all([files.makeDirectory(path), files.makeDirectory(path)]);
  await files.makeDirectory(path);
  expect(await files.list(directory)).toEqual(["a"]);
  writeFileSync(join(directory, "file"), "");
  await expect(files.makeDirectory(join(directory, "file"))).rejects.toThrow("EEXIST");
  await expect(files.makeDirectory(join(directory, "file", "a"))).rejects.toThrow(/ENOTDIR|EEXIST/);
});
