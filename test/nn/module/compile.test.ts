import { describe, expect, test } from "vitest";
import { Trainer, configure, manualSeed, nn, optim, tensor } from "../../../src/index.ts";
import { memoryUse } from "../../../src/memory/memory.ts";
import { randomTensor } from "../../support.ts";

function make(): nn.Module {
  manualSeed(1);
  return nn.sequential(nn.linear(24, 20), nn.relu(), nn.dropout(0.5), nn.linear(20, 3));
}

describe("compile", () => {
  test.each([1, 2, 32])("computes what predict computes, %i rows at a time, whatever the mode", (rows) => {
    const model = make();
    const compute = model.compile([rows, 24]);
    expect(model.training).toBe(true);
    for (const seed of [1, 2]) {
      const x = randomTensor([rows, 24], seed);
      const out = compute(x);
      expect(out.shape).toEqual([rows, 3]);
      expect(out).toEqual(model.predict(x));
    }
  });

  test("gives results that stay", () => {
    const compute = make().compile([2, 24]);
    const first = compute(randomTensor([2, 24], 1));
    const copy = first.data.slice();
    expect(compute(randomTensor([2, 24], 2)).data).not.toEqual(copy);
    expect(first.data).toEqual(copy);
  });

  test("follows parameters and the kernels in force", () => {
    const model = make();
    const compute = model.compile([32, 24]);
    const x = randomTensor([32, 24], 1);
    const before = compute(x);
    const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.1 }) });
    trainer.step(x, randomTensor([32, 3], 2));
    expect(compute(x)).not.toEqual(before);
    expect(compute(x)).toEqual(model.predict(x));
    configure({ reproducible: true });
    expect(compute(x)).toEqual(model.predict(x));
    configure({ reproducible: false });
  });

  test("takes no kernel memory from call to call", () => {
    const compute = make().compile([32, 24]);
    const x = randomTensor([32, 24], 1);
    compute(x);
    const before = memoryUse();
    for (let i = 0; i < 100; i++) compute(x);
    expect(memoryUse()).toEqual(before);
  });

  test("takes integers where they are asked for", () => {
    const compute = nn.identity().compile([2], "int32");
    expect([...compute(tensor([4, 5], undefined, "int32")).data]).toEqual([4, 5]);
  });

  test("refuses sizes that do not fit, when it is made and when it is called", () => {
    const model = make();
    expect(() => model.compile([1, 25])).toThrow(
      'linear: the last axis of the input must be 24; got input [1, 25] (in "0" (linear 24 -> 20))',
    );
    const compute = model.compile([1, 24]);
    expect(() => compute(randomTensor([2, 24], 1))).toThrow("compile: input 0 must be [1, 24]; got [2, 24]");
    expect(() => compute(tensor(new Int32Array(24), [1, 24]))).toThrow("compile: input 0 must be float32; got int32");
  });
});
