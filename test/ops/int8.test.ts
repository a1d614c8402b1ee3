/** Linear layers and convolutions in int8 against NumPy, by the formulas of docs/small-weights.md (`scripts/int8.py`). */
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { type Tensor, configure, nn, tensor } from "../../src/index.ts";

interface Numbers {
  readonly shape: readonly number[];
  readonly times1024: readonly number[];
}

interface Case {
  readonly name: string;
  readonly layer: "linear" | "conv2d";
  readonly options: NonNullable<Parameters<typeof nn.conv2d>[3]>;
  readonly x: Numbers;
  readonly weight: Numbers;
  readonly bias: Numbers;
  readonly expected: readonly number[];
}

const path = new URL("fixtures/int8.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(path, "utf8")) as { readonly cases: readonly Case[] };

function tensorOf({ shape, times1024 }: Numbers): Tensor<"float32"> {
  return tensor(
    Float32Array.from(times1024, (value) => value / 1024),
    shape,
  );
}

function layerOf({ layer, options, weight: { shape } }: Case): nn.Linear | nn.Conv2d {
  const [outputs = 0, inputs = 0, height = 0, width = 0] = shape;
  if (layer === "linear") return nn.linear(inputs, outputs);
  return nn.conv2d(inputs * (options.groups ?? 1), outputs, [height, width], options);
}

afterEach(() => configure({ reproducible: false }));

/**
 * The integers and their sums are those of NumPy. What differs is the rounding to float32: four times of the two scales, three
 * times of products and sums with them; biases are at most 1. One unit of one integer changes an output by 4e-5 or more.
 */
const ROUNDINGS = 7 * 2 ** -24;

describe.each([true, false])("int8 as NumPy computes it, reproducible %s", (reproducible) => {
  test.each(cases.map((each) => [each.name, each] as const))("%s", (_, each) => {
    configure({ reproducible });
    const model = layerOf(each);
    model.loadStateDict({ weight: tensorOf(each.weight), bias: tensorOf(each.bias) });
    const x = tensorOf(each.x);
    const { data } = model.compile(x, { weights: "int8" })(x);
    expect(data.length).toBe(each.expected.length);
    each.expected.forEach((expected, i) => {
      const difference = Math.abs((data[i] ?? NaN) - expected);
      expect(difference, `element ${i}`).toBeLessThanOrEqual(ROUNDINGS * (1 + Math.abs(expected)));
    });
  });
});
