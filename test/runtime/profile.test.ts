import { describe, expect, test } from "vitest";
import { Trainer, manualSeed, nn, optim, tensor } from "../../src/index.ts";
import { randomTensor } from "../support.ts";

function make(): Trainer {
  manualSeed(1);
  const model = nn.sequential(nn.linear(64, 48), nn.relu(), nn.dropout(0.5), nn.linear(48, 10));
  return new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.adam() });
}

const x = randomTensor([32, 64], 1);
const y = tensor(Int32Array.from({ length: 32 }, (_, i) => i % 10));

describe("profile", () => {
  test("names every call of a step, with times that make up the whole and operations that are the program's", () => {
    const trainer = make();
    const { calls, microseconds } = trainer.profile(x, y, { runs: 5 });
    const program = trainer.stepProgram(x, y);
    const printed = String(program).split("\n");
    expect(calls.map(({ kernel }) => kernel)).toEqual(
      printed
        .filter((line) => !line.includes("(cached)"))
        .flatMap((line) => /(\w+)\(.*scratch\+/.exec(line)?.[1] ?? []),
    );
    expect(calls.every((call) => call.microseconds >= 0)).toBe(true);
    expect(calls.reduce((sum, call) => sum + call.microseconds, 0)).toBeCloseTo(microseconds, 9);
    expect(calls.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(calls.reduce((sum, { flops }) => sum + flops, 0)).toBe(program.flops);
    const add = calls.find(({ kernel }) => kernel === "addRow");
    expect(add).toMatchObject({ operation: "add [32, 48]", layer: '"0" (linear 64 -> 48)', flops: 32 * 48 });
    expect(add?.bytes).toBeGreaterThanOrEqual(4 * (32 * 48 + 48));
  });

  test("prints the calls in order, then the kernels", () => {
    const text = String(make().profile(x, y, { runs: 3 }));
    expect(text).toMatch(/^operation +kernel +us +share +GFLOP\/s +kB +layer\n/);
    expect(text).toMatch(/\n\nkernel +calls +us +share +GFLOP\/s +kB\n/);
    expect(text).toMatch(/\n\n\d+ calls, [\d.]+ us a run on one thread, [\d.]+ [GM]FLOP\/s \(medians of 3 runs\)$/);
  });

  test("leaves parameters, optimizer and masks as they were", () => {
    const [profiled, other] = [make(), make()];
    for (const trainer of [profiled, other]) trainer.step(x, y);
    profiled.profile(x, y, { runs: 4 });
    expect(profiled.options.optimizer.steps).toBe(1);
    for (let i = 0; i < 3; i++) expect(profiled.step(x, y)).toBe(other.step(x, y));
    expect(profiled.model.stateDict()).toEqual(other.model.stateDict());
  });

  test("of a model is that of its current mode", () => {
    const { model } = make();
    const kernels = (): string[] => model.profile(x, { runs: 2 }).calls.map(({ kernel }) => kernel);
    expect(kernels()).toContain("applyMask");
    model.eval();
    expect(kernels()).toEqual(["matmulPanels", "addRow", "relu", "matmulPanels", "addRow"]);
  });

  test.each([0, 1.5, NaN])("refuses %s runs", (runs) => {
    expect(() => make().profile(x, y, { runs })).toThrow(
      `profile: runs must be a whole number of at least 1; got ${runs}`,
    );
  });
});
