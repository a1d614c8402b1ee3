import { describe, expect, expectTypeOf, test } from "vitest";
import { Trainer, data, manualSeed, nn, ops, optim, tensor, vjp } from "../../../src/index.ts";
import { Lambda, expectClose, expectGradient, randomTensor, thrownBy } from "../../support.ts";
import { expectSameBits } from "../../threads/shared-runs.ts";
import { BATCH, LENGTHS, STEPS, lengths, repadded, whole, x } from "./lengths-cases.ts";
import { FEATURES, HIDDEN } from "./recurrent-cases.ts";

describe("ops", () => {
  test("lengthsOf counts up to the last id that is no padding", () => {
    const ids = whole([4, 0, 5, 0, 0, 0, 1, 2, 3], [3, 3]);
    expect([...new Lambda((given) => ops.lengthsOf(given, 0)).run(ids).data]).toEqual([3, 0, 3]);
  });

  test.each([
    ["lastStep", ops.lastStep],
    ["maskedMean", ops.maskedMean],
    ["maskedMax", ops.maskedMax],
    ["zeroPadding", ops.zeroPadding],
  ])("%s: gradients, and no steps give zeros", (_, of) => {
    const module = new Lambda((given, known) => of(given, known));
    const inputsOf = [repadded(x, NaN), whole([3, 5, 0])];
    expectGradient(module, [x, whole([3, 5, 0])]);
    const { output, inputs } = vjp(module, inputsOf, module.run(...inputsOf));
    const last = output.data.subarray((output.size / BATCH) * 2);
    expect(last.every((value) => value === 0)).toBe(true);
    expect([...output.data, ...(inputs[0]?.data ?? [])].every(Number.isFinite)).toBe(true);
  });

  test("all steps by default: the mean is that along the axis, bit for bit", () => {
    expect(nn.maskedMean().run(x)).toEqual(new Lambda((given) => ops.mean(given, 1)).run(x));
    expect(nn.lastStep().run(x)).toEqual(
      new Lambda((given) => ops.reshape(ops.slice(given, 1, STEPS - 1, STEPS), [BATCH, FEATURES])).run(x),
    );
    for (const layer of [nn.lastStep(), nn.maskedMean(), nn.maskedMax()]) expectGradient(layer, [x]);
  });
});

describe("padded", () => {
  const [WORDS, WIDTH] = [7, 4];
  const ids = whole([3, 1, 2, 0, 0, 6, 5, 1, 2, 4, 2, 0, 0, 0, 0], [BATCH, STEPS]);
  const heads = [nn.lastStep, () => nn.lastStep({ bidirectional: true }), nn.maskedMean, nn.maskedMax];

  test.each(heads.map((head) => [head().describe(), head] as const))(
    "ids alone, %s: as by lengths, and as alone",
    (_, head) => {
      const body = nn.sequential(
        nn.embedding(WORDS, WIDTH, { paddingIdx: 0 }),
        nn.dropout(0.3),
        nn.lstm(WIDTH, HIDDEN, { batchFirst: true, bidirectional: true, numLayers: 2, dropout: 0.2 }),
        nn.residual(nn.transformerEncoderLayer(2 * HIDDEN, 2, { dimFeedforward: 8, batchFirst: true })),
        head(),
        nn.linear(2 * HIDDEN, 2),
      );
      const model = nn.padded(body, { paddingIdx: 0 }).eval();
      const out = model.run(ids);
      expect(out.shape).toEqual([BATCH, 2]);
      expect(nn.padded(body).eval().run(ids, lengths)).toEqual(out);
      expect(nn.padded(body).predict({ x: ids, lengths }, { batchSize: 3 })).toEqual(out);
      // PrepackedMatmul of few sequences add in another order, with lengths or without.
      expectClose(nn.padded(body).predict([ids, lengths], { batchSize: 2 }).data, out.data, { relative: 1e-5 });
      LENGTHS.forEach((length, n) => {
        const single = whole([...ids.data].slice(n * STEPS, n * STEPS + length), [1, length]);
        expectClose(body.run(single).data, out.data.slice(n * 2, n * 2 + 2), { relative: 1e-5, what: `sequence ${n}` });
      });
      expect(Object.keys(model.stateDict())).toEqual(Object.keys(body.stateDict()));
    },
  );

  test("the last step of both directions is what hN holds", () => {
    const layer = nn.gru(FEATURES, HIDDEN, { batchFirst: true, bidirectional: true });
    const out = nn.padded(nn.sequential(layer, nn.lastStep({ bidirectional: true }))).run(x, lengths);
    const { h } = layer.runWithState(x, undefined, lengths).state;
    const joined = new Lambda((states) => ops.reshape(ops.transpose(states, 0, 1), [BATCH, 2 * HIDDEN])).run(h);
    expect(out).toEqual(joined);
  });

  /** The class is the first id, and sequences have 1 to 6 steps, so that the last place tells nothing. */
  function sequences(count: number): data.Dataset {
    const [steps, labels] = [6, new Int32Array(count)];
    const values = Int32Array.from({ length: count * steps }, (_, i) => {
      const [n, t] = [Math.floor(i / steps), i % steps];
      if (t === 0) labels[n] = n % 2;
      if (t > (n * 7) % steps) return 0;
      return t === 0 ? 1 + (n % 2) : 3 + ((n * 5 + t * 3) % 4);
    });
    return data.fromArrays(tensor(values, [count, steps]), labels);
  }

  test("learns by fit from ids alone, the same bits for any number of threads", async () => {
    await expectSameBits([2], async () => {
      manualSeed(7);
      const model = nn.padded(
        nn.sequential(
          nn.embedding(WORDS, 8, { paddingIdx: 0 }),
          nn.lstm(8, 16, { batchFirst: true, variational: { recurrent: 0.1 }, zoneout: { hidden: 0.05, cell: 0.05 } }),
          nn.lastStep(),
          nn.linear(16, 2),
        ),
        { paddingIdx: 0 },
      );
      const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.adam({ lr: 0.02 }) });
      await trainer.fit(sequences(96), { epochs: 25, batchSize: 40, shuffle: true });
      expect(trainer.evaluate(sequences(96)).accuracy).toBe(1);
      expect(model.predict(sequences(50).x, { batchSize: 50 })).toEqual(model.predict(sequences(50).x));
      return model.stateDict();
    });
  });

  test("prints as the body in it, and keeps its sizes", () => {
    const model = nn.padded(nn.gru(4, 5, { batchFirst: true }), { paddingIdx: 0 });
    expect([model.describe(), nn.padded(nn.identity()).describe()]).toEqual(["padded with 0", "padded, by lengths"]);
    expectTypeOf(model).toExtend<nn.Module<4, 5>>();
  });
});

describe("bad input", () => {
  const lstm = nn.lstm(FEATURES, HIDDEN, { batchFirst: true });
  const rows: readonly [() => unknown, string][] = [
    [() => nn.gru(4, 5, { numLayers: 65536 }), "RangeError: gru: numLayers must be from 1 to 1024; got 65536"],
    [() => lstm.run(x, whole([3, 6, 1])), "RangeError: lstm: lengths must be from 0 to 5; got 6 at index 1"],
    [() => lstm.run(x, whole([3, -1, 1])), "RangeError: lstm: lengths must be from 0 to 5; got -1 at index 1"],
    [() => lstm.run(x, whole([3, 5])), "ShapeError: lstm: lengths must be [3], one for each sequence; got [2]"],
    [
      () => lstm.runWithState(x, undefined, randomTensor([3], 1)),
      "TypeError: lstm: h0 and c0 must be given together; got h0 alone",
    ],
    [
      () => nn.padded(lstm).run(x, tensor([3, 5, 1])),
      'TypeError: padded: lengths must be int32, as tensor(values, shape, "int32") or an input { shape, dtype: "int32" } gives; got float32 input 1 [3]',
    ],
    [
      () => nn.padded(lstm).run(x),
      "TypeError: padded: there must be lengths as the second input, or paddingIdx and int32 ids; got float32 input [3, 5, 4] alone",
    ],
    [
      () => nn.padded(nn.sequential(nn.lstm(FEATURES, HIDDEN))).run(x, lengths),
      'ShapeError: lstm: x must be [3, 5, features], with batchFirst, as the input of nn.padded; got input 0 [3, 5, 4], steps first (in "0" (lstm 4 -> 5))',
    ],
    [
      () => nn.padded(new Lambda((all) => lstm.call(ops.slice(all, 1, 0, 4)))).run(x, lengths),
      "ShapeError: lstm: x must be [3, 5, features], as the input of nn.padded; got slice [3, 4, 4]",
    ],
    [
      () => nn.padded(lstm).run(x, whole([3, 7, 1])),
      "RangeError: padded: lengths must be from 0 to 5; got 7 at index 1",
    ],
    [
      () => nn.padded(lstm, { paddingIdx: 0.5 }),
      "RangeError: padded: paddingIdx must be an integer of 32 bits; got 0.5",
    ],
    [() => nn.padded(null as never), "TypeError: padded: the body must be a module; got null"],
    [
      () => nn.lastStep({ bidirectional: 1 as never }),
      "TypeError: lastStep: bidirectional must be true or false; got 1",
    ],
    [
      () => nn.lastStep({ bidirectional: true }).run(randomTensor([2, 3, 5], 1)),
      "ShapeError: lastStep: x must be [batch, steps, 2 * hiddenSize] if bidirectional; got input [2, 3, 5]",
    ],
    [
      () => nn.maskedMean().run(randomTensor([2, 3], 1)),
      "ShapeError: maskedMean: x must be [batch, steps, features]; got input [2, 3]",
    ],
    [
      () => new Lambda((ids) => ops.paddingMask(ops.lengthsOf(ids, 0), 2)).run(whole([1, 2, 3], [1, 3])),
      "RangeError: paddingMask: lengths must be from 0 to 2; got lengthsOf [1], which may be 0 to 3",
    ],
    [
      () => nn.multiheadAttention(4, 2, { batchFirst: true }).run(x, whole([3, 5, 9])),
      "RangeError: multiheadAttention: lengths must be from 0 to 5; got 9 at index 2",
    ],
  ];
  test.each(rows)("%#: %s", (act, message) => {
    expect(thrownBy(act)).toBe(message);
  });
});
