import { describe, expect, test } from "vitest";
import { executionOrder } from "../../src/graph/order.ts";
import { Input, Operand } from "../../src/graph/operand.ts";
import { Trainer, configure, manualSeed, nn, ops, optim } from "../../src/index.ts";
import { cachedConstantsOf } from "../../src/runtime/cached-constant.ts";
import { floatsAt } from "../../src/memory/memory.ts";
import { Program } from "../../src/runtime/program.ts";
import type { Tensor } from "../../src/base/tensor.ts";
import { randomTensor } from "../support.ts";

/** Large enough that the product packs its weights. */
const ROWS = 32;

function make(seed: number): nn.Module {
  manualSeed(seed);
  return nn.sequential(nn.linear(24, 20), nn.tanh(), nn.linear(20, 16));
}

function firstWeight(model: nn.Module): nn.Parameter {
  return model.parameters()[0] as nn.Parameter;
}

const x = randomTensor([ROWS, 24], 1);

/** What a model of its own gives, made from the numbers that `model` has now. */
function fresh(model: nn.Module): Tensor {
  const other = make(99);
  other.loadStateDict(model.stateDict());
  return other.predict(x);
}

describe("results of lasting operands alone", () => {
  const changes: readonly [string, (model: nn.Module) => unknown][] = [
    ["loadStateDict", (model) => model.loadStateDict(make(5).stateDict())],
    ["nn.init", (model) => nn.init.kaimingUniform(firstWeight(model))],
    ["nn.init.constant", (model) => nn.init.constant(firstWeight(model), 0.25)],
    ["a direct write", (model) => (firstWeight(model).write()[3] = 7)],
    ["being trained", (model) => train(model)],
    ["a change of kernels", () => configure({ reproducible: true })],
  ];
  function train(model: nn.Module): void {
    const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.5 }) });
    for (let i = 0; i < 3; i++) {
      trainer.step(x, randomTensor([ROWS, 16], i));
      expect(model.predict(x)).toEqual(fresh(model));
    }
  }

  test.each(changes)("follow %s", (_, change) => {
    const model = make(1);
    const before = model.predict(x);
    expect(model.predict(x)).toEqual(before);
    change(model);
    expect(model.predict(x)).toEqual(fresh(model));
    configure({ reproducible: false });
  });

  test("are not computed again while nothing changed", () => {
    const model = make(2);
    const before = model.predict(x);
    const weight = firstWeight(model);
    floatsAt(weight.address, weight.size).fill(0); // behind the library's back
    expect(model.predict(x)).toEqual(before);
    weight.storage.markWritten();
    expect(model.predict(x)).not.toEqual(before);
  });

  test("are shared by programs for other shapes", () => {
    const model = make(3);
    const derived = (rows: number): unknown[] => {
      const order = executionOrder([model.call(new Input([rows, 24], "float32"))]);
      return [...cachedConstantsOf(order, []).values()];
    };
    const first = derived(ROWS);
    const second = derived(7);
    expect([first.length, second.length]).toEqual([2, 2]);
    second.forEach((each, i) => expect(each).toBe(first[i]));
  });

  test("are of the part of a variable that they were made of", () => {
    const weight = nn.init.uniform(new nn.Parameter([20, 64]), -1, 1);
    const rows = new nn.Parameter([20, 24]);
    rows.write().set(weight.read().subarray(20 * 24, 2 * 20 * 24));
    const input = new Input([ROWS, 24], "float32");
    const part = ops.slice(ops.reshape(weight, [1280]), 0, 20 * 24, 2 * 20 * 24);
    const product = (w: Operand): Tensor | undefined => {
      const program = new Program([input], [ops.matmul(input, ops.transpose(w))]);
      expect(String(program)).toContain("(cached)");
      return program.run([x])[0];
    };
    expect(product(ops.reshape(part, [20, 24]))).toEqual(product(rows));
  });

  test("may depend on each other, and a step that changes parameters keeps none of them", () => {
    const weight = nn.init.uniform(new nn.Parameter([24, 20]), -1, 1);
    const scale = nn.init.uniform(new nn.Parameter([20]), 1, 2);
    const input = new Input([ROWS, 24], "float32");
    const scaled = ops.reshape(ops.multiply(weight, scale), [24, 20]);
    const out = ops.matmul(input, scaled);
    const program = new Program([input], [out, scaled]);
    expect(String(program).match(/\(cached\)/g)).toHaveLength(2); // the product with scale, and its panels
    for (const factor of [1, 2]) {
      scale.read().forEach((value, i) => (scale.write()[i] = value * factor));
      const [product, result] = program.run([x]) as [Tensor, Tensor];
      const expected = Float32Array.from(weight.read(), (value, i) => value * (scale.read()[i % 20] ?? NaN));
      expect(result.data).toEqual(expected);
      const first = expected
        .filter((_, i) => i % 20 === 0)
        .reduce((sum, value, i) => sum + value * (x.data[i] ?? 0), 0);
      expect(product.data[0]).toBeCloseTo(first, 4);
    }
    const update = new Operand("update", [0], [scale]);
    expect(cachedConstantsOf(executionOrder([out]), [update])).toEqual(new Map());
  });
});
