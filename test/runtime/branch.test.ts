import { describe, expect, test } from "vitest";
import { Operand } from "../../src/graph/operand.ts";
import { executionOrder } from "../../src/graph/order.ts";
import { predicated, traced } from "../../src/graph/scope.ts";
import { affine } from "../../src/ops/elementwise/arithmetic.ts";
import { Plan } from "../../src/runtime/plan.ts";
import { scheduleCalls } from "../../src/runtime/schedule.ts";
import type { BoundCall } from "../../src/runtime/protocol.ts";
import { call } from "../../src/graph/call.ts";

const source = (name: string): Operand =>
  new Operand(name, [1], [], { calls: (out) => [call("fill", out, 1, 1)] }, name === "x" ? "float32" : "int32");

/** x, a in a branch, b in a branch of that, c in the first again, d outside. */
function operands(): Operand[] {
  return traced(new Map(), () => {
    const [x, outer] = [source("x"), source("outer")];
    const [a, inner] = predicated(outer, () => [affine(x, 2, 0), source("inner")]);
    const b = predicated(inner, () => affine(a, 2, 0));
    const c = predicated(outer, () => affine(b, 2, 0));
    return [x, outer, a, inner, b, c, affine(c, 2, 0)];
  });
}

/** `(1 ...)`: the branch on the condition at address 1; | where threads meet. */
function print(schedule: readonly BoundCall[]): string {
  const one = (each: BoundCall): string => {
    if (each === "barrier") return "|";
    if ("kernel" in each) return each.kernel[0] ?? "";
    return `(${"condition" in each ? each.condition : "guarded"} ${print(each.calls)})`;
  };
  return schedule.map(one).join(" ");
}

describe("branches", () => {
  test("what they read of conditions comes first, and stays until the last call that asks", () => {
    const all = operands();
    const order = executionOrder([all.at(-1) as Operand]);
    expect(order).toEqual(all);
    const plan = new Plan(order, new Set(), new Set([all.at(-1) as Operand]));
    expect([1, 3].map((i) => plan.lastUse(all[i] as Operand))).toEqual([5, 4]);
  });

  test("are runs of calls that are left out together, meetings within them too", () => {
    const all = operands();
    const steps = all.map((operand) => ({
      operand,
      calls: operand.rule.calls(operand, { workspace: operand, panelWidth: 8, aliases: () => false }),
    }));
    expect(print(scheduleCalls(steps, (operand) => all.indexOf(operand)))).toBe("f | f | (1 a | f | (3 a) | a) | a |");
  });
});
