/** Files whose weights are held in 16 bits give the bits of the model with rounded weights. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exportWasm } from "../../src/export/index.ts";
import { type Tensor, configure, manualSeed, nn } from "../../src/index.ts";
import { load, toBytes } from "../../src/io/index.ts";
import { randomTensor, thrownBy } from "../support.ts";
import { LAYERS } from "../threads/layers.ts";
import { RunningFile } from "./run-file.ts";

beforeAll(() => configure({ reproducible: true, threads: 1 }));
afterAll(() => configure({ reproducible: false, threads: "auto" }));

function bits(data: ArrayLike<number> | undefined): number[] {
  return [...new Uint32Array(Float32Array.from(data ?? []).buffer)];
}

describe.each(["bf16", "f16"] as const)("%s", (weights) => {
  test.each(LAYERS.map((family) => [family.name, family] as const))("%s", async (_, { model: make, inputs }) => {
    manualSeed(5);
    const model = make().eval();
    const rounded = (await load(toBytes(model, { weights }))).eval();
    const { wasm } = exportWasm(model, inputs.length === 1 ? (inputs[0] as Tensor) : inputs, { weights });
    const [found] = new RunningFile(wasm).run(inputs.map(({ data }) => data));
    expect(bits(found)).toEqual(bits(rounded.run(...inputs).data));
  });

  test("a file for several batch sizes has every weight once", async () => {
    manualSeed(6);
    const model = nn.sequential(nn.linear(200, 300), nn.relu(), nn.linear(300, 10)).eval();
    const rounded = (await load(toBytes(model, { weights }))).eval();
    const { wasm } = exportWasm(model, [1, 200], { weights, batchSizes: [9] });
    const file = new RunningFile(wasm);
    const x = randomTensor([9, 200], 1);
    expect(bits(file.run([x.data], 9)[0])).toEqual(bits(rounded.predict(x).data));
    const first = randomTensor([1, 200], 2);
    expect(bits(file.run([first.data])[0])).toEqual(bits(rounded.predict(first).data));
    expect(wasm.length).toBeLessThan(2 * 63_500 + 20_000);
  });

  test("a file takes half of the float32 one beside its code", () => {
    const model = nn.sequential(nn.conv2d(16, 64, 3), nn.relu(), nn.flatten(), nn.linear(2304, 100));
    const whole = exportWasm(model, [1, 16, 8, 8]).wasm.length;
    const half = exportWasm(model, [1, 16, 8, 8], { weights }).wasm.length;
    expect(half / whole).toBeLessThan(0.51);
  });

  test("weights that the format cannot hold are refused", () => {
    const model = nn.sequential(nn.relu(), nn.linear(2, 1));
    model.parameters()[0]?.assign([1, weights === "f16" ? 70_000 : Infinity]);
    expect(thrownBy(() => exportWasm(model, [1, 2], { weights }))).toMatch(
      /^RangeError: weights: weights held as b?f16 must be finite and at most \S+; got others in parameter \[1, 2\] \(in "1" \(linear 2 -> 1\)\)$/,
    );
  });
});
