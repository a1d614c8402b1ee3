import { describe, expect, test } from "vitest";
import { call } from "../../src/graph/call.ts";
import { Input, Operand, type Rule } from "../../src/graph/operand.ts";
import { predicated, traced } from "../../src/graph/scope.ts";
import { RngState } from "../../src/memory/rng-state.ts";
import { Variable } from "../../src/memory/variable.ts";
import { floatsAt, integersAt } from "../../src/memory/memory.ts";
import { add, affine, multiply } from "../../src/ops/elementwise/arithmetic.ts";
import { slice } from "../../src/ops/shape/slice.ts";
import { reshape } from "../../src/ops/shape/view.ts";
import { type NonFinite } from "../../src/runtime/find-non-finite.ts";
import { Program } from "../../src/runtime/program.ts";

/** Four numbers, all of them `value`. */
function filled(name: string, value: number, inputs: readonly Operand[], rule: Partial<Rule> = {}): Operand {
  return new Operand(name, [4], inputs, { calls: (out) => [call("fill", out, value, 4)], ...rule });
}

/** What is found for `out`, where the numbers of each input are given. */
function find(inputs: readonly Input[], out: Operand, numbers: readonly (readonly number[])[]): NonFinite | undefined {
  return new Program(inputs, [out]).findNonFinite(out, (addresses) => {
    addresses.forEach((address, i) => floatsAt(address, 4).set(numbers[i] ?? []));
  });
}

const input = (name: string): Input => new Input([4], "float32", name);

describe("the first number that is not finite", () => {
  test("is none where the result is finite", () => {
    const [x, unused] = [input("x"), input("unused")];
    expect(find([x, unused], affine(x, 2, 0), [[1, 2, 3, 4], [NaN]])).toBeUndefined();
  });

  test("is that of the operation whose inputs are finite, though its memory is overwritten later", () => {
    const x = input("x");
    const overflow = multiply(x, x);
    const out = affine(affine(affine(overflow, 1, 1), 2, 0), 0, 0);
    expect(find([x], out, [[1, 1e30, 1, 1]])).toEqual({ operand: overflow, index: 1, value: Infinity });
  });

  test("is that of an input or a variable, through views of it", () => {
    const x = input("x");
    const view = reshape(slice(x, 0, 2, 4), [2, 1]);
    expect(find([x], affine(view, 1, 0), [[1, 2, 3, NaN]])).toEqual({ operand: x, index: 3, value: NaN });
    const mean = new Variable("mean", [4]);
    mean.write()[2] = -Infinity;
    expect(find([x], add(x, mean), [[1, 2, 3, 4]])).toEqual({ operand: mean, index: 2, value: -Infinity });
    // A cached constant: it depends on a variable alone.
    expect(find([x], add(x, affine(mean, 2, 0)), [[1, 2, 3, 4]])).toEqual({
      operand: mean,
      index: 2,
      value: -Infinity,
    });
  });

  test("is NaN rather than infinite", () => {
    const [x, y] = [input("x"), input("y")];
    expect(find([x, y], add(x, y), [[Infinity], [0, 0, NaN, 0]])).toEqual({ operand: y, index: 2, value: NaN });
  });

  test("is no constant that is infinite, and nothing in a layout that its readers alone know", () => {
    const x = input("x");
    const masked = add(filled("hidden", Infinity, [x], { opaque: true }), filled("constant", -Infinity, []));
    expect(find([x], masked, [[1, 2, 3, 4]])).toMatchObject({ operand: masked, value: NaN });
    expect(find([x], masked, [[1, 2, NaN, 4]])).toMatchObject({ operand: x, index: 2 });
  });

  test("is not in memory of an operation that was skipped", () => {
    const [x, asked] = [input("x"), new Input([1], "int32")];
    const [branch, joined] = traced(new Map(), () => {
      const skipped = predicated(asked, () => filled("branch", NaN, [x]));
      return [skipped, filled("joined", NaN, [x, skipped, asked])] as const;
    });
    const program = new Program([x, asked], [joined]);
    // The first run leaves NaN in the memory of the branch.
    const found = [1, 0].map((condition) =>
      program.findNonFinite(joined, ([ofX = 0, ofAsked = 0]) => {
        floatsAt(ofX, 4).fill(1);
        integersAt(ofAsked, 1).fill(condition);
      }),
    );
    expect(found.map((each) => each?.operand)).toEqual([branch, joined]);
  });
});

describe("a search", () => {
  test("leaves effects and RNG states alone", () => {
    const x = input("x");
    const state = new RngState(1, 2);
    const count = new Variable("count", [1]);
    const update = new Operand("update", [0], [count, state], { calls: () => [call("affine", count, count, 1, 1, 1)] });
    const out = affine(x, 1, 0);
    const program = new Program([x], [out], [update]);
    const write = ([address = 0]: readonly number[]): void => void floatsAt(address, 4).fill(NaN);
    program.executeOn(write);
    expect(program.findNonFinite(out, write)).toMatchObject({ operand: x });
    expect([count.read()[0], state.step]).toEqual([1, 1]);
    program.retreat();
    expect(state.step).toBe(0);
  });
});

describe("a guard", () => {
  test.each([
    [0, NaN, 1],
    [1, NaN, 0],
    [1, -Infinity, 0],
    [1, 3, 1],
  ])("armed %d, value %d: effects run %d times", (isArmed, value, times) => {
    const x = input("x");
    const [count, other] = [new Variable("count", [1]), new Variable("other", [1])];
    const armed = new Variable("armed", [1], "int32");
    armed.write()[0] = isArmed;
    const updates = [count, other].map(
      (each) => new Operand("update", [0], [each], { calls: () => [call("affine", each, each, 1, 1, 1)] }),
    );
    for (const effects of [updates, updates.slice(0, 1)]) {
      for (const each of [count, other]) each.write().fill(0);
      const out = affine(x, 1, 0);
      const program = new Program([x], [out], effects, undefined, { armed, value: slice(out, 0, 1, 2) });
      program.executeOn(([address = 0]) => floatsAt(address, 4).set([0, value, 0, 0]));
      expect([count.read()[0], other.read()[0]]).toEqual([times, effects.length === 2 ? times : 0]);
    }
  });
});
