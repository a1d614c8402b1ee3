import { describe, expect, test } from "vitest";
import { manualSeed, nn, ops, vjp } from "../../src/index.ts";
import { Tensor, tensor } from "../../src/base/tensor.ts";
import { Lambda, expectClose, expectGradient, randomTensor, thrownBy } from "../support.ts";

const random = (shape: readonly number[], seed: number): Tensor<"float32"> => randomTensor(shape, seed);
const whole = (rows: readonly (readonly number[])[]): Tensor => tensor(rows, undefined, "int32");

describe("multiheadAttention", () => {
  manualSeed(4);
  const x = random([2, 3, 4], 1);
  const padding = whole([
    [0, 1, 0, 0, 1],
    [0, 0, 0, 0, 0],
    [1, 0, 1, 1, 1],
  ]);
  const cases: readonly (readonly [name: string, module: nn.Module, inputs: readonly Tensor[]])[] = [
    ["itself", nn.multiheadAttention(4, 2, { batchFirst: true }), [x]],
    ["sequence first, causal", nn.multiheadAttention(4, 2, { causal: true }), [x]],
    ["key and value from one operand", nn.multiheadAttention(4, 1, { batchFirst: true }), [x, random([2, 5, 4], 2)]],
    [
      "sizes of their own, padding as floats",
      nn.multiheadAttention(4, 2, { kdim: 3, vdim: 2, batchFirst: true, bias: false }),
      [x, random([2, 2, 3], 2), random([2, 2, 2], 3)],
    ],
    [
      "a mask that is learned",
      nn.multiheadAttention(4, 2),
      [x, random([5, 3, 4], 2), random([5, 3, 4], 3), padding, random([2, 5], 5)],
    ],
    ["one sample", nn.multiheadAttention(4, 4), [random([3, 4], 1)]],
    ["one sample, batch first", nn.multiheadAttention(4, 4, { batchFirst: true, causal: true }), [random([3, 4], 1)]],
  ];
  test.each(cases)("gradients: %s", (_, module, inputs) => expectGradient(module, inputs));

  test("the same result for batches and sequences first, and for key and value given or left out", () => {
    const [first, last] = [true, false].map((batchFirst) => nn.multiheadAttention(4, 2, { batchFirst, causal: true }));
    last!.loadStateDict(first!.stateDict());
    const swap = (from: Tensor): Tensor => new Lambda((operand) => ops.transpose(operand, 0, 1)).run(from);
    const out = first!.run(x);
    expectClose(swap(last!.run(swap(x))).data, out.data);
    expectClose(first!.run(x, x).data, out.data);
    expectClose(first!.run(x, x, x).data, out.data);
  });

  test("causal: no place hears of a later one, as with a mask of -Infinity", () => {
    const module = nn.multiheadAttention(4, 2, { batchFirst: true, causal: true });
    const changed = new Tensor(
      x.shape,
      "float32",
      x.data.map((value, i) => (Math.floor(i / 4) % 3 === 2 ? value + 1 : value)),
    );
    const [before, after] = [module.run(x), module.run(changed)];
    const early = (out: Tensor): number[] => [...out.data].filter((_, i) => Math.floor(i / 4) % 3 < 2);
    expect(early(after)).toEqual(early(before));
    const free = nn.multiheadAttention(4, 2, { batchFirst: true });
    free.loadStateDict(module.stateDict());
    const mask = tensor([0, 1, 2].map((t) => [0, 1, 2].map((s) => (s > t ? -Infinity : 0))));
    expectClose(
      free.run(
        x,
        x,
        x,
        whole([
          [0, 0, 0],
          [0, 0, 0],
        ]),
        mask,
      ).data,
      before.data,
    );
  });

  test("a sample all of whose keys are padding gets the output's bias alone, and no gradient", () => {
    const module = nn.multiheadAttention(4, 2, { batchFirst: true });
    module.outProj.bias?.assign([1, 2, 3, 4]);
    const padding = whole([
      [1, 1, 1],
      [0, 0, 1],
    ]);
    const out = module.run(x, x, x, padding);
    expect([...out.data.subarray(0, 12)]).toEqual([1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]);
    const { inputs } = vjp(module, [x, x, x, padding], random([2, 3, 4], 6));
    for (const gradient of inputs.slice(0, 3)) {
      expect(gradient?.data.every(Number.isFinite)).toBe(true);
      expect(gradient?.data.subarray(0, 12).every((value) => value === 0)).toBe(true);
    }
  });

  test("dropout of weights: a new mask at each run in training, none in evaluation", () => {
    manualSeed(1);
    const module = nn.multiheadAttention(4, 2, { dropout: 0.5, batchFirst: true });
    expect([...module.run(x).data]).not.toEqual([...module.run(x).data]);
    module.eval();
    const without = nn.multiheadAttention(4, 2, { batchFirst: true });
    without.loadStateDict(module.stateDict());
    expect([...module.run(x).data]).toEqual([...without.run(x).data]);
  });

  test("initial values are PyTorch's: Xavier's bound for the three together, zeros for biases", () => {
    const state = nn.multiheadAttention(64, 4).stateDict();
    const bound = Math.sqrt(6 / (64 + 3 * 64));
    const largest = Math.max(...(state["in_proj_weight"]?.data ?? []).map(Math.abs));
    expect(largest).toBeLessThanOrEqual(bound);
    expect(largest).toBeGreaterThan(0.99 * bound);
    for (const name of ["in_proj_bias", "out_proj.bias"]) {
      expect(state[name]?.data.every((value) => value === 0)).toBe(true);
    }
  });
});

describe("transformerEncoderLayer", () => {
  const small = { dimFeedforward: 5, dropout: 0, activation: "gelu" } as const;

  test.each([{ normFirst: true }, { normFirst: false, batchFirst: true }, { causal: true, bias: false }])(
    "gradients: %j",
    (options) => expectGradient(nn.transformerEncoderLayer(4, 2, { ...small, ...options }), [random([3, 2, 4], 1)]),
  );

  test("masks go to attention as PyTorch orders them: the mask of scores, then that of keys", () => {
    const layer = nn.transformerEncoderLayer(4, 2, { ...small, batchFirst: true });
    const x = random([2, 3, 4], 1);
    const causal = tensor([0, 1, 2].map((t) => [0, 1, 2].map((s) => (s > t ? -Infinity : 0))));
    const out = layer.run(
      x,
      causal,
      whole([
        [0, 0, 1],
        [0, 0, 1],
      ]),
    );
    const alone = nn.transformerEncoderLayer(4, 2, { ...small, batchFirst: true, causal: true });
    alone.loadStateDict(layer.stateDict());
    const first = (of: Tensor): number[] => [...of.data.subarray(0, 8)];
    expectClose(first(out), first(alone.run(x)));
  });
});

describe("positionalEncoding", () => {
  test.each([
    [[7, 2, 5], false, 0],
    [[2, 7, 5], true, 1],
    [[7, 5], true, 0],
  ] as const)("sines and cosines are added to %j", (shape, batchFirst, axis) => {
    const x = random(shape, 1);
    const module = nn.positionalEncoding(5, { batchFirst });
    const inner = shape.slice(axis + 1).reduce((product: number, extent) => product * extent, 1);
    const expected = x.data.map((value, i) => {
      const [t, feature] = [Math.floor(i / inner) % shape[axis], i % 5];
      const angle = t / 10_000 ** ((2 * Math.floor(feature / 2)) / 5);
      return value + (feature % 2 === 0 ? Math.sin(angle) : Math.cos(angle));
    });
    expectClose(module.run(x).data, expected);
    expectGradient(module, [x]);
    expect(module.maxLen).toBe(5000);
    expect(module.stateDict()).toEqual({});
  });
});

describe("bad input", () => {
  const mha = nn.multiheadAttention(6, 2, { batchFirst: true });
  const apply =
    (module: nn.Module, ...inputs: Tensor[]): (() => unknown) =>
    () =>
      module.run(...inputs);
  const x = random([2, 3, 6], 1);
  const four = random([2, 3, 4, 5], 1);
  const attend = new Lambda((q, k, v) => ops.scaledDotProductAttention(q, k, v));
  test.each([
    [
      () => nn.multiheadAttention(10, 3),
      "RangeError: multiheadAttention: embedDim must be a multiple of numHeads; got 10 and 3",
    ],
    [
      () => nn.multiheadAttention(10, 0),
      "RangeError: multiheadAttention: numHeads must be a whole number of at least 1; got 0",
    ],
    [
      () => nn.multiheadAttention(NaN, 1),
      "RangeError: multiheadAttention: embedDim must be a whole number of at least 1; got NaN",
    ],
    [() => nn.multiheadAttention(4, 2, { dropout: 1.5 }), "RangeError: dropout: p must be from 0 to 1; got 1.5"],
    [
      () => nn.multiheadAttention(4, 2, { vdim: 0 }),
      "RangeError: multiheadAttention: vdim must be a whole number of at least 1; got 0",
    ],
    [
      () => nn.multiheadAttention(4, 2, { isCausal: true } as object),
      "TypeError: multiheadAttention: options must be dropout, bias, kdim, vdim, batchFirst, causal; got isCausal",
    ],
    [apply(mha, random([2, 3, 5], 1)), "ShapeError: multiheadAttention: query must be [B, T, 6]; got input [2, 3, 5]"],
    [
      apply(nn.multiheadAttention(6, 2), random([6], 1)),
      "ShapeError: multiheadAttention: query must be [T, B, 6]; got input [6]",
    ],
    [
      apply(mha, x, random([1, 3, 6], 1)),
      "ShapeError: multiheadAttention: key must be [2, S, 6]; got input 1 [1, 3, 6]",
    ],
    [
      apply(mha, x, x, random([2, 4, 6], 1)),
      "ShapeError: multiheadAttention: value must be [2, 3, 6]; got input 2 [2, 4, 6]",
    ],
    [
      apply(mha, x, x, x, whole([[0, 1, 0]])),
      "ShapeError: attention: keyPaddingMask must be [2, 3]; got input 3 [1, 3]",
    ],
    [
      apply(
        mha,
        x,
        x,
        x,
        whole([
          [0, 1, 0],
          [0, 0, 0],
        ]),
        random([3, 2], 1),
      ),
      "ShapeError: attention: attnMask must be [3, 3] or [4, 3, 3]; got input 4 [3, 2]",
    ],
    [
      apply(
        mha,
        x,
        x,
        x,
        whole([
          [0, 1, 0],
          [0, 0, 0],
        ]),
        whole([
          [0, 0, 0],
          [0, 0, 0],
          [0, 0, 0],
        ]),
      ),
      "TypeError: attention: attnMask must be float32; got int32 input 4 [3, 3]",
    ],
    [
      apply(attend, four, four, random([2, 3, 5, 5], 1)),
      "ShapeError: scaledDotProductAttention: query must be [B, heads, T, D], key [B, heads, S, D], value [B, heads, S, V]; got input 0 [2, 3, 4, 5], input 1 [2, 3, 4, 5] and input 2 [2, 3, 5, 5]",
    ],
    [
      () => nn.transformerEncoderLayer(4, 2, { activation: "tanh" as "relu" }),
      'RangeError: transformerEncoderLayer: activation must be "relu" or "gelu"; got "tanh"',
    ],
    [
      () => nn.transformerEncoderLayer(4, 2, { dimFeedforward: 0.5 }),
      "RangeError: transformerEncoderLayer: dimFeedforward must be a whole number of at least 1; got 0.5",
    ],
    [
      () => nn.transformerEncoderLayer(4, 3),
      "RangeError: multiheadAttention: embedDim must be a multiple of numHeads; got 4 and 3",
    ],
    [
      () => nn.transformerEncoderLayer(4, 2, { dff: 8 } as object),
      "TypeError: transformerEncoderLayer: options must be dimFeedforward, dropout, activation, layerNormEps, batchFirst, normFirst, bias, causal; got dff",
    ],
    [
      () => nn.positionalEncoding(0),
      "RangeError: positionalEncoding: dModel must be a whole number of at least 1; got 0",
    ],
    [
      apply(nn.positionalEncoding(6, { maxLen: 2, batchFirst: true }), x),
      "ShapeError: positionalEncoding: the input must have two or three axes, with at most 2 positions of 6 features; got input [2, 3, 6]",
    ],
  ])("%#: refused", (act, message) => {
    expect(thrownBy(act)).toBe(message);
  });
});
