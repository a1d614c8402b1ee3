import { describe, expect, test } from "vitest";
import { call } from "../../src/graph/call.ts";
import { Operand } from "../../src/graph/operand.ts";
import { predicated, traced } from "../../src/graph/scope.ts";
import type { BoundCall } from "../../src/runtime/protocol.ts";
import { type PlacedStep, scheduleCalls } from "../../src/runtime/schedule.ts";

/** `k` for a call, | for a barrier, `(4096 ...)` for the branch on the condition at that address. */
function print(schedule: readonly BoundCall[]): string {
  const one = (each: BoundCall): string => {
    if (each === "barrier") return "|";
    if ("kernel" in each) return "k";
    return `(${"condition" in each ? each.condition : "guarded"} ${print(each.calls)})`;
  };
  return schedule.map(one).join(" ");
}

/** An operation on 16 floats, and the addresses of its result and inputs in bytes. */
interface Step {
  readonly out: number;
  readonly inputs?: readonly number[];
  readonly size?: number;
  readonly elementwise?: boolean;
  readonly calls?: number;
  /** The address of its condition. */
  readonly condition?: number;
}

function scheduled(steps: readonly Step[]): string {
  const addresses = new Map<Operand, number>();
  const operand = (address: number, size: number, inputs: readonly Operand[] = [], elementwise = false): Operand => {
    const made = new Operand("operation", [size], inputs, { calls: () => [], elementwise });
    addresses.set(made, address);
    return made;
  };
  const placed = traced(new Map(), () => {
    const conditions = new Map(steps.map(({ condition = 0 }) => [condition, operand(condition, 1)]));
    return steps.map(({ out, inputs = [], size = 16, elementwise = true, calls = 1, condition }): PlacedStep => {
      const asked = condition === undefined ? undefined : conditions.get(condition);
      const read = inputs.map((address) => operand(address, size));
      const made = predicated(asked, () => operand(out, size, read, elementwise));
      return { operand: made, calls: Array.from({ length: calls }, () => call("fill", made, 0, size)) };
    });
  });
  return print(scheduleCalls(placed, (each) => addresses.get(each) ?? NaN));
}

describe("barriers", () => {
  const cases: readonly (readonly [name: string, steps: readonly Step[], schedule: string])[] = [
    [
      "none where threads read what they wrote",
      [{ out: 0 }, { inputs: [0], out: 64 }, { inputs: [64], out: 0 }],
      "k k k |",
    ],
    [
      "none where memory only adjoins",
      [
        { inputs: [64], out: 128 },
        { inputs: [0], out: 192 },
      ],
      "k k |",
    ],
    ["where sizes differ", [{ out: 0 }, { out: 64, size: 8 }], "k | k |"],
    [
      "where neither is elementwise",
      [
        { out: 0, elementwise: false },
        { out: 64, elementwise: false },
      ],
      "k | k |",
    ],
    [
      "where the first is not elementwise",
      [
        { out: 0, elementwise: false },
        { inputs: [0], out: 64 },
      ],
      "k | k |",
    ],
    ["where the second is not elementwise", [{ out: 0 }, { inputs: [0], out: 64, elementwise: false }], "k | k |"],
    ["where it reads what begins within a result", [{ out: 0 }, { inputs: [60], out: 256 }], "k | k |"],
    ["where it reads what ends within a result", [{ out: 60 }, { inputs: [0], out: 256 }], "k | k |"],
    ["where one of two inputs overlaps", [{ out: 0 }, { inputs: [0, 16], out: 256 }], "k | k |"],
    ["where it writes what others still read", [{ inputs: [0], out: 256 }, { out: 16 }], "k | k |"],
    ["where it overlaps one that joined before", [{ out: 0 }, { out: 64 }, { inputs: [16], out: 256 }], "k k | k |"],
    ["where it overlaps the first of a run", [{ out: 0 }, { out: 256 }, { inputs: [16], out: 512 }], "k k | k |"],
    [
      "once for what lies before it",
      [{ out: 0 }, { inputs: [16], out: 256 }, { inputs: [8], out: 512 }],
      "k | k | k |",
    ],
    ["none for what lies before one", [{ out: 0, size: 8 }, { out: 256 }, { inputs: [16], out: 512 }], "k | k k |"],
    ["between the calls of one operation", [{ out: 0 }, { out: 64, calls: 2 }, { out: 128 }], "k k | k k |"],
    ["none within nothing", [], "|"],
  ];
  test.each(cases)("%s", (_, steps, schedule) => expect(scheduled(steps)).toBe(schedule));
});

describe("branches", () => {
  const cases: readonly (readonly [name: string, steps: readonly Step[], schedule: string])[] = [
    [
      "one of several calls",
      [{ out: 0 }, { out: 64, calls: 2, condition: 4096 }, { out: 0 }],
      "k | (4096 k | k) | k |",
    ],
    [
      "one after another",
      [
        { out: 0, condition: 4096 },
        { out: 64, condition: 8192 },
      ],
      "(4096 k) | (8192 k) |",
    ],
    [
      "the same twice",
      [
        { out: 0, condition: 4096 },
        { inputs: [16], out: 128, condition: 4096 },
      ],
      "(4096 k | k) |",
    ],
    [
      "elementwise in the same",
      [
        { out: 0, condition: 4096 },
        { inputs: [0], out: 64, condition: 4096 },
      ],
      "(4096 k k) |",
    ],
    ["elementwise into one", [{ out: 0 }, { inputs: [0], out: 64, condition: 4096 }], "k | (4096 k) |"],
    [
      "elementwise out of one",
      [
        { out: 0, condition: 4096 },
        { inputs: [0], out: 64 },
      ],
      "(4096 k) | k |",
    ],
  ];
  test.each(cases)("%s", (_, steps, schedule) => expect(scheduled(steps)).toBe(schedule));
});
