import { describe, expect, test } from "vitest";
import { type Operand, type Tensor, manualSeed, nn, ops, vjp } from "../../../src/index.ts";
import { Lambda, expectClose, expectGradient, randomTensor } from "../../support.ts";
import { BATCH, LENGTHS, SAME, STEPS, alone, lengths, repadded, whole, x } from "./lengths-cases.ts";
import { FEATURES, HIDDEN, KINDS, type Kind, MAKE } from "./recurrent-cases.ts";

const FORMS: readonly (readonly [string, nn.LstmOptions])[] = [
  ["plain", {}],
  ["two layers, both directions", { numLayers: 2, bidirectional: true }],
  [
    "everything that drops out",
    {
      numLayers: 2,
      bidirectional: true,
      dropout: 0.2,
      variational: { input: 0.2, recurrent: 0.2, output: 0.2 },
      zoneout: { hidden: 0.2 },
    },
  ],
];

describe.each(KINDS)("%s", (kind: Kind) => {
  test.each(FORMS)("%s: each sequence as if it stood alone, whatever padding holds", (_, options) => {
    const module = MAKE[kind](FEATURES, HIDDEN, { ...options, batchFirst: true }).eval();
    for (const [padding, steps] of [
      [NaN, STEPS],
      [Infinity, STEPS],
      [0, STEPS],
      [NaN, STEPS + 4],
    ] as const) {
      const { output, state } = module.runWithState(repadded(x, padding, steps), undefined, lengths);
      const width = output.shape[2] ?? 0;
      expect(Object.keys(state)).toEqual(kind === "lstm" ? ["h", "c"] : ["h"]);
      LENGTHS.forEach((length, n) => {
        const single = module.runWithState(alone(x, n, length));
        const row = output.data.subarray(n * steps * width, (n + 1) * steps * width);
        expectClose(row.subarray(0, length * width), single.output.data, SAME);
        expect(row.subarray(length * width).every((value) => value === 0)).toBe(true);
        for (const [name, last] of Object.entries(state)) {
          const own = (single.state as Record<string, Tensor>)[name];
          const found = [...last.data].filter((__, i) => Math.floor(i / HIDDEN) % BATCH === n);
          expectClose(found, own?.data ?? [], { ...SAME, what: name });
        }
      });
    }
  });

  test.each(FORMS)("%s: lengths that are all steps give the bits of no lengths", (_, options) => {
    const results = [[x], [x, whole(LENGTHS.map(() => STEPS))]].map((inputs) => {
      manualSeed(5);
      const module = MAKE[kind](FEATURES, HIDDEN, { ...options, batchFirst: true });
      const out = module.eval().run(...(inputs as [Tensor]));
      const width = options.bidirectional ? 2 * HIDDEN : HIDDEN;
      const found = vjp(module.train(), inputs, randomTensor([BATCH, STEPS, width], 3));
      return [out.data, found.output.data, found.inputs[0]?.data, found.parameters];
    });
    expect(results[1]).toEqual(results[0]);
  });

  test("steps first, from states: gradients by input and states, of output and last states; no steps keep the state", () => {
    for (const options of [{}, { numLayers: 2, bidirectional: true }, { zoneout: { hidden: 0.3 } }]) {
      const module = MAKE[kind](FEATURES, HIDDEN, options).eval();
      const places = options.bidirectional ? 4 : 1;
      const own = whole([2, 0, 4]);
      const states = [4, 5]
        .slice(0, kind === "lstm" ? 2 : 1)
        .map((seed) => randomTensor([places, BATCH, HIDDEN], seed));
      class Ends extends nn.Module {
        readonly body = module;
        override forward(input: Operand, known: Operand, ...given: readonly Operand[]): Operand {
          const inputs: readonly Operand[] = [input, ...given, known];
          const all: Operand[] = Object.values(module.sequence(...(inputs as [Operand])));
          return ops.concatenate(all.map((each) => ops.reshape(each, [-1])));
        }
      }
      expectGradient(new Ends(), [randomTensor([4, BATCH, FEATURES], 1), own, ...states]);
      const found = module.runWithState(
        randomTensor([4, BATCH, FEATURES], 1),
        stateOf(states) as nn.LstmState,
        own,
      ).state;
      const kept = (of: Tensor): number[] => [...of.data].filter((_, i) => Math.floor(i / HIDDEN) % BATCH === 1);
      expect(Object.values(found).map(kept)).toEqual(states.map(kept));
      expect(states.flatMap(kept)).toHaveLength(states.length * places * HIDDEN);
    }
  });
});

function stateOf([h, c]: readonly Tensor[]): object {
  return { h, ...(c && { c }) };
}

test("a sequence in two halves of its own lengths, the state carried over, is the whole sequence", () => {
  const module = nn.gru(FEATURES, HIDDEN, { batchFirst: true });
  const [first, second] = [0, 1].map((half) => {
    const part = new Lambda((all) => ops.slice(all, 1, half * 3, half * 2 + 3)).run(x);
    return [part, whole(LENGTHS.map((length) => Math.min(Math.max(length - half * 3, 0), 3 - half)))] as const;
  }) as [readonly [Tensor, Tensor], readonly [Tensor, Tensor]];
  const before = module.runWithState(first[0], undefined, first[1]);
  const after = module.runWithState(second[0], before.state, second[1]);
  expectClose(after.state.h.data, module.runWithState(x, undefined, lengths).state.h.data, SAME);
});

describe("attention and encoder layers", () => {
  const width = 4;
  const input = randomTensor([BATCH, STEPS, width], 2);
  const layers = [
    ["attention", nn.multiheadAttention(width, 2, { batchFirst: true })],
    ["causal attention", nn.multiheadAttention(width, 2, { batchFirst: true, causal: true })],
    ["encoder layer", nn.transformerEncoderLayer(width, 2, { dimFeedforward: 6, batchFirst: true, dropout: 0 })],
    [
      "encoder layer, norm first",
      nn.transformerEncoderLayer(width, 2, { dimFeedforward: 6, batchFirst: true, dropout: 0, normFirst: true }),
    ],
  ] as const;

  test.each(layers)("%s: each sequence as if it stood alone, NaN in padding", (_, layer) => {
    const out = layer.run(repadded(input, NaN), lengths);
    LENGTHS.forEach((length, n) => {
      const row = out.data.subarray(n * STEPS * width, (n + 1) * STEPS * width);
      expectClose(row.subarray(0, length * width), layer.run(alone(input, n, length)).data, { relative: 1e-5 });
      expect(row.subarray(length * width).every((value) => value === 0)).toBe(true);
    });
  });

  test.each(layers)("%s: gradients, and none into padding", (_, layer) => {
    expectGradient(layer, [repadded(input, 0.5), whole([3, 5, 0])]);
    const cotangent = randomTensor(input.shape, 3);
    const [clean, dirty] = [0, NaN].map((padding) => vjp(layer, [repadded(input, padding), lengths], cotangent));
    expect(dirty).toEqual(clean);
    expect(repadded(dirty!.inputs[0]!, 0)).toEqual(dirty!.inputs[0]);
  });

  test.each(layers)("%s: lengths that are all steps give the bits of no lengths", (_, layer) => {
    const cotangent = randomTensor(input.shape, 3);
    const [plain, full] = [[input], [input, whole(LENGTHS.map(() => STEPS))]].map((inputs) => {
      const { output, inputs: found, parameters } = vjp(layer, inputs, cotangent);
      return [output.data, found[0]?.data, parameters];
    });
    expect(full).toEqual(plain);
  });

  test("lengths go together with both masks, and are a key padding mask in other words", () => {
    const layer = nn.multiheadAttention(width, 2, { causal: true });
    const byTime = (from: Tensor): Tensor => new Lambda((all) => ops.transpose(all, 0, 1)).run(from);
    const query = byTime(input);
    class ToItself extends nn.Module {
      readonly body = layer;
      override forward(all: Operand, ...masks: readonly Operand[]): Operand {
        return this.body.call(all, all, all, ...masks);
      }
    }
    const attend = new ToItself();
    const mask = randomTensor([STEPS, STEPS], 4);
    const ignored = whole(
      Array.from({ length: BATCH * STEPS }, (_, i) => (i % 4 === 1 ? 1 : 0)),
      [BATCH, STEPS],
    );
    const both = whole(
      ignored.data.map((value, i) => (i % STEPS >= (LENGTHS[Math.floor(i / STEPS)] ?? 0) ? 1 : value)) as never,
      [BATCH, STEPS],
    );
    const expected = byTime(layer.run(query, query, query, both, mask));
    expectClose(byTime(attend.run(query, ignored, mask, lengths)).data, repadded(expected, 0).data, SAME);
  });

  test("of another sequence, lengths are those of its keys, and every query gets an answer", () => {
    const layer = nn.multiheadAttention(width, 2, { batchFirst: true });
    const query = randomTensor([BATCH, 2, width], 5);
    const mask = new Lambda((known) => ops.paddingMask(known, STEPS)).run(lengths);
    const found = layer.run(query, repadded(input, NaN), lengths);
    expectClose(found.data, layer.run(query, input, input, mask).data, SAME);
    expectGradient(layer, [query, repadded(input, 0.5), lengths]);
  });
});
