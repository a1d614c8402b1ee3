import type { Operand } from "../graph/operand.ts";
import type { Call } from "../graph/call.ts";
import type { BoundCall } from "./protocol.ts";
import { conditionsOf } from "../graph/order.ts";

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

/** A call, and the addresses of the conditions that must hold for it, that of the widest first. */
interface Entry {
  readonly call: BoundCall;
  readonly conditions: readonly number[];
}

/**
 * The calls with their addresses, and the places where threads must meet: between any two calls, except where both
 * share the same elements in the same way, so that a thread reads only what it wrote itself.
 */
export function scheduleCalls(steps: readonly PlacedStep[], address: (operand: Operand) => number): BoundCall[] {
  const schedule: Entry[] = [];
  let touched: Stretch[] = [];
  let shared: number | undefined;
  let before: readonly number[] = [];
  for (const { operand, calls } of steps) {
    const elements = operand.rule.elementwise ? operand.size : undefined;
    const own = [operand, ...operand.inputs].map((each) => stretchOf(each, address(each)));
    const conditions = conditionsOf(operand).map(address);
    // What threads meet for lies inside of a branch only if what comes before does.
    const common = conditions.filter((condition, i) => condition === before[i]);
    const joins =
      elements !== undefined &&
      elements === shared &&
      conditions.length === before.length &&
      common.length === before.length &&
      own.every((each) => touched.every((other) => apartOrEqual(each, other)));
    if (!joins) touched = [];
    touched.push(...own);
    shared = elements;
    before = conditions;
    calls.forEach((call, i) => {
      if (schedule.length > 0 && !(joins && i === 0)) {
        schedule.push({ call: "barrier", conditions: i === 0 ? common : conditions });
      }
      const values = call.arguments.map((argument) => (typeof argument === "number" ? argument : address(argument)));
      schedule.push({ call: { kernel: call.kernel, values }, conditions });
    });
  }
  return [...nested(schedule), "barrier"];
}

/** Calls in a row that have a condition in common, from the one at `depth` on, as one branch. */
function nested(entries: readonly Entry[], depth = 0): BoundCall[] {
  const calls: BoundCall[] = [];
  for (let i = 0; i < entries.length;) {
    const start = i++;
    const condition = entries[start]?.conditions[depth];
    if (condition === undefined) {
      calls.push(...entries.slice(start, i).map(({ call }) => call));
      continue;
    }
    while (i < entries.length && entries[i]?.conditions[depth] === condition) i++;
    calls.push({ condition, calls: nested(entries.slice(start, i), depth + 1) });
  }
  return calls;
}

function stretchOf(operand: Operand, start: number): Stretch {
  return { start, end: start + operand.size * 4 };
}

/** Whether no element of one lies where another thread's element of the other may. */
function apartOrEqual(a: Stretch, b: Stretch): boolean {
  return a.end <= b.start || b.end <= a.start || a.start === b.start;
}
