import { expect, test } from "vitest";
import { run } from "../../examples/gates.ts";

const TRUTH = { AND: [0, 0, 0, 1], NAND: [1, 1, 1, 0], OR: [0, 1, 1, 1], XOR: [0, 1, 1, 0] };
const { byHand, learned } = run();

test("perceptrons with weights set by hand are gates, and three of them are XOR", () => {
  expect(Object.fromEntries(byHand.map(({ name, outputs }) => [name, outputs]))).toEqual(TRUTH);
});

test.each(["AND", "NAND", "OR"] as const)("one layer learns %s from data", (name) => {
  const gate = learned.find((each) => each.name === name);
  expect(gate?.outputs.map(Math.round)).toEqual(TRUTH[name]);
  expect(gate?.right).toBe(4);
  expect(gate?.loss).toBeLessThan(0.05);
});

test("one layer fails on XOR: the loss stays at ln 2, and at most 3 of 4 are right", () => {
  const xor = learned.find(({ name }) => name === "XOR");
  expect(xor?.loss).toBeCloseTo(Math.LN2, 3);
  expect(xor?.right).toBeLessThanOrEqual(3);
});
