import { expectTypeOf, test } from "vitest";
import { type Defaults, withDefaults } from "../../src/base/options.ts";

interface BaseOptions {
  readonly lr?: number;
  readonly decay?: number;
}
interface AdamOptions extends BaseOptions {
  readonly loss: string;
  readonly betas?: readonly [number, number];
  readonly mode?: "sum" | "mean";
}
const BASE = { lr: undefined, decay: 0 } as const satisfies Defaults<BaseOptions>;
declare const options: AdamOptions;

test("only an optional option without a default may be undefined", () => {
  const filled = withDefaults("adam", options, { ...BASE, loss: undefined, betas: [0.9, 0.999], mode: "sum" });
  expectTypeOf(filled).toEqualTypeOf<{
    readonly lr: number | undefined;
    readonly decay: number;
    readonly loss: string;
    readonly betas: readonly [number, number];
    readonly mode: "sum" | "mean";
  }>();
});

test("every option has its name among the defaults, of its own type, and no other has", () => {
  // @ts-expect-error mode is missing
  withDefaults("adam", options, { ...BASE, loss: undefined, betas: undefined });
  // @ts-expect-error beta is no option
  withDefaults("adam", options, { ...BASE, loss: undefined, betas: undefined, mode: "sum", beta: 1 });
  // @ts-expect-error median is no mode
  withDefaults("adam", options, { ...BASE, loss: undefined, betas: undefined, mode: "median" });
  expectTypeOf(withDefaults<BaseOptions, typeof BASE>)
    .parameter(2)
    .toExtend<Defaults<BaseOptions>>();
});
