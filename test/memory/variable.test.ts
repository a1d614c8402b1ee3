import { describe, expect, test } from "vitest";
import { RngState } from "../../src/memory/rng-state.ts";
import { Variable } from "../../src/memory/variable.ts";

describe("variables", () => {
  test("adjoin where one begins at the end of the other, in one block", () => {
    const [a, b, c] = [new Variable("a", [4]), new Variable("b", [8]), new Variable("c", [4])];
    const [d, e] = [new Variable("d", [4]), new Variable("e", [8])];
    expect(a.adjoins(b)).toBe(false);
    Variable.gather([a, b, c]);
    Variable.gather([d, e]);
    expect([a.adjoins(b), b.adjoins(c), d.adjoins(e)]).toEqual([true, true, true]);
    expect([a.adjoins(c), b.adjoins(a), a.adjoins(a), a.adjoins(e), d.adjoins(b)]).toEqual(
      Array.from({ length: 5 }, () => false),
    );
  });

  test("gathered keep their numbers and their order, and stay where they are", () => {
    const [a, b, c] = [new Variable("a", [4]), new Variable("b", [8]), new Variable("c", [4])];
    const made = [a, b, c];
    made.forEach((variable, i) => variable.write().fill(i + 1));
    Variable.gather([a, b]);
    const addresses = [a.address, b.address];
    Variable.gather([c, b, a, c]);
    expect([a.address, b.address]).toEqual(addresses);
    expect(made.map((variable) => [...variable.read()])).toEqual(
      made.map(({ size }, i) => Array.from({ length: size }, () => i + 1)),
    );
    expect([...a.extended("both", 12).read()]).toEqual([...a.read(), ...b.read()]);
  });
});

test("an RNG state counts the runs that drew from it, to 2^32 and on from 0", () => {
  const state = new RngState(2 ** 40 + 5, 3);
  expect([...state.read()]).toEqual([5, 256, 3, 0]);
  for (let i = 0; i < 3; i++) state.advance();
  expect(state.step).toBe(3);
  state.write()[3] = -1;
  expect(state.step).toBe(2 ** 32 - 1);
  state.advance();
  expect(state.step).toBe(0);
});
