import { describe, expect, test } from "vitest";
import { type Operand, type Tensor, Trainer, manualSeed, nn, ops, optim, tensor } from "../../../src/index.ts";
import { expectClose, expectGradient, randomTensor } from "../../support.ts";
import { BATCH, FEATURES, HIDDEN, KINDS, MAKE, ROUNDING, STEPS, ones, statesOf, x } from "./recurrent-cases.ts";
import { recurrentReference } from "./recurrent-reference.ts";

/** A module that draws the masks of its first step at every run. */
class Held extends nn.Module {
  constructor(readonly body: nn.Module) {
    super();
  }

  override forward(...inputs: Operand[]): Operand {
    return this.body.call(...inputs);
  }

  override run<M extends nn.Module>(this: M, ...inputs: readonly Tensor[]): nn.Prediction<M> {
    restart(this);
    const out = super.run(...inputs) as nn.Prediction<M>;
    restart(this);
    return out;
  }

  restart(): void {
    restart(this);
  }
}

function restart(model: nn.Module): void {
  for (const each of model.modules()) if (each instanceof nn.RandomLayer) each["counter"].write()[3] = 0;
}

/** The mask that a layer draws first in a step. */
function maskOf(layer: nn.Dropout | null, shape: readonly number[]): Float32Array {
  if (!layer) throw new Error("there must be a layer");
  return new Held(layer).run(ones(shape)).data;
}

describe.each(KINDS)("%s", (kind) => {
  test("masks for all time steps, on inputs and on h", () => {
    manualSeed(3);
    const module = MAKE[kind](FEATURES, HIDDEN, { variational: { input: 0.5, recurrent: 0.4 } });
    const expected = recurrentReference({
      kind,
      x,
      state: module.stateDict(),
      inputMask: maskOf(module.inputDropout, [1, BATCH, FEATURES]),
      recurrentMask: maskOf(module.recurrentDropout, [BATCH, HIDDEN]),
    });
    const held = new Held(module);
    expectClose(held.run(x).data, expected, ROUNDING);
    expectGradient(held, [x]);
    expectClose(module.predict(x).data, recurrentReference({ kind, x, state: module.stateDict() }), ROUNDING);
  });

  test("zoneout keeps old values, other ones at each step, and the average in evaluation", () => {
    manualSeed(4);
    const zoneout = { hidden: 0.3, ...(kind === "lstm" && { cell: 0.6 }) };
    const module = MAKE[kind](FEATURES, HIDDEN, { zoneout });
    const state = module.stateDict();
    const drawn = (layer: nn.Dropout | null): ((step: number, element: number) => number) => {
      const mask = layer && maskOf(layer, [STEPS, BATCH, HIDDEN]);
      return (step, element) => (mask ? (mask[step * BATCH * HIDDEN + element] ?? NaN) : 1);
    };
    const [updateH, updateC] = [drawn(module.zoneoutHidden), drawn(module.zoneoutCell)];
    const held = new Held(module);
    expectClose(held.run(x).data, recurrentReference({ kind, x, state, updateH, updateC }), ROUNDING);
    expectGradient(held, [x, ...statesOf(kind, 1)]);
    const average = { updateH: () => 0.7, updateC: () => (kind === "lstm" ? 0.4 : 1) };
    expectClose(module.predict(x).data, recurrentReference({ kind, x, state, ...average }), ROUNDING);
    expectGradient(held.eval(), [x, ...statesOf(kind, 1)]);
  });

  test("zoneout of everything leaves the state as it was", () => {
    const module = MAKE[kind](FEATURES, HIDDEN, { zoneout: { hidden: 1 } });
    const [h0, ...others] = statesOf(kind, 1);
    for (const mode of [true, false]) {
      const { data } = module.train(mode).run(x, h0!, ...others);
      for (let t = 0; t < STEPS; t++) {
        expect(data.slice(t * h0!.size, (t + 1) * h0!.size)).toEqual(h0!.data);
      }
    }
  });

  test("dropout between layers: the second layer alone sees zeros", () => {
    manualSeed(5);
    const module = MAKE[kind](FEATURES, HIDDEN, { numLayers: 2, dropout: 0.5 });
    const [first, second] = [MAKE[kind](FEATURES, HIDDEN), MAKE[kind](HIDDEN, HIDDEN)];
    const state = module.stateDict();
    for (const [layer, each] of [first, second].entries()) {
      each.loadStateDict(
        Object.fromEntries(
          Object.keys(each.stateDict()).map((name) => [name, state[name.replace("_l0", `_l${layer}`)]!]),
        ),
      );
    }
    const mask = maskOf(module.between, [STEPS, BATCH, HIDDEN]);
    const between = first.run(x);
    const dropped = tensor(
      between.data.map((value, i) => value * (mask[i] ?? NaN)),
      between.shape,
    );
    expectClose(new Held(module).run(x).data, second.run(dropped).data, { relative: 1e-6, absolute: 1e-7 });
    expectClose(module.predict(x).data, second.run(between).data, { relative: 1e-6, absolute: 1e-7 });
  });

  test("learns what came first in a sequence, with everything that drops out", () => {
    manualSeed(6);
    const module = MAKE[kind](2, 16, {
      batchFirst: true,
      numLayers: 2,
      dropout: 0.1,
      variational: { input: 0.05, recurrent: 0.05, output: 0.05 },
      zoneout: { hidden: 0.05 },
    });
    class First extends nn.Module {
      readonly body = module;
      readonly head = nn.linear(16, 2);
      override forward(sequences: Operand): Operand {
        const { hN } = module.sequence(sequences);
        return this.head.call(ops.reshape(ops.slice(hN, 0, 1, 2), [-1, 16]));
      }
    }
    const model = new First();
    const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.adam({ lr: 0.01 }) });
    const steps = 8;
    const noise = randomTensor([64, steps, 2], 7, 0.3);
    const labels = Int32Array.from({ length: 64 }, (_, n) => n % 2);
    labels.forEach((label, n) => (noise.data[n * steps * 2 + label] = 2));
    for (let epoch = 0; epoch < 60; epoch++) trainer.step(noise, tensor(labels));
    const scores = model.predict(noise).data;
    const right = labels.filter((label, n) => (scores[2 * n + label] ?? 0) > (scores[2 * n + 1 - label] ?? 0));
    expect(right.length).toBe(64);
  });
});

test("one mask serves all time steps, another each sequence and each training step", () => {
  manualSeed(8);
  for (const batchFirst of [false, true]) {
    const layer = nn.lockedDropout(0.5, { batchFirst });
    const shape = batchFirst ? [40, 6, 50] : [6, 40, 50];
    const at = (data: Float32Array, t: number, n: number): Float32Array => {
      const start = (batchFirst ? n * 6 + t : t * 40 + n) * 50;
      return data.slice(start, start + 50);
    };
    const [first, second] = [layer.run(ones(shape)).data, layer.run(ones(shape)).data];
    expect(second).not.toEqual(first);
    for (let n = 0; n < 40; n++) {
      for (let t = 1; t < 6; t++) expect(at(first, t, n)).toEqual(at(first, 0, n));
    }
    for (let n = 1; n < 40; n++) expect(at(first, 0, n)).not.toEqual(at(first, 0, n - 1));
    // 2,000 draws: 5 standard deviations of the share of zeros are 0.056.
    const zeros = first.filter((value) => value === 0).length / first.length;
    expect(Math.abs(zeros - 0.5)).toBeLessThan(0.056);
    expect(new Set(first)).toEqual(new Set([0, 2]));
    expect(layer.predict(ones(shape)).data).toEqual(ones(shape).data);
  }
});

test("weights from h to h can be dropped by name", () => {
  manualSeed(9);
  const layer = nn.lstm(FEATURES, HIDDEN);
  const dropping = nn.weightDrop(layer, ["weight_hh_l0"], 0.5);
  const state = layer.stateDict();
  const mask = new Held(dropping).run(x);
  expect(mask.data).not.toEqual(layer.run(x).data);
  expect(dropping.predict(x).data).toEqual(layer.predict(x).data);
  expect(layer.stateDict()).toEqual(state);
});

/** A table of 30 words of 8 features, for words that are given as rows of a matrix with a single 1. */
class Table extends nn.Module {
  readonly weight = nn.init.uniform(new nn.Parameter([30, 8]), 1, 2);
  override forward(words: Operand): Operand {
    return ops.matmul(words, this.weight);
  }
}

test("whole words are dropped, wherever they stand", () => {
  manualSeed(11);
  const layer = nn.embeddingDropout(new Table(), 0.4);
  expect(Object.keys(layer.stateDict())).toEqual(["weight"]);
  const words = Array.from({ length: 600 }, (_, i) => (7 * i) % 30);
  const given = tensor(new Float32Array(600 * 30), [600, 30]);
  words.forEach((word, i) => (given.data[i * 30 + word] = 1));
  const kept = layer.predict(given).data;
  const draw = (): number[] => {
    const { data } = layer.run(given);
    const scales = words.map((word, i) => {
      const scale = (data[i * 8] ?? NaN) / (kept[i * 8] ?? NaN);
      const expected = kept.slice(i * 8, i * 8 + 8).map((value) => value * scale);
      expectClose(data.slice(i * 8, i * 8 + 8), expected, { relative: 1e-6, what: `word ${word}` });
      return scale;
    });
    const first = Array.from({ length: 30 }, (_, word) => scales[words.indexOf(word)] ?? NaN);
    expect(scales).toEqual(words.map((word) => first[word]));
    expectClose(
      first,
      first.map((scale) => (scale > 0 ? 1 / 0.6 : 0)),
      { relative: 1e-6 },
    );
    return first;
  };
  const draws = Array.from({ length: 40 }, draw);
  expect(new Set(draws.map(String)).size).toBe(40);
  // 1,200 draws: 5 standard deviations of the share of zeros are 0.071.
  const zeros = draws.flat().filter((scale) => scale === 0).length / 1200;
  expect(Math.abs(zeros - 0.4)).toBeLessThan(0.071);
  expectGradient(new Held(layer), [tensor(given.data.slice(0, 60), [2, 30])]);
});
