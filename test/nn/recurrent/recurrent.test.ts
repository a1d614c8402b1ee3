import { describe, expect, test } from "vitest";
import { type Operand, type Tensor, Trainer, manualSeed, nn, ops, optim, tensor } from "../../../src/index.ts";
import { gradients } from "../../../src/autodiff/gradients.ts";
import { Input } from "../../../src/graph/operand.ts";
import { executionOrder } from "../../../src/graph/order.ts";
import { Lambda, expectClose, expectGradient, randomTensor } from "../../support.ts";
import { expectSameBits } from "../../threads/shared-runs.ts";
import { BATCH, FEATURES, GATES, HIDDEN, KINDS, MAKE, ROUNDING, STEPS, statesOf, x } from "./recurrent-cases.ts";
import { recurrentReference } from "./recurrent-reference.ts";

describe.each(KINDS)("%s", (kind) => {
  test("from a state, with and without biases", () => {
    for (const bias of [true, false]) {
      const module = MAKE[kind](FEATURES, HIDDEN, { bias });
      const [h0, c0] = statesOf(kind, 1);
      const expected = recurrentReference({ kind, x, state: module.stateDict(), h0: h0!, ...(c0 && { c0 }) });
      expectClose(module.run(x, ...statesOf(kind, 1)).data, expected, ROUNDING);
    }
  });

  test("two layers in both directions: gradients by input and states, of output and last states", () => {
    const module = MAKE[kind](FEATURES, HIDDEN, { numLayers: 2, bidirectional: true, batchFirst: true });
    class Ends extends nn.Module {
      readonly body = module;
      override forward(...inputs: [Operand]): Operand {
        const all = Object.values(module.sequence(...inputs)) as Operand[];
        return ops.concatenate(all.map((each) => ops.reshape(each, [-1])));
      }
    }
    expectGradient(new Ends(), [randomTensor([2, 3, FEATURES], 1), ...statesOf(kind, 4, 2)]);
  });

  // 3 sequences are read where weights lie, 7 with packed ones.
  test.each([3, 7])("gradients by weights, %d sequences", (batch) => {
    const rows = GATES[kind] * HIDDEN;
    const shapes = [[3, batch, FEATURES], [rows, FEATURES], [rows, HIDDEN], [rows], [rows]];
    const cell = kind === "rnn" ? "rnnTanh" : kind;
    for (const reverse of [false, true]) {
      const module = new Lambda((input, ofInput, ofHidden, xBias, hBias) => {
        const weights = { ofInput: ofInput, ofHidden: ofHidden, biases: [xBias, hBias] as const };
        return ops.recurrent(cell, input, weights, {}, { reverse }).output;
      });
      expectGradient(
        module,
        shapes.map((shape, i) => randomTensor(shape, i + 1, 0.5)),
      );
    }
  });

  test("what goes through time backwards is what goes through reversed time forwards", () => {
    const module = MAKE[kind](FEATURES, HIDDEN, { bidirectional: true });
    const forwards = MAKE[kind](FEATURES, HIDDEN);
    const state = module.stateDict();
    forwards.loadStateDict(
      Object.fromEntries(Object.keys(forwards.stateDict()).map((name) => [name, state[`${name}_reverse`]!])),
    );
    const size = BATCH * FEATURES;
    const turned = tensor(
      x.data.map((_, i) => x.data[(STEPS - 1 - Math.floor(i / size)) * size + (i % size)] ?? NaN),
      x.shape,
    );
    const [both, alone] = [module.run(x).data, forwards.run(turned).data];
    const reversed = alone.map((_, i) => {
      const [t, n, j] = [Math.floor(i / (BATCH * HIDDEN)), Math.floor(i / HIDDEN) % BATCH, i % HIDDEN];
      return both[((STEPS - 1 - t) * BATCH + n) * 2 * HIDDEN + HIDDEN + j] ?? NaN;
    });
    expectClose(reversed, alone, { relative: 1e-6, absolute: 1e-7 });
  });

  test("a sequence in two halves, the state carried over, is the whole sequence", () => {
    const module = MAKE[kind](FEATURES, HIDDEN, { numLayers: 2 }).eval();
    const half = x.size / 2;
    const [first, second] = [x.data.slice(0, half), x.data.slice(half)].map((part) =>
      tensor(part, [STEPS / 2, BATCH, FEATURES]),
    );
    const before = module.runWithState(first!);
    const after = module.runWithState(second!, before.state as nn.LstmState);
    const whole = module.runWithState(x);
    expectClose([...before.output.data, ...after.output.data], whole.output.data, { relative: 1e-6, absolute: 1e-7 });
    expect(Object.keys(whole.state)).toEqual(kind === "lstm" ? ["h", "c"] : ["h"]);
    for (const [name, each] of Object.entries(whole.state)) {
      expect(each.shape).toEqual([2, BATCH, HIDDEN]);
      const carried = (after.state as Record<string, Tensor>)[name];
      expectClose(carried?.data ?? [], each.data, { relative: 1e-6, absolute: 1e-7, what: name });
    }
  });

  test("one sequence needs no axis for the batch", () => {
    const module = MAKE[kind](FEATURES, HIDDEN, { bidirectional: true, batchFirst: true });
    const one = tensor(x.data.slice(0, 5 * FEATURES), [5, FEATURES]);
    const result = module.runWithState(one);
    expect(result.output.shape).toEqual([5, 2 * HIDDEN]);
    expect(result.state.h.shape).toEqual([2, HIDDEN]);
    expect(result.output.data).toEqual(module.run(tensor(one.data, [1, 5, FEATURES])).data);
    expectGradient(
      module,
      [one, ...statesOf(kind, 2)].map((each, i) => (i === 0 ? each : randomTensor([2, HIDDEN], i))),
    );
  });

  test("an empty batch has no states", () => {
    const { output, state } = MAKE[kind](FEATURES, HIDDEN, { bidirectional: true }).runWithState(
      tensor(new Float32Array(), [3, 0, FEATURES]),
    );
    expect([output.shape, state.h.shape]).toEqual([
      [3, 0, 2 * HIDDEN],
      [2, 0, HIDDEN],
    ]);
  });

  test("a longer sequence has no more operands, there and back", () => {
    const operands = (steps: number): number => {
      const module = MAKE[kind](FEATURES, HIDDEN, { numLayers: 2, bidirectional: true });
      const input = new Input([steps, BATCH, FEATURES], "float32");
      const out = module.call(input);
      const found = gradients(out, ops.filled(out.shape, 1), [input, ...module.parameters()]);
      return executionOrder([out, ...found.filter((each) => each !== null)]).length;
    };
    expect(operands(300)).toBe(operands(100));
  });
});

test("ReLU in place of tanh", () => {
  const module = nn.rnn(FEATURES, HIDDEN, { nonlinearity: "relu" });
  const state = module.stateDict();
  expectClose(module.run(x).data, recurrentReference({ kind: "rnn", relu: true, x, state }), ROUNDING);
});

test("initial values are uniform in ±1/√hidden, and names are PyTorch's", () => {
  const module = nn.gru(3, 100, { numLayers: 2, bidirectional: true });
  const names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"];
  expect(module.namedParameters().map(([name]) => name)).toEqual(
    ["_l0", "_l0_reverse", "_l1", "_l1_reverse"].flatMap((end) => names.map((name) => name + end)),
  );
  for (const [name, parameter] of module.namedParameters()) {
    // In float32 the bound itself may be drawn. The largest of at least 300 uniform numbers is below 0.95 of the bound once in 10^6.
    const largest = parameter.read().reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(largest, name).toBeLessThanOrEqual(Math.fround(0.1));
    expect(largest, name).toBeGreaterThan(0.095);
  }
});

test("1 and 2 threads give the same bits", async () => {
  const [input, target] = [randomTensor([17, 5, 20], 1), randomTensor([17, 5, 80], 2)];
  await expectSameBits([2], () => {
    manualSeed(10);
    const model = nn.lstm(20, 40, { batchFirst: true, bidirectional: true, zoneout: { hidden: 0.1, cell: 0.1 } });
    const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.1 }) });
    return [Array.from({ length: 5 }, () => trainer.step(input, target)), model.stateDict()];
  });
});
