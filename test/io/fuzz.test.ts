import { readFileSync, readdirSync } from "node:fs";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { FormatError } from "../../src/base/errors.ts";
import { fuzz } from "../../scripts/fuzz/fuzz.ts";
import { Fault, type Target } from "../../scripts/fuzz/target.ts";
import { targets } from "../../scripts/fuzz/targets/index.ts";
import { trained } from "../../scripts/fuzz/targets/training.ts";
import { printTree, readTree } from "../../scripts/fuzz/tree.ts";
import { judgeInTime } from "../../scripts/fuzz/verdict.ts";

// Trainings warn of damaged checkpoints.
beforeAll(() => void vi.spyOn(process, "emitWarning").mockImplementation(() => undefined));

const CORPUS = new URL("corpus/", import.meta.url);

/** Each file of the corpus once showed a fault of the reader that its folder is named after. */
const corpus = readdirSync(CORPUS).flatMap((reader) =>
  readdirSync(new URL(`${reader}/`, CORPUS)).map((file): [string, string] => [reader, file]),
);

test.each(corpus)("%s/%s", async (reader, file) => {
  const target = targets.find(({ name }) => name === reader);
  if (!target) throw new Error(`no reader has the name ${reader}`);
  await target.seeds();
  const bytes = new Uint8Array(readFileSync(new URL(`${reader}/${file}`, CORPUS)));
  expect((await judgeInTime(target, bytes)).fault).toBeUndefined();
});

test("a training goes on from a state whose kernels have no name", async () => {
  const training = await trained();
  const state = structuredClone(printTree(training.whole));
  Reflect.set(Reflect.get(Reflect.get(Object(state), "position"), "settings"), "kernels", { toString: 1 });
  await expect(training.resume(readTree(state))).resolves.toBeUndefined();
});

describe("mutated files are read or refused by a typed error", () => {
  test.each(targets.map((target): [string, Target] => [target.name, target]))("%s", async (_, target) => {
    for (const seed of await target.seeds()) expect((await judgeInTime(target, seed)).fault).toBeUndefined();
    const { findings, results, runs } = await fuzz(target, { runs: 100, seed: 1 });
    expect(findings).toEqual([]);
    expect(runs).toBe(100);
    // Neither reader nor mutation is idle.
    expect(results.get("read")).toBeGreaterThan(0);
    expect(results.size).toBeGreaterThan(1);
  });
});

describe("the harness finds", () => {
  const kept: Uint8Array[] = [];
  const faulty: readonly [string, () => number, RegExp][] = [
    [
      "errors of another kind",
      () => refuse(new Error("io: it must be; got this")),
      /^an error must be FormatError; got Error/,
    ],
    [
      "errors of the engine",
      () => "x".repeat(-1).length,
      /^an error must be FormatError; got RangeError: Invalid count/,
    ],
    [
      "errors without a form",
      () => refuse(new FormatError("no")),
      /^a message must be of this library; got FormatError: no/,
    ],
    [
      "causes of the engine",
      () => refuse(wrapped()),
      /^a cause must be an error of this library; got TypeError: Cannot/,
    ],
    [
      "long messages",
      () => refuse(new FormatError(`io: it must be; got ${"x".repeat(1e4)}`)),
      /^a message must be short/,
    ],
    ["what is no error", () => refuse("FormatError"), /^what is thrown must be an error; got "FormatError"$/],
    ["faults", () => refuse(new Fault("other numbers")), /^other numbers$/],
    ["large tensors", () => 2 ** 21, /^2097152 bytes of tensors from a file of 4$/],
    ["memory", () => kept.push(new Uint8Array(2 ** 22)), /bytes of memory for a file of 4$/],
    ["slow readers", () => waited(101), /^\d{3} ms$/],
  ];

  test.each(faulty)("%s", async (_, read, message) => {
    const target: Target = {
      name: "faulty",
      errors: ["FormatError"],
      room: 2 ** 20,
      seeds: async () => [new Uint8Array(4)],
      mutate: (_draw, [seed = new Uint8Array()]) => seed,
      read: async () => read(),
    };
    const { findings } = await fuzz(target, { runs: 1, seed: 1, longest: 100 });
    expect(findings.map(({ fault }) => fault)).toEqual([expect.stringMatching(message)]);
  });
});

test("a run follows from the seed and its number", async () => {
  const files = async (from: number, runs: number): Promise<Uint8Array[]> => {
    const [target] = targets;
    const made: Uint8Array[] = [];
    const read = async (bytes: Uint8Array): Promise<number> => made.push(bytes);
    if (target) await fuzz({ ...target, room: 2 ** 26, read }, { runs, seed: 3, from });
    return made;
  };
  const all = await files(0, 5);
  expect(await files(3, 2)).toEqual(all.slice(3));
  expect(new Set(all.map(String)).size).toBe(5);
});

function refuse(error: unknown): never {
  throw error;
}

function wrapped(): FormatError {
  try {
    return Reflect.get(Object(undefined), "a").b;
  } catch (cause) {
    return new FormatError("io: it must be; got this", { cause });
  }
}

/** Holds this thread, as a reader would. */
function waited(milliseconds: number): number {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
  return 0;
}
