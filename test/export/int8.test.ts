/** Files whose weights are held in int8 give the bits of `compile`, and take a quarter. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exportWasm } from "../../src/export/index.ts";
import { type Tensor, configure, manualSeed, nn } from "../../src/index.ts";
import { randomTensor } from "../support.ts";
import { LAYERS } from "../threads/layers.ts";
import { RunningFile } from "./run-file.ts";

beforeAll(() => configure({ reproducible: true, threads: 1 }));
afterAll(() => configure({ reproducible: false, threads: "auto" }));

function bits(data: ArrayLike<number> | undefined): number[] {
  return [...new Uint32Array(Float32Array.from(data ?? []).buffer)];
}

describe("int8", () => {
  test.each(LAYERS.map((family) => [family.name, family] as const))("%s", (_, { model: make, inputs }) => {
    manualSeed(5);
    const model = make().eval();
    const kinds = inputs.length === 1 ? (inputs[0] as Tensor) : inputs;
    const { wasm } = exportWasm(model, kinds, { weights: "int8" });
    const [found] = new RunningFile(wasm).run(inputs.map(({ data }) => data));
    const expected = model.compile(kinds, { weights: "int8" })(kinds);
    expect(bits(found)).toEqual(bits(expected.data));
  });

  test("a file for several batch sizes has every weight once, in a quarter of the bytes", () => {
    manualSeed(6);
    const model = nn.sequential(nn.linear(200, 304), nn.relu(), nn.linear(304, 16)).eval();
    const { wasm } = exportWasm(model, [1, 200], { weights: "int8", batchSizes: [9] });
    const file = new RunningFile(wasm);
    const x = randomTensor([9, 200], 1);
    const compute = model.compile([9, 200], { weights: "int8" });
    expect(bits(file.run([x.data], 9)[0])).toEqual(bits(compute(x).data));
    const first = randomTensor([1, 200], 2);
    expect(bits(file.run([first.data])[0])).toEqual(bits(model.compile([1, 200], { weights: "int8" })(first).data));
    expect(wasm.length).toBeLessThan(200 * 304 + 304 * 16 + 20_000);
  });

  test("layers that are kept have float32 weights in the file", () => {
    const model = nn.sequential(nn.linear(100, 100), nn.relu(), nn.linear(100, 100));
    const size = (keep: string[]): number => exportWasm(model, [1, 100], { weights: "int8", keep }).wasm.length;
    expect(size(["0"]) - size([])).toBeGreaterThan(20_000);
    expect(size(["0", "2"]) - size(["0"])).toBeGreaterThan(20_000);
  });
});
