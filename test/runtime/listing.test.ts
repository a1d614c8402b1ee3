import { afterEach, describe, expect, test, vi } from "vitest";
import { call } from "../../src/graph/call.ts";
import { Input, Operand } from "../../src/graph/operand.ts";
import { within, traced } from "../../src/graph/scope.ts";
import { Variable } from "../../src/memory/variable.ts";
import { printCalls, printCosts } from "../../src/runtime/listing.ts";
import { Profile } from "../../src/runtime/profile.ts";

const input = new Input([250], "float32");
const weight = new Variable("weight", [250]);

/** An operation on 250 floats with two calls, and what it is packed from. */
const [packed, scaled] = traced(new Map(), () =>
  within('"0" (scale)', () => {
    const calls = (out: Operand) => [call("fill", out, 2, 250)];
    const constant = new Operand("pack", [250], [weight], { calls, flops: 0 });
    return [constant, new Operand("scale", [250], [input, constant], { calls, flops: 500 })];
  }),
);
const steps = [
  { operand: scaled, calls: [call("fill", scaled, 0, 250), call("multiply", input, packed, scaled, 250)] },
  { operand: input, calls: [call("fill", input, 0, 250)] },
];

describe("a program prints", () => {
  test("calls of constants, then of each run, one name for the calls of one operation", () => {
    const addresses = new Map<Operand, number>([
      [input, 0],
      [weight, 0x40000],
      [packed, 0x50000],
      [scaled, 0x400],
    ]);
    const constants = [{ operand: packed, calls: [call("relu", weight, packed, 250)] }];
    expect(printCalls(constants, steps, (operand) => addresses.get(operand) ?? NaN).split("\n")).toEqual([
      "operation            kernel call                                                layer",
      "-------------------  ---------------------------------------------------------  -----------",
      'pack [250] (cached)  relu(weight+0x40000, cached+0x50000, 250)                  "0" (scale)',
      'scale [250]          fill(scratch+0x400, 0, 250)                                "0" (scale)',
      "                     multiply(scratch+0x0, cached+0x50000, scratch+0x400, 250)",
      "input [250]          fill(scratch+0x0, 0, 250)",
    ]);
  });

  test("its costs", () => {
    const costs = { flops: 500, skipped: 0, cachedBytes: 0, plan: { bytes: 2048, unshared: 4096 } };
    const printed = "3 calls, 500 FLOP, 2.05 kB of scratch memory (4.10 kB if results did not share it)";
    expect(printCosts(costs, steps)).toBe(printed);
    expect(printCosts({ ...costs, cachedBytes: 1000 }, steps)).toBe(`${printed}, 1.00 kB cached`);
    expect(printCosts({ ...costs, skipped: 2e6 }, steps)).toContain("500 FLOP, 2.00 MFLOP skipped, ");
  });
});

describe("a profile", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test("is of medians without the time of the clock, and of no warm runs", () => {
    let now = 0;
    let run = 0;
    vi.spyOn(performance, "now").mockImplementation(() => (now += 2 ** -10)); // ms for each look at the clock
    const times = [
      [500, 500, 4, 1, 100, 8, 2, 4, 3, 9, 4, 5],
      [500, 500, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      [500, 500, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2],
    ];
    const bound = times.map((each) => () => void (now += each[run - 1] ?? NaN));
    const profile = new Profile(steps, bound, 10, () => void run++);
    expect(run).toBe(12);
    expect(profile.calls.map(({ microseconds }) => microseconds)).toEqual([4000, 0, 2000]);
    expect(profile.calls.map(({ share }) => share)).toEqual([4 / 6, 0, 2 / 6]);
    expect(String(profile).split("\n")).toEqual([
      "operation    kernel         us   share  GFLOP/s   kB  layer",
      "-----------  --------  -------  ------  -------  ---  -----------",
      'scale [250]  fill      4000.00  66.7 %           1.0  "0" (scale)',
      'scale [250]  multiply     0.00   0.0 %           3.0  "0" (scale)',
      "input [250]  fill      2000.00  33.3 %           1.0",
      "",
      "kernel    calls       us    share  GFLOP/s   kB",
      "--------  -----  -------  -------  -------  ---",
      "fill          2  6000.00  100.0 %           2.0",
      "multiply      1     0.00    0.0 %           3.0",
      "",
      "3 calls, 6000.0 us a run on one thread, 83.3 kFLOP/s (medians of 10 runs)",
    ]);
  });

  test("says how fast a call is: its operations by its time", () => {
    let now = 0;
    vi.spyOn(performance, "now").mockImplementation(() => now);
    const step = { operand: scaled, calls: [call("multiply", input, packed, scaled, 250)] };
    const profile = new Profile([step], [() => void (now += 2 ** -13)], 1, () => {});
    expect(String(profile).split("\n")[2]).toBe('scale [250]  multiply  0.12  100.0 %      4.1  3.0  "0" (scale)');
  });
});
