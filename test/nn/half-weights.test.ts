import { afterEach, describe, expect, test } from "vitest";
import { Half } from "#kernels/contract";
import { type Operand, configure, manualSeed, nn, ops, tensor } from "../../src/index.ts";
import { load, toBytes } from "../../src/io/index.ts";
import { Tensor } from "../../src/base/tensor.ts";
import { randomTensor, thrownBy } from "../support.ts";
import { LAYERS } from "../threads/layers.ts";

const FORMATS = Object.keys(Half) as (keyof typeof Half)[];
const KERNELS = ["default", "reproducible"] as const;

afterEach(() => configure({ reproducible: false, threads: "auto" }));

/** The first row of each tensor. */
function firstRows(inputs: readonly Tensor[]): Tensor[] {
  return inputs.map(({ shape, dtype, data }) => {
    const [rows = 1, ...rest] = shape;
    return new Tensor([1, ...rest], dtype, data.slice(0, data.length / rows));
  });
}

function bits({ data }: Tensor): number[] {
  return [...new Uint32Array(data.buffer, data.byteOffset, data.length)];
}

describe.each(FORMATS)("%s", (weights) => {
  describe.each(KERNELS)("%s kernels", (kernels) => {
    test.each(LAYERS.map((family) => [family.name, family] as const))("%s", async (_, { model: make, inputs }) => {
      configure({ reproducible: kernels === "reproducible" });
      manualSeed(5);
      const model = make().eval();
      const rounded = (await load(toBytes(model, { weights }))).eval();
      const batchFirst = !String(model).startsWith("rnn 12 -> 19");
      for (const given of batchFirst ? [inputs, firstRows(inputs)] : [inputs]) {
        for (const threads of [1, 3]) {
          configure({ threads });
          const small = model.compile(given, { weights })(given);
          expect(bits(small)).toEqual(bits(rounded.compile(given)(given)));
        }
      }
      expect(bits(model.compile(inputs, { weights })(inputs))).not.toEqual(bits(model.compile(inputs)(inputs)));
    });
  });

  test("a layer that is kept has the bits of float32, and the others those of rounded weights", async () => {
    manualSeed(6);
    const model = nn.sequential(nn.linear(33, 20), nn.linear(20, 7)).eval();
    const x = randomTensor([9, 33], 3);
    const rounded = (await load(toBytes(model, { weights, keep: ["1"] }))).eval();
    expect(rounded.stateDict()["1.weight"]).toEqual(model.stateDict()["1.weight"]);
    expect(rounded.stateDict()["0.weight"]).not.toEqual(model.stateDict()["0.weight"]);
    expect(model.compile([9, 33], { weights, keep: ["1"] })(x)).toEqual(rounded.predict(x));
  });

  test("weights [K, N], read along N, are rounded too", () => {
    const numbers = randomTensor([37, 21], 4).data;
    const [model, rounded] = [new Product(numbers), new Product(Float32Array.from(numbers, ROUNDED[weights]))];
    for (const rows of [1, 3, 40]) {
      const x = randomTensor([rows, 37], rows);
      expect(bits(model.compile([rows, 37], { weights })(x))).toEqual(bits(rounded.predict(x)));
    }
  });

  test("weights that change are narrowed again", () => {
    const model = nn.linear(3, 2, { bias: false });
    model.weight.assign([1, 2, 3, 4, 5, 6]);
    const run = model.compile([1, 3], { weights });
    const x = tensor([[1, 1, 1]]);
    expect([...run(x).data]).toEqual([6, 15]);
    model.weight.assign([1, 2, 3, 4, 5, 7]);
    expect([...run(x).data]).toEqual([6, 16]);
  });

  test("weights that the format cannot hold are refused at the run, with their layer", () => {
    const linear = nn.linear(3, 2, { bias: false });
    const convolution = nn.conv1d(2, 1, 3, { bias: false });
    const model = nn.sequential(linear, nn.unflatten(1, [2, 1]), nn.conv1d(2, 2, 1), nn.flatten());
    const run = model.compile([1, 3], { weights });
    const x = tensor([[1, 1, 1]]);
    const largest = weights === "bf16" ? (2 - 2 ** -7) * 2 ** 127 : 65_504;
    const refusal = (what: string): string =>
      `RangeError: weights: weights held as ${weights} must be finite and at most ${largest}; got others in ${what}`;
    for (const wrong of [NaN, Infinity, -Infinity, weights === "bf16" ? 3.4e38 : 65_520]) {
      linear.weight.assign([0, 0, 0, 0, 0, wrong]);
      expect(thrownBy(() => run(x))).toBe(refusal('parameter [2, 3] (in "0" (linear 3 -> 2, no bias))'));
      convolution.weight.assign([0, 0, wrong, 0, 0, 0]);
      expect(thrownBy(() => convolution.compile([1, 2, 3], { weights })(randomTensor([1, 2, 3], 1)))).toBe(
        refusal("parameter [1, 2, 3]"),
      );
    }
    linear.weight.assign([0, 0, 0, 0, 0, -largest]);
    expect(run(x).data.every(Number.isFinite)).toBe(true);
  });
});

/** x W with W [37, 21]. */
class Product extends nn.Module {
  readonly weight = new nn.Parameter([37, 21]);

  constructor(numbers: Float32Array) {
    super();
    this.weight.assign(numbers);
  }

  override forward(x: Operand): Operand {
    return ops.matmul(x, this.weight);
  }
}

/** The nearest number with 8 or 11 bits, for numbers that are normal in the format. */
const ROUNDED: Readonly<Record<keyof typeof Half, (value: number) => number>> = {
  bf16: (value) => toBits(value, 8),
  f16: (value) => toBits(value, 11),
};

function toBits(value: number, precision: number): number {
  const step = 2 ** (Math.floor(Math.log2(Math.abs(value))) + 1 - precision);
  return Math.round(value / step) * step;
}
