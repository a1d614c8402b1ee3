import type { Operand } from "../graph/operand.ts";
import { Variable } from "../memory/variable.ts";
import type { PlacedStep } from "./schedule.ts";
import { printAmount, printTable, printWork } from "../base/print.ts";

/**
 * A table of kernel calls with the shapes and addresses of their operands: the calls of cached constants, then those of
 * each run.
 * @param addressOf bytes from the start of memory, or of the scratch area
 */
export function printCalls(
  constants: readonly PlacedStep[],
  steps: readonly PlacedStep[],
  addressOf: (operand: Operand) => number,
): string {
  const cached = new Set(constants.map(({ operand }) => operand));
  const print = (argument: Operand | number): string => {
    if (typeof argument === "number") return String(argument);
    const area = cached.has(argument) ? "cached" : "scratch";
    return `${argument instanceof Variable ? argument.operation : area}+0x${addressOf(argument).toString(16)}`;
  };
  const rows = [...constants, ...steps].flatMap(({ operand, calls }) =>
    calls.map((call, i) => [
      i === 0 ? `${operand.label}${cached.has(operand) ? " (cached)" : ""}` : "",
      `${call.kernel}(${call.arguments.map(print).join(", ")})`,
      i === 0 ? operand.layer : "",
    ]),
  );
  return printTable(["operation", "kernel call", "layer"], rows);
}

/** The costs of a run. */
interface Costs {
  readonly flops: number;
  readonly skipped: number;
  /** Bytes of cached constants. */
  readonly cachedBytes: number;
  /** Bytes of scratch memory, and how many bytes the results would take without sharing. */
  readonly plan: { readonly bytes: number; readonly unshared: number };
}

/** `31 calls, 0.92 GFLOP, 5.1 MB of scratch memory (9.8 MB if results did not share it), 4.8 MB cached` */
export function printCosts(costs: Costs, steps: readonly PlacedStep[]): string {
  const calls = steps.reduce((sum, step) => sum + step.calls.length, 0);
  const { plan, cachedBytes } = costs;
  const bytes = `${printAmount(plan.bytes, "B")} of scratch memory`;
  const cached = cachedBytes > 0 ? `, ${printAmount(cachedBytes, "B")} cached` : "";
  return `${calls} calls, ${printWork(costs)}, ${bytes} (${printAmount(plan.unshared, "B")} if results did not share it)${cached}`;
}
