import { platform } from "#platform";
import { openAsBlob, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runInNewContext } from "node:vm";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { FileError, FormatError } from "../../src/base/errors.ts";
import { type FileLike, openSource } from "../../src/files/source.ts";
import { DEVICES, scratch } from "./support.ts";

const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);
const foreign: { readonly array: Uint8Array; readonly buffer: ArrayBuffer; readonly url: URL } = runInNewContext(
  "const array = Uint8Array.from({ length: 100 }, (_, i) => i); ({ array, buffer: array.buffer })",
);

const kinds: readonly (readonly [string, (path: string) => FileLike | Promise<FileLike>])[] = [
  ["a path", (path) => path],
  ["a file: URL", (path) => pathToFileURL(path)],
  ["a Blob", () => new Blob([bytes])],
  ["a Blob of a file", (path) => openAsBlob(path)],
  ["a File", () => new File([bytes], "x")],
  ["a Uint8Array", () => bytes],
  ["a part of a buffer", () => new Uint8Array([9, ...bytes, 9]).subarray(1, 101)],
  ["a Buffer", () => Buffer.from(bytes)],
  ["an ArrayBuffer", () => bytes.slice().buffer],
  ["a Uint8Array of another realm", () => foreign.array],
  ["an ArrayBuffer of another realm", () => foreign.buffer],
  [
    "a Uint8Array of shared memory",
    () => {
      const shared = new Uint8Array(new SharedArrayBuffer(100));
      shared.set(bytes);
      return shared;
    },
  ],
];

test.each(kinds)("%s is read in any order, into buffers of their own", async (_, make) => {
  const path = join(scratch(), "x");
  writeFileSync(path, bytes);
  const source = await openSource("read", await make(path));
  expect(source.size).toBe(100);
  for (const [start, end] of [
    [90, 100],
    [0, 8],
    [5, 5],
    [0, 100],
  ] as const) {
    const read = await source.read(start, end);
    expect([...read]).toEqual([...bytes.subarray(start, end)]);
    expect([read.byteOffset, read.buffer.byteLength]).toEqual([0, end - start]);
    read.fill(255);
  }
  expect([...(await source.read(0, 3))]).toEqual([0, 1, 2]);
  await expect(source.read(90, 101)).rejects.toThrow(FormatError);
  await expect(source.read(0, 2 ** 51)).rejects.toThrow(FormatError);
  await expect(source.read(90, 101)).rejects.toThrow(/^read: ".*" must have at least 101 bytes; got 100$/);
  await source.close();
  await source.close();
});

describe("what is no file is refused", () => {
  const KINDS = "read: the file must be a path, a URL, a Blob, an ArrayBuffer or a Uint8Array; got";
  test.each([
    [undefined, `${KINDS} undefined`],
    [null, `${KINDS} null`],
    [5, `${KINDS} 5`],
    [[1, 2], `${KINDS} [1,2]`],
    [new Float32Array(2), `${KINDS} a Float32Array`],
    [new DataView(new ArrayBuffer(8)), `${KINDS} a DataView`],
    [{ size: 1, slice: 2 }, `${KINDS} {"size":1,"slice":2}`],
    [new URL("https://x.org/a"), 'read: a URL must be a file: URL; got "https://x.org/a"'],
    [new Response("a"), `${KINDS} a Response (give \`await response.blob()\`)`],
    ["https://x.org/a", 'read: a string must be a path, not a URL; got "https://x.org/a"'],
    ["file:///a", 'read: a string must be a path, not a URL; got "file:///a" (give new URL(…) for a file: URL'],
    [new URL("file:///a%2Fb"), 'read: a file: URL must name a path of this machine; got "file:///a%2Fb"'],
  ])("%s", async (file, message) => {
    const opened = openSource("read", file as FileLike);
    await expect(opened).rejects.toThrow(TypeError);
    await expect(opened).rejects.toThrow(message);
  });
});

test("a path that cannot be read says what the system says, with its code and cause", async () => {
  const directory = scratch();
  const missing = join(directory, "missing");
  const error: unknown = await openSource("read", missing).catch((thrown: unknown) => thrown);
  if (!(error instanceof FileError)) throw new Error("no FileError");
  expect(error.message).toBe(
    `read: ${JSON.stringify(missing)} must be readable; got ENOENT: no such file or directory`,
  );
  expect(error.code).toBe("ENOENT");
  expect(error.cause).toMatchObject({ code: "ENOENT", syscall: "open" });
  await expect(openSource("read", directory)).rejects.toThrow(
    `${JSON.stringify(directory)} must be a file; got a directory`,
  );
  await expect(openSource("read", "a\0b")).rejects.toThrow(FileError);
});

test.each(DEVICES)("the device %s is refused before it is opened", async (path) => {
  await expect(openSource("read", path)).rejects.toThrow("must be a file; got a device or pipe");
});

test("a host without files refuses paths, and reads Blobs and bytes", async () => {
  const { files } = platform;
  Reflect.set(platform, "files", undefined);
  onTestFinished(() => void Reflect.set(platform, "files", files));
  const message = 'read: a path needs a host that has files, as Node; got "a/b" in Node';
  await expect(openSource("read", "a/b")).rejects.toThrow(message);
  await expect(openSource("read", "a/b")).rejects.toThrow(TypeError);
  expect((await openSource("read", new Blob(["ab"]))).size).toBe(2);
});

test("a file that shrinks after it was opened is refused", async () => {
  const path = join(scratch(), "x");
  writeFileSync(path, bytes);
  const source = await openSource("read", path);
  truncateSync(path, 40);
  expect(await source.read(30, 40)).toHaveLength(10);
  await expect(source.read(30, 60)).rejects.toThrow(FormatError);
  await expect(source.read(30, 60)).rejects.toThrow("must have at least 60 bytes; got 40");
  await source.close();
  await expect(source.read(30, 40)).rejects.toThrow(FileError);
});

test("a host that reads in pieces is asked again", async () => {
  const { files } = platform;
  if (!files) throw new Error("no files");
  const path = join(scratch(), "x");
  writeFileSync(path, bytes);
  const real = { ...files };
  const spy = vi.spyOn(files, "open").mockImplementation(async (name) => {
    const file = await real.open(name);
    return { ...file, read: (into, start) => file.read(into.subarray(0, 7), start) };
  });
  onTestFinished(() => spy.mockRestore());
  const source = await openSource("read", path);
  expect([...(await source.read(3, 98))]).toEqual([...bytes.subarray(3, 98)]);
  await source.close();
});

test("a Blob whose file changed and a read that fails are errors of the file", async () => {
  const path = join(scratch(), "x");
  writeFileSync(path, bytes);
  const source = await openSource("read", await openAsBlob(path));
  truncateSync(path, 40);
  await expect(source.read(30, 60)).rejects.toThrow(FileError);
  const huge = { size: 2 ** 52, slice: () => huge, arrayBuffer: async () => new ArrayBuffer(0) };
  const endless = await openSource("read", huge);
  await expect(endless.read(0, 2 ** 51)).rejects.toThrow(FileError);
  await expect(endless.read(0, 9)).rejects.toThrow("must have at least 9 bytes; got 0");
});
