import { platform, type Files, type OpenFile } from "#platform";
import { chmodSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { FileError } from "../../src/base/errors.ts";
import { writeFile } from "../../src/files/write.ts";
import { DEVICES, scratch } from "./support.ts";

const chunks = [new Uint8Array([1, 2, 3]), new Uint8Array(0), new Uint8Array([4, 5])];
const { files } = platform;
if (!files) throw new Error("no files");

/** The calls of the host, in order; `fail` makes one of them throw. */
function watch(host: Files, fail?: string, code = "ENOSPC"): string[] {
  const calls: string[] = [];
  const step = (name: string): void => {
    calls.push(name);
    if (name === fail) throw Object.assign(new Error(`${code}: no space left on device, ${name}`), { code });
  };
  const real = { ...host };
  const spies = [
    vi.spyOn(host, "create").mockImplementation(async (...of): Promise<OpenFile> => {
      step("create");
      const file = await real.create(...of);
      return {
        ...file,
        write: async (bytes) => {
          await file.write(bytes.slice(0, 1));
          step("write");
          await file.write(bytes.slice(1));
        },
        sync: () => file.sync().then(() => step("sync")),
        close: () => file.close().then(() => step("close")),
      };
    }),
    vi.spyOn(host, "rename").mockImplementation(async (...of) => {
      step("rename");
      await real.rename(...of);
    }),
    vi.spyOn(host, "syncDirectory").mockImplementation(async (...of) => {
      step("sync directory");
      await real.syncDirectory(...of);
    }),
  ];
  onTestFinished(() => spies.forEach((spy) => spy.mockRestore()));
  return calls;
}

test("a file is written beside, synced and renamed, and its directory synced", async () => {
  const directory = scratch();
  const path = join(directory, "x");
  const calls = watch(files);
  await writeFile("save", path, chunks);
  expect([...readFileSync(path)]).toEqual([1, 2, 3, 4, 5]);
  expect(readdirSync(directory)).toEqual(["x"]);
  expect(calls).toEqual(["create", "write", "sync", "close", "rename", "sync directory"]);
  await writeFile("save", pathToFileURL(path), []);
  expect(statSync(path).size).toBe(0);
});

describe("after a failure the former file stands, and nothing is left beside it", () => {
  test.each(["create", "write", "sync", "close", "rename"])("%s", async (step) => {
    const directory = scratch();
    const path = join(directory, "x");
    writeFileSync(path, "former");
    watch(files, step);
    const written = writeFile("save", path, chunks);
    await expect(written).rejects.toThrow(FileError);
    await expect(written).rejects.toMatchObject({
      message: `save: ${JSON.stringify(path)} must be writable; got ENOSPC: no space left on device`,
      code: "ENOSPC",
      cause: { code: "ENOSPC" },
    });
    expect(readFileSync(path, "utf8")).toBe("former");
    expect(readdirSync(directory)).toEqual(["x"]);
  });

  test("chunks that throw: their error is thrown as it is", async () => {
    const directory = scratch();
    const own = new RangeError("a number does not fit");
    const failing = (function* (): Generator<Uint8Array> {
      yield new Uint8Array(2 ** 25);
      throw own;
    })();
    await expect(writeFile("save", join(directory, "x"), failing)).rejects.toBe(own);
    expect(readdirSync(directory)).toEqual([]);
  });

  test("a directory that cannot be synced is an error, after the file was written", async () => {
    const path = join(scratch(), "x");
    watch(files, "sync directory", "EIO");
    await expect(writeFile("save", path, chunks)).rejects.toThrow(/must be synced; got EIO/);
  });
});

test("a directory in the file's place and a missing directory are refused", async () => {
  const directory = scratch();
  mkdirSync(join(directory, "d"));
  const folder = writeFile("save", join(directory, "d"), chunks);
  await expect(folder).rejects.toMatchObject({ name: "FileError", code: "EISDIR" });
  await expect(folder).rejects.toThrow(/must be a file; got a directory$/);
  const missing = writeFile("save", join(directory, "no", "x"), chunks);
  await expect(missing).rejects.toMatchObject({ name: "FileError", code: "ENOENT" });
  await expect(writeFile("save", join(directory, "n".repeat(300)), chunks)).rejects.toThrow(FileError);
  expect(readdirSync(directory)).toEqual(["d"]);
});

test.each(DEVICES)("the device %s is refused", async (path) => {
  await expect(writeFile("save", path, chunks)).rejects.toThrow("must be a file; got a device or pipe");
});

test("a link stays a link, and permissions stay", async () => {
  const directory = scratch();
  const path = join(directory, "x");
  writeFileSync(path, "former");
  chmodSync(path, 0o666);
  symlinkSync("x", join(directory, "link"));
  await writeFile("save", join(directory, "link"), chunks);
  expect([...readFileSync(path)]).toEqual([1, 2, 3, 4, 5]);
  expect(readdirSync(directory)).toEqual(["link", "x"]);
  expect(statSync(path).mode & 0o777).toBe(0o666);
});

test("names as long as systems allow are written", async () => {
  const directory = scratch();
  const name = "é".repeat(127);
  await writeFile("save", join(directory, name), chunks);
  expect(readdirSync(directory).map((each) => each.normalize())).toEqual([name]);
});

test("chunks are written in batches, none is joined with another", async () => {
  const written: number[][] = [];
  const real = { ...files };
  const spy = vi.spyOn(files, "create").mockImplementation(async (...of) => {
    const file = await real.create(...of);
    return {
      ...file,
      write: async (batch) => {
        written.push(batch.map((chunk) => chunk.length));
        await file.write(batch);
      },
    };
  });
  onTestFinished(() => spy.mockRestore());
  const path = join(scratch(), "x");
  const big = 2 ** 23;
  const many = Array.from({ length: 5 }, (_, i) => new Uint8Array(big).fill(i));
  await writeFile("save", path, [new Uint8Array(1), ...many]);
  expect(written).toEqual([[1, big, big], [big, big], [big]]);
  const read = readFileSync(path);
  expect(read.length).toBe(1 + 5 * big);
  expect([1, big, big + 1, 5 * big].map((i) => read[i])).toEqual([0, 0, 1, 4]);
});

test("more chunks than one system call takes are all written", async () => {
  const path = join(scratch(), "x");
  await writeFile(
    "save",
    path,
    Array.from({ length: 3000 }, (_, i) => new Uint8Array([i, i >> 8])),
  );
  const read = readFileSync(path);
  expect(read.length).toBe(6000);
  expect([read[2 * 2999], read[2 * 2999 + 1]]).toEqual([2999 & 255, 2999 >> 8]);
});

test("a temporary name has the number of the process that writes it", async () => {
  const calls = vi.spyOn(files, "create");
  onTestFinished(() => calls.mockRestore());
  await writeFile("save", join(scratch(), "x.y"), chunks);
  const temporary = files.nameOf(calls.mock.calls[0]?.[0] ?? "");
  expect(temporary).toMatch(new RegExp(`^\\.x\\.y\\.${process.pid}-[0-9a-f]{16}\\.tmp$`));
});
