import type { Operand } from "../graph/operand.ts";
import type { Call } from "../graph/call.ts";
import type { BoundCall } from "./protocol.ts";
import { conditionsOf } from "../graph/order.ts";

/** An operation with its kernel calls, whose arguments are operands. */
export interface PlacedStep {
  readonly operand: Operand;
  readonly calls: readonly Call[];
}

/** Bytes from `start` to `end`. */
interface AddressRange {
  readonly start: number;
  readonly end: number;
}

/** A call, and the addresses of the conditions under which it runs, the outermost first. */
interface Entry {
  readonly call: BoundCall;
  readonly conditions: readonly number[];
}

/**
 * The calls with their addresses, and barriers between them. Two calls need no barrier where both share the same elements
 * among threads in the same way, so that a thread reads only what it wrote itself.
 */
export function scheduleCalls(steps: readonly PlacedStep[], address: (operand: Operand) => number): BoundCall[] {
  const schedule: Entry[] = [];
  let touched: AddressRange[] = [];
  let shared: number | undefined;
  let before: readonly number[] = [];
  for (const { operand, calls } of steps) {
    const elements = operand.rule.elementwise ? operand.size : undefined;
    const ranges = [operand, ...operand.inputs].map((each) => rangeOf(each, address(each)));
    const conditions = conditionsOf(operand).map(address);
    // A barrier is inside a branch only if the call before it is inside too.
    const common = conditions.filter((condition, i) => condition === before[i]);
    const joins =
      elements !== undefined &&
      elements === shared &&
      conditions.length === before.length &&
      common.length === before.length &&
      ranges.every((each) => touched.every((other) => apartOrEqual(each, other)));
    if (!joins) touched = [];
    touched.push(...ranges);
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

/** Nests adjoining calls under their common condition at `depth`, and so on for deeper ones. */
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

function rangeOf(operand: Operand, start: number): AddressRange {
  return { start, end: start + operand.size * 4 };
}

/** Whether no thread's elements of one range overlap another thread's elements of the other. */
function apartOrEqual(a: AddressRange, b: AddressRange): boolean {
  return a.end <= b.start || b.end <= a.start || a.start === b.start;
}
