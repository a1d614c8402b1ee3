import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { describe, expect, onTestFinished, test } from "vitest";
import { FileError, FormatError, Tensor } from "../../src/index.ts";
import type { StateRecord } from "../../src/base/state-tree.ts";
import { CheckpointDirectory } from "../../src/files/checkpoint/directory.ts";
import { decodeState, encodeState } from "../../src/files/state-json.ts";
import { readSafetensors } from "../../src/io/index.ts";
import { hostError, replaceFiles } from "./host.ts";
import { scratch } from "./support.ts";

const STATE = { weight: new Tensor([2], "float32", Float32Array.of(1, NaN)), step: 3, name: "é" };

/** Opens a directory, which is closed after the test. */
async function open(path: string): Promise<CheckpointDirectory> {
  const directory = await CheckpointDirectory.open("test", path);
  onTestFinished(() => directory.close());
  return directory;
}

/** A directory with a lock file whose contents changed so many seconds ago. */
function lockedBy(holder: object | string, seconds = 0): string {
  const directory = scratch();
  const path = join(directory, "lock");
  writeFileSync(path, typeof holder === "string" ? holder : JSON.stringify(holder));
  const then = Date.now() / 1000 - seconds;
  utimesSync(path, then, then);
  return directory;
}

function processThatEnded(): number {
  const { pid, status } = spawnSync(process.execPath, ["-e", ""]);
  expect(status).toBe(0);
  return pid;
}

function noHardLinks(): void {
  replaceFiles("link", () => () => Promise.reject(hostError("EPERM: operation not permitted")));
}

const HERE = { host: hostname(), token: "abc" };
const ELSEWHERE = { host: "elsewhere", token: "abc", processId: process.pid };

describe("the lock of a directory", () => {
  test.each<[string, () => object | string, number, string]>([
    [
      "a process of this machine that runs",
      () => ({ ...HERE, processId: process.ppid }),
      1e6,
      `process ${process.ppid} on`,
    ],
    ["another machine, refreshed a minute ago", () => ELSEWHERE, 60, `process ${process.pid} on "elsewhere"`],
    ["a machine with a clock ahead", () => ELSEWHERE, -1000, `process ${process.pid} on "elsewhere"`],
    ["whoever is writing it", () => "", 60, "another process"],
    ["whoever wrote something else", () => "[1", 60, "another process"],
  ])("is respected if it is of %s", async (_, holder, seconds, by) => {
    const directory = lockedBy(holder(), seconds);
    const before = readFileSync(join(directory, "lock"), "utf8");
    const error: unknown = await CheckpointDirectory.open("test", directory).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(FileError);
    expect(error).toMatchObject({ code: "EBUSY" });
    expect(String(error)).toContain(`test: "${directory}" must be used by one training at a time; got ${by}`);
    expect(readFileSync(join(directory, "lock"), "utf8")).toBe(before);
    expect(readdirSync(directory)).toEqual(["lock"]);
  });

  test.each<[string, () => object | string, number]>([
    ["a process of this machine that ended", () => ({ ...HERE, processId: processThatEnded() }), 0],
    ["a process before a restart, of the number of this one", () => ({ ...HERE, processId: process.pid }), 0],
    ["another machine, refreshed three minutes ago", () => ELSEWHERE, 180],
    ["whoever left it empty three minutes ago", () => "", 180],
  ])("is taken over if it is of %s", async (_, holder, seconds) => {
    const directory = lockedBy(holder(), seconds);
    const opened = await open(directory);
    expect(JSON.parse(readFileSync(join(directory, "lock"), "utf8"))).toMatchObject({
      processId: process.pid,
      host: hostname(),
    });
    expect(readdirSync(directory)).toEqual(["lock"]);
    await opened.close();
    expect(readdirSync(directory)).toEqual([]);
  });

  test.each([[true], [false]])("is given to one of many at once (hard links: %s)", async (hasLinks) => {
    if (!hasLinks) noHardLinks();
    const ended = processThatEnded();
    const abandoned = (): string => lockedBy({ ...HERE, processId: ended });
    for (const directory of [scratch(), ...Array.from({ length: 20 }, abandoned)]) {
      const all = await Promise.allSettled(
        Array.from({ length: 8 }, () => CheckpointDirectory.open("test", directory)),
      );
      const opened = all.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
      expect(opened).toHaveLength(1);
      await opened[0]?.close();
      expect(readdirSync(directory)).toEqual([]);
    }
  });

  test("is taken over although a process was killed while it did so", async () => {
    const directory = lockedBy({ ...HERE, processId: processThatEnded() });
    const removing = join(directory, ".lock.removing.tmp");
    writeFileSync(removing, "");
    await expect(CheckpointDirectory.open("test", directory)).rejects.toMatchObject({ code: "EBUSY" });
    utimesSync(removing, 1, 1);
    await open(directory);
    expect(readdirSync(directory)).toEqual(["lock"]);
  });

  test("is refreshed, and noticed when it is another's or gone", async () => {
    const path = scratch();
    const directory = await open(path);
    const lock = join(path, "lock");
    const text = readFileSync(lock, "utf8");
    utimesSync(lock, 1, 1);
    await directory.refresh("test");
    expect(Date.now() - statSync(lock).mtimeMs).toBeLessThan(10_000);
    expect(readFileSync(lock, "utf8")).toBe(text);
    expect(readdirSync(path)).toEqual(["lock"]);

    const write = (): Promise<void> => directory.write("test", 1, { state: STATE, description: "{}" }, new Set([1]));
    writeFileSync(lock, JSON.stringify(ELSEWHERE));
    for (const act of [() => directory.refresh("test"), write]) {
      await expect(act()).rejects.toThrow(`must be written by one process; got process ${process.pid} on "elsewhere"`);
    }
    rmSync(lock);
    await expect(write()).rejects.toThrow(`"${path}" and the file "lock" in it must stay during the training`);
    expect(readdirSync(path)).toEqual([]);
  });

  test("is not lost because a disk is full when it is refreshed", async () => {
    const path = scratch();
    const directory = await open(path);
    replaceFiles("create", () => () => Promise.reject(hostError("ENOSPC: no space left on device")));
    await directory.refresh("test");
    expect(readdirSync(path)).toEqual(["lock"]);
  });

  test.each([[true], [false]])("leaves nothing when it cannot be written (hard links: %s)", async (hasLinks) => {
    const path = scratch();
    if (!hasLinks) noHardLinks();
    let creations = 0;
    const restore = replaceFiles("create", (files) => async (file, mode) => {
      const opened = await files.create(file, mode);
      const fails = ++creations === (hasLinks ? 1 : 2);
      return fails ? { ...opened, write: () => Promise.reject(hostError("ENOSPC: no space left on device")) } : opened;
    });
    await expect(CheckpointDirectory.open("test", path)).rejects.toMatchObject({ name: "FileError", code: "ENOSPC" });
    restore();
    expect(readdirSync(path)).toEqual([]);
  });
});

describe("a checkpoint file", () => {
  async function written(): Promise<string> {
    const path = scratch();
    const directory = await open(path);
    await directory.write("test", 7, { state: STATE, description: '{"best":null}' }, new Set([7]));
    return directory.fileAt(7);
  }

  test("has the SHA-256 of its bytes, in which the digits are zeros", async () => {
    const bytes = readFileSync(await written());
    const text = bytes.toString("latin1");
    const [, sum = ""] = /"sha256":"([0-9a-f]{64})"/.exec(text) ?? [];
    const zeroed = Buffer.from(text.replace(sum, "0".repeat(64)), "latin1");
    expect(createHash("sha256").update(zeroed).digest("hex")).toBe(sum);
  });

  test("is a safetensors file", async () => {
    const record = await readSafetensors(await written());
    expect(Object.keys(record)).toEqual(["weight"]);
    expect([...(record["weight"]?.data ?? [])]).toEqual([1, NaN]);
  });

  test("is read as it was written", async () => {
    const path = scratch();
    const directory = await open(path);
    await directory.write("test", 7, { state: STATE, description: '{"best":null}' }, new Set([7]));
    expect(await directory.read("test", 7)).toEqual({ state: STATE, description: '{"best":null}' });
    expect(await directory.describe("test", 7)).toBe('{"best":null}');
    await expect(directory.read("test", 8)).rejects.toMatchObject({ name: "FileError", code: "ENOENT" });
  });

  test("of no checkpoint's format is damaged, by the name of its path", async () => {
    const path = scratch();
    const directory = await open(path);
    const file = directory.fileAt(1);
    for (const header of ["{}", '{"__metadata__":{"lanegrad":"{}","state":"{}"}}']) {
      const text = header.padEnd(Math.ceil(header.length / 8) * 8);
      writeFileSync(
        file,
        Buffer.concat([Buffer.from(BigUint64Array.of(BigInt(text.length)).buffer), Buffer.from(text)]),
      );
      await expect(directory.read("test", 1)).rejects.toThrow(
        new FormatError(`test: "${file}" must have the checksum of its bytes; got another or none`),
      );
    }
    writeFileSync(file, "abc");
    await expect(directory.read("test", 1)).rejects.toThrow(`test: in "${file}", the length of the header must be`);
  });
});

test("a directory with the name of a checkpoint is an error of the host, not a damaged checkpoint", async () => {
  const path = scratch();
  mkdirSync(join(path, "step-000000001.safetensors"));
  const directory = await open(path);
  await expect(directory.newest("test", () => 1)).rejects.toMatchObject({ name: "FileError", code: "EISDIR" });
});

describe("a state as JSON", () => {
  const tensor = (...numbers: number[]): Tensor => new Tensor([numbers.length], "float32", Float32Array.from(numbers));

  test("is the state again", () => {
    const state: StateRecord = {
      numbers: [0, -0, 1.5, NaN, Infinity, -Infinity, 2 ** 53, 5e-324, 0.1],
      texts: ["", 'é\u0000"', "tensor"],
      switches: [true, false, null],
      empty: [{}, []],
      kinds: [["tensor", "x"], ["array"], ["number", "NaN"]],
      nested: { a: { b: [{ c: tensor(1, -0, NaN) }] }, "a/b": tensor(2), a2: { "": tensor(3) } },
      "nested/a": { "b/0/c": tensor(4) },
      ["__proto__x"]: 1,
    };
    const { text, tensors } = encodeState(state);
    expect(new Set(tensors.keys()).size).toBe(4);
    const decoded = decodeState("test", text, tensors);
    expect(decoded).toEqual(state);
    expect(Object.is((decoded["numbers"] as number[])[1], -0)).toBe(true);
  });

  test("keeps a name that is __proto__ as a name", () => {
    const state = JSON.parse('{"a":{"__proto__":{"polluted":1}}}') as StateRecord;
    const { text, tensors } = encodeState(state);
    const decoded = decodeState("test", text, tensors);
    expect(JSON.stringify(decoded)).toBe('{"a":{"__proto__":{"polluted":1}}}');
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  test.each([
    ["{", "a state must be JSON"],
    ["3", "a state must be an object; got 3"],
    ['["array"]', "a state must be an object"],
    ['["tensor","x"]', "a state must be an object"],
    ['{"a":[]}', "arrays of a state must begin with their kind"],
    ['{"a":[1,2]}', "arrays of a state must begin with their kind"],
    ['{"a":["tensor","y"]}', "arrays of a state must begin with their kind"],
    ['{"a":["tensor",1]}', "arrays of a state must begin with their kind"],
    ['{"a":["number","7"]}', "arrays of a state must begin with their kind"],
    ['{"a":["number","toString"]}', "arrays of a state must begin with their kind"],
    ['{"a":["number"]}', "arrays of a state must begin with their kind"],
    [`{"a":${'{"a":'.repeat(70)}1${"}".repeat(70)}}`, "a state must have at most 64 levels; got more"],
    [`{"a":${'["array",'.repeat(4000)}1${"]".repeat(4000)}}`, "a state must have at most 64 levels; got more"],
  ])("refuses %.40s", (text, message) => {
    const read = (): unknown => decodeState("test", text, new Map([["x", tensor(1)]]));
    expect(read).toThrow(FormatError);
    expect(read).toThrow(`test: ${message}`);
  });
});
