import { afterEach, describe, expect, test, vi } from "vitest";
import { call } from "../../src/graph/call.ts";
import { Input, Operand } from "../../src/graph/operand.ts";
import { tensor } from "../../src/index.ts";
import { Variable } from "../../src/memory/variable.ts";
import { affine } from "../../src/ops/elementwise/arithmetic.ts";
import { Program } from "../../src/runtime/program.ts";
import { Runner } from "../../src/runtime/runner.ts";
import { WorkerLostError } from "../../src/runtime/worker-pool.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** A program that doubles its input, and adds 1 to `count` as its effect. */
function counting(): { program: Program; count: Variable; effectsFrom: number } {
  const input = new Input([3], "float32");
  const count = new Variable("count", [1]);
  count.write().fill(0);
  const update = new Operand("update", [0], [count], { calls: () => [call("affine", count, count, 1, 1, 1)] });
  const program = new Program([input], [affine(input, 2, 0)], [update]);
  program.run([tensor([0, 0, 0])]);
  return { program, count, effectsFrom: program.validBinding?.effectsFrom ?? NaN };
}

function loseAt(at: number): void {
  vi.spyOn(Runner.prototype, "run").mockImplementationOnce(() => {
    throw new WorkerLostError(at);
  });
}

describe("a run that loses a worker", () => {
  test("is repeated alone where nothing was changed yet", () => {
    const { program, count, effectsFrom } = counting();
    for (const at of [0, effectsFrom - 1]) {
      loseAt(at);
      const before = count.read()[0] ?? NaN;
      expect([...(program.run([tensor([1, 2, 3])])[0]?.data ?? [])]).toEqual([2, 4, 6]);
      expect(count.read()[0]).toBe(before + 1);
    }
  });

  test("is an error that says what is left where variables were being changed", () => {
    const { program, effectsFrom } = counting();
    for (const at of [effectsFrom, effectsFrom + 1]) {
      loseAt(at);
      expect(() => program.run([tensor([1, 2, 3])])).toThrow(
        "got no sign of one; parameters are half updated, so load a state that was saved",
      );
    }
  });

  test("is not repeated after another error", () => {
    const { program, count } = counting();
    vi.spyOn(Runner.prototype, "run").mockImplementationOnce(() => {
      throw new RangeError("another");
    });
    expect(() => program.run([tensor([1, 2, 3])])).toThrow(/^another$/);
    expect(count.read()[0]).toBe(1);
  });
});
