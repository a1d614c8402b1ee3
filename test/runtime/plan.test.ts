import { describe, expect, test } from "vitest";
import { Input, Operand } from "../../src/graph/operand.ts";
import { executionOrder } from "../../src/graph/order.ts";
import { affine } from "../../src/ops/elementwise/arithmetic.ts";
import { concatenate, slice } from "../../src/ops/shape/slice.ts";
import { reshape } from "../../src/ops/shape/view.ts";
import { Variable } from "../../src/memory/variable.ts";
import { Plan } from "../../src/runtime/plan.ts";

/** Whole numbers below a bound, the same for the same seed (Park and Miller's generator). */
function dice(seed: number): (below: number) => number {
  let state = (seed * 7919 + 1) % 2147483647;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

/** A new result that may take over no input's place. */
function combine(inputs: readonly Operand[], size: number): Operand {
  return new Operand("combine", [size], inputs, { calls: () => [], workspace: size % 3 === 0 ? size : 0 });
}

/** A new result that may take over any input's place: it reads element i of those of its size, and all of others. */
function overwrite(inputs: readonly Operand[]): Operand {
  const size = inputs[0]?.size ?? 0;
  return new Operand("overwrite", [size], inputs, { calls: () => [], overwrites: inputs.map((_, i) => i) });
}

/** A random graph of operations that compute, overwrite, view and hold, and of inputs that are made among them. */
function randomGraph(seed: number): { inputs: Input[]; outputs: Operand[] } {
  const roll = dice(seed);
  const inputs = Array.from({ length: 1 + roll(3) }, () => new Input([1 + roll(50)], "float32"));
  const made: Operand[] = [...inputs];
  const any = (): Operand => made[roll(made.length)] as Operand;
  for (let i = 0; i < 5 + roll(60); i++) {
    const x = any();
    const cut = roll(x.size + 1);
    const ways = [
      () => combine([x, any()], 1 + roll(50)),
      () => inputs[inputs.push(new Input([1 + roll(50)], "float32")) - 1] as Operand,
      () => affine(x, 2, 0),
      () => overwrite([x, slice(reshape(x, [x.size]), 0, 0, cut), any()]),
      () => reshape(x, [x.size, 1]),
      () => slice(reshape(x, [x.size]), 0, cut, x.size),
      () => concatenate([x, any(), any()].map((each) => reshape(each, [each.size]))),
    ];
    made.push((ways[roll(ways.length)] as () => Operand)());
  }
  return { inputs, outputs: [made.at(-1) as Operand, any(), any()] };
}

/** What an operand's elements hold, as names: those of a view and of a concatenation are their inputs'. */
function contentsOf(operand: Operand): string[] {
  const [viewed] = operand.inputs;
  if (viewed && operand.rule.viewOffset !== undefined) {
    return contentsOf(viewed).slice(operand.rule.viewOffset, operand.rule.viewOffset + operand.size);
  }
  if (operand.rule.slots) return operand.inputs.flatMap(contentsOf);
  return Array.from({ length: operand.size }, (_, i) => `${operand.id}[${i}]`);
}

/** Whether an overwriting operation still reads an input after it wrote its first element. */
function reads(operand: Operand, input: Operand): boolean {
  return operand.operation === "overwrite" && input.size !== operand.size;
}

/** Runs the plan with names for numbers: a reader of an operand must find the names that were written for it. */
function check(inputs: readonly Input[], outputs: readonly Operand[], order: readonly Operand[], plan: Plan): void {
  const memory = new Map<number, string>();
  const write = (operand: Operand, contents: readonly string[]): void => {
    const start = plan.address(operand, 0);
    contents.forEach((name, i) => memory.set(start + 4 * i, name));
  };
  const read = (operand: Operand, reader: string): void => {
    const start = plan.address(operand, 0);
    contentsOf(operand).forEach((name, i) => {
      const found = memory.get(start + 4 * i);
      if (found !== name) throw new Error(`${reader} finds ${found} in place of ${name} of ${operand}`);
    });
  };
  for (const input of inputs) write(input, contentsOf(input));
  for (const operand of order) {
    const { workspace } = plan.placementOf(operand, 8);
    if (workspace !== operand)
      write(
        workspace,
        Array.from({ length: workspace.size }, () => "workspace"),
      );
    for (const input of operand.inputs) read(input, String(operand));
    if (!inputs.includes(operand as Input)) write(operand, contentsOf(operand));
    // Inputs that are not read element by element are read to the end, while the output is being written.
    for (const input of operand.inputs) if (reads(operand, input)) read(input, `${operand}, at its end,`);
  }
  for (const output of outputs) read(output, "the reader of the outputs");
}

describe("plan", () => {
  test("in 500 random graphs, every read of a result finds it as it was written", () => {
    let shared = 0;
    for (let seed = 1; seed <= 500; seed++) {
      const { inputs, outputs } = randomGraph(seed);
      const order = executionOrder([...inputs, ...outputs]);
      const plan = new Plan(order, new Set(inputs), new Set(outputs));
      check(inputs, outputs, order, plan);
      expect(plan.bytes, `seed ${seed}`).toBeLessThanOrEqual(plan.unshared);
      if (plan.bytes < plan.unshared) shared++;
    }
    expect(shared).toBeGreaterThan(250);
  });

  test("a chain of elementwise operations stays in one place", () => {
    const x = new Input([1000], "float32");
    const end = Array.from({ length: 10 }).reduce<Operand>((value) => affine(value, 2, 1), x);
    const plan = new Plan(executionOrder([x, end]), new Set([x]), new Set([end]));
    expect(plan.bytes).toBe(4032);
  });

  test("a result that is wanted later is not overwritten", () => {
    const x = new Input([16], "float32");
    const early = affine(x, 2, 0);
    const late = affine(early, 2, 0);
    const plan = new Plan(executionOrder([x, early, late]), new Set([x]), new Set([early, late]));
    expect(plan.address(early, 0)).not.toBe(plan.address(late, 0));
  });

  test("what a concatenation along the first axis takes lies in it from the beginning", () => {
    const x = new Input([8], "float32");
    const parts = [combine([x], 4), combine([x], 8), combine([x], 5)];
    const whole = concatenate(parts);
    const plan = new Plan(executionOrder([x, whole]), new Set([x]), new Set([whole]));
    const placement = plan.placementOf(whole, 8);
    expect(parts.map((part, i) => placement.aliases(part, whole, [0, 4, 12][i] ?? -1))).toEqual([true, true, true]);
    expect(whole.rule.calls(whole, placement)).toEqual([]);
  });
});

describe("scratch memory", () => {
  const given = (size: number): Input => new Input([size], "float32");
  const variable = new Variable("variable", [16]);

  /** The bytes of a plan for `outputs`, shared and not. */
  function bytesOf(outputs: readonly Operand[], constants: readonly Operand[] = []): number[] {
    const order = executionOrder(outputs);
    const inputs = new Set(order.filter((operand) => operand instanceof Input));
    const elsewhere = new Map(constants.map((operand) => [operand, { address: 0 }]));
    const { bytes, unshared } = new Plan(order, inputs, new Set(outputs), elsewhere);
    return [bytes, unshared];
  }

  test("a view of a variable takes none, and lies in the variable", () => {
    const view = slice(variable, 0, 4, 12);
    expect(bytesOf([view])).toEqual([0, 0]);
    const plan = new Plan([variable, view], new Set(), new Set([view]));
    expect(plan.address(view, 1 << 20)).toBe(variable.address + 16);
  });

  test("a view of a result takes none", () => {
    expect(bytesOf([slice(combine([variable], 40), 0, 4, 12)])).toEqual([192, 192]);
  });

  test("a constant takes none, nor does its workspace", () => {
    const constant = combine([variable], 48);
    expect(bytesOf([combine([constant], 16)], [constant])).toEqual([64, 64]);
  });

  test("a gap of the size of a result is filled", () => {
    const [first, gap, last] = [combine([variable], 16), combine([variable], 16), combine([variable], 16)];
    const next = combine([combine([gap], 1)], 16);
    expect(bytesOf([first, last, next])).toEqual([256, 320]);
  });

  test("a result is overwritten beside an input of another size", () => {
    const [x, row] = [combine([variable], 16), given(8)];
    expect(bytesOf([overwrite([x, row])])).toEqual([128, 192]);
  });

  test("a small result leaves the large block of the input that it could overwrite", () => {
    const small = overwrite([slice(given(1000), 0, 0, 16)]);
    expect(bytesOf([small, combine([small], 1000)])).toEqual([4032 + 64, 2 * 4032 + 64]);
  });
});

test("a variable is no part of a result whose place in scratch memory has the number of its address", () => {
  const variable = new Variable("weight", [100]);
  const x = new Input([4], "float32");
  const block = combine([x], variable.address / 4);
  const whole = concatenate([variable, x]);
  const last = combine([block, whole], 1);
  const plan = new Plan(executionOrder([last]), new Set([x]), new Set([last]));
  expect(plan.address(whole, 0)).toBe(variable.address);
  expect(plan.placementOf(whole, 8).aliases(variable, whole, 0)).toBe(false);
});
