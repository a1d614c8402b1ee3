import { describe, expect, test } from "vitest";
import { nearest, suggestion } from "../../src/base/nearest.ts";

describe("nearest", () => {
  const names = ["price", "prices", "size", "Size of the house", "año"];
  test.each<[string, readonly string[]]>([
    ["price", ["price", "prices"]],
    ["PRICE", ["price", "prices"]],
    ["pirce", ["price"]],
    ["prixes", ["prices", "price"]],
    ["sixe", ["size"]],
    ["ano", ["año"]],
    ["size of teh hous", ["Size of the house"]],
    ["color", []],
    ["", []],
  ])("%j may mean %j", (word, expected) => {
    expect(nearest(word, names)).toEqual(expected);
  });

  test("three at most, in order of the alphabet if they are equally near", () => {
    expect(nearest("x0", ["x4", "x2", "x1", "x3"])).toEqual(["x1", "x2", "x3"]);
  });

  test("a suggestion names them, and nothing for what is no text", () => {
    expect(suggestion("pirce", names)).toBe(' (did you mean "price"?)');
    expect(suggestion("prixes", names)).toBe(' (did you mean "prices" or "price"?)');
    expect(suggestion("color", names)).toBe("");
    expect(suggestion(7, names)).toBe("");
  });

  test("long names cost no more than short ones", () => {
    const long = "a".repeat(1e6);
    expect(nearest(long, [long, `${long}b`]).length).toBe(2);
  });
});
