/**
 * The smallest case of each operator in the test data of ONNX 1.12, https://github.com/onnx/onnx, of the ONNX Project
 * Contributors under the Apache License 2.0; `npm run onnx-cases` runs all and writes this sample.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runCase } from "../../scripts/onnx/case.ts";
import { type EncodedCase, decodeCase } from "../../scripts/onnx/sample.ts";
import { OPERATORS } from "../../src/onnx/import/operators/index.ts";

const cases: readonly EncodedCase[] = JSON.parse(readFileSync(new URL("fixtures/cases.json", import.meta.url), "utf8"));

/** Operators of later opsets than those of the test data, which it does not have. */
const LATER = ["Mish", "Gelu", "GroupNormalization", "LpNormalization"];

const seen = new Set<string>();

test.each(cases)("$name", async (each) => {
  const { problem, operators } = await runCase(decodeCase(each));
  expect(problem).toBeUndefined();
  for (const name of operators) seen.add(name);
});

test("every operator has a case", () => {
  expect(Object.keys(OPERATORS).filter((name) => !seen.has(name))).toEqual(LATER);
});
