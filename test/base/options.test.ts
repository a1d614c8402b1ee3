import { expect, test } from "vitest";
import { type Defaults, withDefaults } from "../../src/base/options.ts";

interface PruneOptions {
  readonly amount?: number;
  readonly scope?: "layer" | "model";
}
const prune = (options: PruneOptions): object => withDefaults("prune", options, { amount: undefined, scope: "layer" });

test("options take the place of defaults, one that is undefined does not", () => {
  expect(prune({})).toEqual({ amount: undefined, scope: "layer" });
  expect(prune({ amount: 0.5, scope: "model" })).toEqual({ amount: 0.5, scope: "model" });
  expect(prune({ amount: undefined, scope: undefined } as never)).toEqual({ amount: undefined, scope: "layer" });
});

test("null, 0 and false are options", () => {
  expect(prune({ amount: 0, scope: null as never })).toEqual({ amount: 0, scope: null });
  expect(withDefaults("conv", { bias: false }, { bias: true })).toEqual({ bias: false });
});

test("an option may be inherited, and is read once", () => {
  let reads = 0;
  class Inherited {
    get amount(): number {
      return ++reads;
    }
  }
  expect(prune(new Inherited())).toEqual({ amount: 1, scope: "layer" });
});

test("defaults stay as they are", () => {
  const defaults = { amount: undefined, scope: "layer" } as const satisfies Defaults<PruneOptions>;
  const options: PruneOptions = { scope: "model" };
  withDefaults("prune", options, defaults);
  expect(defaults).toEqual({ amount: undefined, scope: "layer" });
});

test.each<[unknown, string]>([
  [{ amout: 1 }, "prune: options must be amount, scope; got amout"],
  [{ amout: undefined }, "prune: options must be amount, scope; got amout"],
  [{ toString: 1 }, "prune: options must be amount, scope; got toString"],
  [null, "prune: options must be an object; got null"],
  [[], "prune: options must be an object; got []"],
  [0.5, "prune: options must be an object; got 0.5"],
])("refuses %j", (options, message) => {
  expect(() => prune(options as never)).toThrow(new TypeError(message));
});
