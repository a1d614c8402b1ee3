import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as contract from "#kernels/contract";
import { AdaptiveFrame, AdaptiveHyper, LINE, roomForScatter } from "#kernels/contract";
import { contractOf } from "../../scripts/contract.ts";

const FOLDER = "assembly/contract";

test("build/kernels/contract.js is what the contract says", async () => {
  const { code, types } = await contractOf(FOLDER);
  expect(readFileSync("build/kernels/contract.js", "utf8")).toBe(code);
  expect(readFileSync("build/kernels/contract.d.ts", "utf8")).toBe(types);
});

describe("a changed contract", () => {
  let copy = "";
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), "changed-"));
    cpSync(FOLDER, copy, { recursive: true });
  });
  afterEach(() => rmSync(copy, { recursive: true }));

  const change = (file: string, from: string | RegExp, to: string): void => {
    const before = readFileSync(join(copy, file), "utf8");
    const after = before.replace(from, to);
    expect(after, `${file} has ${from}`).not.toBe(before);
    writeFileSync(join(copy, file), after);
  };

  test("gives a doubled constant to TypeScript, and to what follows from it", async () => {
    change("workers.ts", "LINE: i32 = 16", "LINE: i32 = 32");
    const { code, types } = await contractOf(copy);
    expect(code).toContain("const LINE = 32;");
    expect(code).toContain("const GATE_WORDS = 96;");
    expect(types).toContain("const LINE = 32;");
  });

  test("gives the new places of fields that changed places", async () => {
    change("optimizer.ts", /beta1: f32;\n  beta2: f32;/, "beta2: f32;\n  beta1: f32;");
    expect((await contractOf(copy)).code).toContain(
      'const AdamHyper = {"stepSize":0,"correction":1,"beta2":2,"beta1":3,',
    );
  });

  test("gives a changed formula to TypeScript", async () => {
    change("sums.ts", "2 * sums", "4 * sums");
    expect((await contractOf(copy)).code).toContain("? 4 * sums : 0");
  });

  test.each([
    ["a constant", "workers.ts", "= 16", "= 33 / 2"],
    ["a formula", "sums.ts", "2 * sums", "sums / 2"],
    ["a field that has not four bytes", "random.ts", "seedLow: u32", "seedLow: u64"],
  ])("is refused where kernels would read %s otherwise", async (_, file, from, to) => {
    change(file, from, to);
    await expect(contractOf(copy)).rejects.toThrow("must be one number in both languages");
  });
});

test("roomForScatter has room for what any number of workers keeps for itself", () => {
  for (const tableRows of [0, 1, 7, 64, 1000, 100_000]) {
    for (let workers = 1; workers <= 64; workers++) {
      const share = Math.ceil(tableRows / workers);
      const own = workers * (share + Math.ceil(share / 4) + LINE);
      expect(roomForScatter(tableRows, 1, 0, workers)).toBeGreaterThanOrEqual(own);
    }
  }
});

test("numbers of adaptive optimizers lie within what their kernels read", () => {
  const adaptive = Object.entries(contract).filter(([name]) =>
    /^(Rmsprop|Ada(grad|delta|max)|NAdam|Lion)Hyper$/.test(name),
  );
  expect(adaptive.map(([name]) => name)).toHaveLength(6);
  for (const [name, hyper] of adaptive) {
    expect(hyper, name).toMatchObject(AdaptiveHyper);
    expect(Object.keys(hyper).length, name).toBeLessThanOrEqual(Object.keys(AdaptiveFrame).length);
  }
});
