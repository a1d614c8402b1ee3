import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { type Exported, type Host, exportWasm, writeWasm } from "../../src/export/index.ts";
import { FileError, nn } from "../../src/index.ts";

const directory = mkdtempSync(join(tmpdir(), "lanegrad-write-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const exported = exportWasm(nn.linear(3, 2), [1, 3]);
const folder = (): string => mkdtempSync(join(directory, "files-"));
const read = (...names: readonly string[]): string => readFileSync(join(...names), "utf8");

test("writes the file with a module for Node and its types", async () => {
  const path = folder();
  await writeWasm(join(path, "digits.wasm"), exported);
  expect(readdirSync(path).toSorted()).toEqual(["digits.d.mts", "digits.mjs", "digits.wasm"]);
  expect(readFileSync(join(path, "digits.wasm")).equals(exported.wasm)).toBe(true);
  expect(read(path, "digits.mjs")).toBe(exported.module("node", "digits.wasm"));
  expect(read(path, "digits.d.mts")).toBe(exported.types);
});

test("writes modules for several hosts, to a file: URL too", async () => {
  const path = folder();
  const hosts = ["node", "browser", "workerd", "edge", "deno", "bun", "inline"] as const;
  await writeWasm(pathToFileURL(join(path, "a b.wasm")), exported, { hosts });
  const endings = (host: string): string[] => (host === "node" ? ["mjs", "d.mts"] : ["js", "d.ts"]);
  const modules = hosts.flatMap((host) => endings(host).map((ending) => `a b.${host}.${ending}`));
  expect(readdirSync(path).toSorted()).toEqual([...modules, "a b.wasm"].toSorted());
  for (const host of hosts) {
    const [module = "", types = ""] = endings(host);
    expect(read(path, `a b.${host}.${module}`)).toBe(exported.module(host, "a b.wasm"));
    expect(read(path, `a b.${host}.${types}`)).toBe(exported.types);
  }
});

describe("refuses", () => {
  const path = folder();
  test.each<readonly [name: string, write: () => Promise<void>, message: RegExp]>([
    ["other names", () => writeWasm(join(path, "digits.js"), exported), /^writeWasm: the name .* must end in "\.wasm"/],
    ["only an ending", () => writeWasm(join(path, ".wasm"), exported), /^writeWasm: the name .* got "\.wasm"$/],
    ["names that end a URL", () => writeWasm(join(path, "a#b.wasm"), exported), /none of .*; got "a#b\.wasm"$/],
    ["what is no path", () => writeWasm(3 as unknown as string, exported), /^writeWasm: the file must be a path/],
    [
      "what was not exported",
      () => writeWasm(join(path, "a.wasm"), { wasm: exported.wasm } as Exported),
      /^writeWasm: what is written must be the result of exportWasm; got/,
    ],
    [
      "other hosts",
      () => writeWasm(join(path, "a.wasm"), exported, { hosts: ["ie" as Host] }),
      /^writeWasm: the host must be "node", .*; got "ie"$/,
    ],
    [
      "no hosts",
      () => writeWasm(join(path, "a.wasm"), exported, { hosts: [] }),
      /^writeWasm: hosts must be one or more/,
    ],
    [
      "a host twice",
      () => writeWasm(join(path, "a.wasm"), exported, { hosts: ["node", "node"] }),
      /^writeWasm: hosts must be one or more names, each once; got/,
    ],
    [
      "hosts without an array",
      () => writeWasm(join(path, "a.wasm"), exported, { hosts: "node" as never }),
      /^writeWasm: hosts must be an array; got "node"$/,
    ],
    [
      "other options",
      () => writeWasm(join(path, "a.wasm"), exported, { host: "node" } as object),
      /^writeWasm: options must be hosts; got host$/,
    ],
  ])("%s", async (_, write, message) => {
    await expect(write()).rejects.toThrow(message);
    expect(readdirSync(path)).toEqual([]);
  });

  test("a directory that is missing, with the system's code", async () => {
    const error: unknown = await writeWasm(join(path, "none", "a.wasm"), exported).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FileError);
    expect(error).toMatchObject({ code: "ENOENT" });
  });

  test("hosts and names of files that module does not know", () => {
    expect(() => exported.module("ie" as Host)).toThrow(/^module: the host must be "node", .*; got "ie"$/);
    expect(() => exported.module("node", "../a.wasm")).toThrow(
      /^module: the name of the file must .*; got "\.\.\/a\.wasm"$/,
    );
  });
});
