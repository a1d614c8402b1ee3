import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { call } from "../../src/graph/call.ts";
import { Input, Operand, type Rule } from "../../src/graph/operand.ts";
import { predicated, traced } from "../../src/graph/scope.ts";
import { configure, tensor } from "../../src/index.ts";
import { Variable } from "../../src/memory/variable.ts";
import { Program } from "../../src/runtime/program.ts";

beforeEach(() => configure({ debug: true }));
afterEach(() => configure({ debug: false }));

const input = new Input([1], "float32");
const x = tensor([0]);

/** Four numbers, all of them `value`. */
function filled(value: number, rule: Partial<Rule> = {}, inputs: readonly Operand[] = [input]): Operand {
  return new Operand("filled", [4], inputs, { calls: (out) => [call("fill", out, value, 4)], ...rule });
}

describe("debug", () => {
  test.each([NaN, Infinity, -Infinity])("a result that holds %d is named", (value) => {
    const message = `filled [4]: every value must be finite; got ${value} at index 0`;
    expect(() => new Program([input], [filled(value)]).run([x])).toThrow(message);
    expect(() => new Program([input], [filled(1)]).run([x])).not.toThrow();
  });

  test("so is a variable, before a run and after an effect wrote it", () => {
    const variable = new Variable("mean", [4]);
    const update = new Operand("update", [0], [variable, filled(1)], {
      calls: () => [call("fill", variable, NaN, 4)],
    });
    const program = new Program([input], [], [update]);
    const message = "mean [4]: every value must be finite; got NaN at index 0";
    expect(() => program.run([x])).toThrow(message);
    expect(() => new Program([input], [filled(1, {}, [input, variable])]).run([x])).toThrow(message);
  });

  test("not so numbers in a layout that its readers alone know", () => {
    expect(() => new Program([input], [filled(NaN, { opaque: true })]).run([x])).not.toThrow();
  });

  test("nor what stands in memory for an operation that was left out", () => {
    const run = (condition: number): void => {
      const result = traced(new Map(), () => {
        const asked = new Operand("condition", [1], [input], { calls: (out) => [call("fill", out, condition, 1)] });
        return predicated(asked, () => filled(NaN));
      });
      new Program([input], [result]).run([x]);
    };
    expect(() => run(0)).not.toThrow();
    expect(() => run(1)).toThrow("filled [4]: every value must be finite");
  });
});
