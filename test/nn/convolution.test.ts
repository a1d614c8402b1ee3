import { describe, expect, test } from "vitest";
import { manualSeed, nn } from "../../src/index.ts";
import { randomTensor, thrownBy } from "../support.ts";

describe("convolution layers", () => {
  test.each([
    ["conv1d", nn.conv1d(4, 6, 5, { groups: 2 }), [6, 2, 5], 10],
    ["conv2d", nn.conv2d(4, 6, [3, 5]), [6, 4, 3, 5], 60],
    ["convTranspose2d", nn.convTranspose2d(4, 6, 3, { groups: 2 }), [4, 3, 3, 3], 27],
  ] as const)("%s: PyTorch's names, layouts and initial values, in ±1/√fan", (_, layer, shape, fan) => {
    const state = layer.stateDict();
    expect(Object.entries(state).map(([name, each]) => [name, each.shape])).toEqual([
      ["weight", shape],
      ["bias", [6]],
    ]);
    for (const { data } of Object.values(state)) {
      const most = Math.max(...data.map(Math.abs));
      expect(most).toBeLessThanOrEqual(1 / Math.sqrt(fan) + 1e-7);
      // Of at least six numbers, all are within a tenth of the bound by a chance of 1e-6.
      expect(most).toBeGreaterThan(0.1 / Math.sqrt(fan));
    }
  });

  test("a layer says what differs from the usual, and gives shapes as its summary tells", () => {
    const layer = nn.conv2d(4, 8, [3, 5], { stride: 2, padding: [1, 0], dilation: [2, 1], groups: 4, bias: false });
    expect(layer.describe()).toBe(
      "conv2d 4 -> 8, kernel 3 x 5, stride 2 x 2, padding 1 x 0, dilation 2 x 1, groups 4, no bias",
    );
    expect(layer.run(randomTensor([2, 4, 9, 9], 1)).shape).toEqual([2, 8, 4, 3]);
    expect(nn.conv1d(1, 1, 3, { padding: "same" }).describe()).toBe("conv1d 1 -> 1, kernel 3, padding same");
    expect(nn.convTranspose2d(1, 1, 3, { stride: 2, outputPadding: 1 }).describe()).toBe(
      "convTranspose2d 1 -> 1, kernel 3 x 3, stride 2 x 2, output padding 1 x 1",
    );
  });

  test.each([
    ["conv1d", () => nn.conv1d(4, 6, 5, { groups: 2 }), [6, 2, 5], [6], 10],
    ["conv2d", () => nn.conv2d(2, 3, 3), [3, 2, 3, 3], [3], 18],
    ["convTranspose2d", () => nn.convTranspose2d(2, 3, 3), [2, 3, 3, 3], [3], 27],
  ] as const)("%s: the bias is drawn after the weight, whichever is read first", (_, make, shape, outputs, fan) => {
    manualSeed(3);
    const bound = 1 / Math.sqrt(fan);
    const weight = nn.init.uniform(new nn.Parameter(shape), -bound, bound);
    const bias = nn.init.uniform(new nn.Parameter(outputs), -bound, bound);
    manualSeed(3);
    const layer = make();
    expect(layer.bias?.read()).toEqual(bias.read());
    expect(layer.weight.read()).toEqual(weight.read());
  });

  const wrong: readonly (readonly [act: () => unknown, message: string])[] = [
    [
      () => nn.conv2d(3, 4, 3, { groups: 2 }),
      "RangeError: conv2d: inChannels and outChannels must be divisible by groups; got 3, 4 and 2",
    ],
    [() => nn.conv2d(0, 4, 3), "RangeError: conv2d: inChannels must be a whole number of at least 1; got 0"],
    [() => nn.conv2d(1, -4, 3), "RangeError: conv2d: outChannels must be a whole number of at least 1; got -4"],
    [() => nn.conv2d(1, 4, NaN), "RangeError: conv2d: kernelSize must be a whole number of at least 1; got NaN"],
    [
      () => nn.conv2d(1, 4, [3, 3, 3]),
      "RangeError: conv2d: kernelSize must be a number or [height, width]; got [3,3,3]",
    ],
    [() => nn.conv1d(1, 4, [3, 3]), "RangeError: conv1d: kernelSize must be a number; got [3,3]"],
    [
      () => nn.conv2d(1, 4, 3, { stride: [1, 0] }),
      "RangeError: conv2d: stride must be a whole number of at least 1; got 0",
    ],
    [
      () => nn.conv2d(1, 4, 3, { padding: -1 }),
      "RangeError: conv2d: padding must be a whole number of at least 0; got -1",
    ],
    [() => nn.conv2d(1, 4, 3, { groups: 0 }), "RangeError: conv2d: groups must be a whole number of at least 1; got 0"],
    [
      () => nn.conv2d(1, 4, 3, { padding: "full" as "same" }),
      'RangeError: conv2d: padding must be numbers, "same" or "valid"; got "full"',
    ],
    [
      () => nn.conv2d(1, 4, 3, { padding: "same", stride: 2 }),
      'RangeError: conv2d: stride must be 1 where padding is "same"; got 2 x 2',
    ],
    [
      () => nn.conv2d(1, 4, 3, { paddingMode: "reflect" } as object),
      "TypeError: conv2d: options must be stride, padding, dilation, groups, bias; got paddingMode",
    ],
    [
      () => nn.convTranspose2d(1, 4, 3, { stride: 2, outputPadding: 2 }),
      "RangeError: convTranspose2d: outputPadding must be below stride or dilation, at most 1 x 1; got 2 x 2",
    ],
    [
      () => nn.convTranspose2d(1, 4, 3, { padding: "same" as unknown as number }),
      'RangeError: convTranspose2d: padding must be a number or [height, width]; got "same"',
    ],
    [
      () => nn.sequential(nn.conv2d(3, 4, 3)).run(randomTensor([1, 1, 5, 5], 1)),
      'ShapeError: conv2d: the input must have 3 channels for parameter [4, 3, 3, 3]; got 1 from input [1, 1, 5, 5] (in "0" (conv2d 3 -> 4, kernel 3 x 3))',
    ],
  ];
  test.each(wrong)("wrong arguments are refused: %#", (act, message) => expect(thrownBy(act)).toBe(message));
});
