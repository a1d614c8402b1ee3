import type { Operand } from "../graph/operand.ts";
import type { Call } from "./call.ts";
import type { BoundCall } from "./crew.ts";

/** An operation with its calls, and where its operands lie. */
export interface PlacedStep {
  readonly operand: Operand;
  readonly calls: readonly Call[];
}

/** Bytes from `start` to `end`. */
interface Stretch {
  readonly start: number;
  readonly end: number;
}

/**
 * The calls with their addresses, and the places where threads must meet: between any two calls, except where both
 * share the same elements in the same way, so that a thread reads only what it wrote itself.
 */
export function scheduleCalls(steps: readonly PlacedStep[], address: (operand: Operand) => number): BoundCall[] {
  const schedule: BoundCall[] = [];
  let touched: Stretch[] = [];
  let shared: number | undefined;
  for (const { operand, calls } of steps) {
    const elements = operand.rule.elementwise ? operand.size : undefined;
    const own = [operand, ...operand.inputs].map((each) => stretchOf(each, address(each)));
    const joins =
      elements !== undefined &&
      elements === shared &&
      own.every((each) => touched.every((other) => apartOrEqual(each, other)));
    if (!joins) touched = [];
    touched.push(...own);
    shared = elements;
    calls.forEach((call, i) => {
      if (schedule.length > 0 && !(joins && i === 0)) schedule.push("barrier");
      const values = call.arguments.map((argument) => (typeof argument === "number" ? argument : address(argument)));
      schedule.push({ kernel: call.kernel, values });
    });
  }
  return [...schedule, "barrier"];
}

function stretchOf(operand: Operand, start: number): Stretch {
  return { start, end: start + operand.size * 4 };
}

/** Whether no element of one lies where another thread's element of the other may. */
function apartOrEqual(a: Stretch, b: Stretch): boolean {
  return a.end <= b.start || b.end <= a.start || a.start === b.start;
}
