import { expectTypeOf, test } from "vitest";
import { nn, type Tensor } from "../../src/index.ts";
import { readTorch } from "../../src/io/index.ts";

test("the tensors of a file are a state dict where one is expected", () => {
  expectTypeOf(async () => nn.linear(1, 1).loadStateDict(await readTorch("a.pt"))).returns.resolves.toBeVoid();
  expectTypeOf(async () => readTorch("a.pt")).returns.resolves.toEqualTypeOf<Record<string, Tensor>>();
});

test("what else a file holds is said by the caller", () => {
  expectTypeOf(async () => readTorch<{ readonly epoch: number }>("a.pt")).returns.resolves.toEqualTypeOf<{
    readonly epoch: number;
  }>();
});
