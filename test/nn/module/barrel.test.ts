import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { nn } from "../../../src/index.ts";
import { Convolution } from "../../../src/nn/convolution.ts";
import { Pool } from "../../../src/nn/pooling.ts";
import { Recurrent } from "../../../src/nn/recurrent/base.ts";

const SRC = join(import.meta.dirname, "../../../src");

const pathsIn = (barrel: string): string[] =>
  [...readFileSync(join(SRC, barrel), "utf8").matchAll(/from "([^"]+)"/g)].map(([, path = ""]) => path);

test.each([
  ["nn/index.ts", 10],
  ["nn/layers.ts", 25],
  ["ops/index.ts", 30],
])("%s names each of more than %i files once, sorted by path", (barrel, least) => {
  const paths = pathsIn(barrel);
  expect(paths.length).toBeGreaterThan(least);
  expect(paths).toEqual([...new Set(paths)].toSorted());
});

test("nn exports every class of modules that a file of src/nn exports, but those that users do not name", async () => {
  const files = readdirSync(join(SRC, "nn"), { recursive: true, encoding: "utf8" });
  const isModule = (value: unknown): boolean => value === nn.Module || Object(value).prototype instanceof nn.Module;
  const classes = new Set<unknown>();
  for (const file of files.filter((name) => name.endsWith(".ts"))) {
    const exported: object = await import(join(SRC, "nn", file));
    for (const value of Object.values(exported)) if (isModule(value)) classes.add(value);
  }
  const known = new Set<unknown>([...Object.values(nn), Convolution, Pool, Recurrent]);
  expect([...classes].filter((each) => !known.has(each))).toEqual([]);
  expect(classes.size).toBeGreaterThan(40);
});
