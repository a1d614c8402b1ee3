import { describe, expect, test } from "vitest";
import {
  type DimsTensor,
  Tensor,
  Trainer,
  data,
  metrics,
  monteCarlo,
  nn,
  ops,
  optim,
  tensor,
  vjp,
} from "../../src/index.ts";
import * as io from "../../src/io/index.ts";
import { asTensor } from "../../src/base/tensor.ts";
import { thrownBy } from "../support.ts";

/** As onnxruntime-common has it: getters over private fields; `data` throws for numbers that are not in memory. */
class RuntimeTensor {
  readonly #data: ArrayLike<unknown>;
  readonly size: number;
  constructor(
    readonly type: string,
    data: ArrayLike<unknown>,
    readonly dims: readonly number[],
    private readonly place = "cpu",
  ) {
    this.#data = data;
    this.size = data.length;
  }

  get location(): string {
    return this.place;
  }

  get data(): ArrayLike<unknown> {
    if (this.place !== "cpu") throw new Error("The data is not on CPU. Use `getData()` to download GPU data to CPU");
    return this.#data;
  }
}

/** As transformers.js has it: a proxy of an object whose only own property is a tensor of onnxruntime. */
class TransformersTensor {
  readonly ort_tensor: RuntimeTensor;
  constructor(type: string, given: ArrayLike<unknown>, dims: readonly number[]) {
    this.ort_tensor = new RuntimeTensor(type, given, dims);
    return new Proxy(this, { get: (target, key) => Reflect.get(target, key) as unknown });
  }

  get dims(): readonly number[] {
    return this.ort_tensor.dims;
  }

  get type(): string {
    return this.ort_tensor.type;
  }

  get data(): ArrayLike<unknown> {
    return this.ort_tensor.data;
  }

  get location(): string {
    return this.ort_tensor.location;
  }
}

type Maker = (type: string, given: ArrayLike<unknown>, dims: readonly number[]) => DimsTensor;
const makers: readonly [string, Maker][] = [
  ["a plain object", (type, given, dims) => ({ type, data: given, dims })],
  ["a plain object without type", (_, given, dims) => ({ data: given, dims })],
  ["onnxruntime", (type, given, dims) => new RuntimeTensor(type, given, dims)],
  ["transformers.js", (type, given, dims) => new TransformersTensor(type, given, dims)],
];

describe.each(makers)("a tensor of %s", (_, make) => {
  const numbers = Float32Array.of(1, 2, 3, 4);
  const x = make("float32", numbers, [2, 2]);
  const own = tensor(numbers, [2, 2]);
  const y = make("float32", Float32Array.of(1, 0), [2, 1]);
  const labels = make("int64", BigInt64Array.of(0n, 1n), [2]);
  const model = nn.linear(2, 1);

  test("is a view of its numbers", () => {
    const taken = tensor.fromJSON(x);
    expect([taken.shape, taken.dtype, taken.data]).toEqual([[2, 2], "float32", numbers]);
    expect(taken.data.buffer).toBe(numbers.buffer);
  });

  test("goes into a model", async () => {
    const expected = model.predict(own).data;
    expect(model.predict(x).data).toEqual(expected);
    expect((await model.predictAsync(x)).data).toEqual(expected);
    expect(model.run(x).data).toEqual(expected);
    expect(model.compile([2, 2])(x).data).toEqual(expected);
    expect(model.compile(x)(x).data).toEqual(expected);
    expect(vjp(model, [x], y).output.data).toEqual(expected);
    expect(monteCarlo(nn.dropout(0.5), x, { samples: 1 }).mean.shape).toEqual([2, 2]);
    expect(
      new (class extends nn.Module {
        override forward(given: ops.Scalar & object): ReturnType<typeof ops.add> {
          return ops.add(given, ops.constant(x));
        }
      })().predict(own).data,
    ).toEqual(numbers.map((each) => 2 * each));
  });

  test("goes into ids, named inputs and state dicts", () => {
    const ids = nn.embedding(3, 2);
    expect(ids.predict(labels).data).toEqual(ids.predict(tensor(Int32Array.of(0, 1))).data);
    class Named extends nn.Module {
      override readonly inputNames = ["data", "dims"];
      override forward(first: Parameters<typeof ops.relu>[0], second: typeof first): typeof first {
        return ops.subtract(first, second);
      }
    }
    expect(new Named().predict({ dims: x, data: own }).toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
    const copy = nn.linear(2, 1);
    copy.loadStateDict({
      weight: make("float32", model.weight.read().slice(), [1, 2]),
      bias: make("float32", model.stateDict()["bias"]?.data as Float32Array, [1]),
    });
    expect(copy.stateDict()).toEqual(model.stateDict());
    expect(io.toNpy(x)).toEqual(io.toNpy(own));
  });

  test("goes into training, data sets and metrics", async () => {
    const make2 = (): Trainer => new Trainer(nn.linear(2, 1), { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0 }) });
    const trainer = make2();
    expect(trainer.step(x, y)).toBe(trainer.step(own, tensor([[1], [0]])));
    const weights = make("float32", Float32Array.of(1, 3), [2]);
    expect(trainer.step(x, y, { weights })).toBe(trainer.step(own, tensor([[1], [0]]), { weights: tensor([1, 3]) }));
    const set = data.fromArrays(x, y);
    expect(set.x).toBeInstanceOf(Tensor);
    expect(trainer.evaluate(set)).toEqual(trainer.evaluate(data.fromArrays(own, tensor([[1], [0]]))));
    expect(trainer.evaluate({ x: x as never, y: y as never, length: 2 })).toEqual(trainer.evaluate(set));
    const history = await trainer.fit({ x: x as never, y: y as never, length: 2 }, { progress: false, shuffle: false });
    expect(history.epochs[0]?.loss).toBe(trainer.evaluate(set).loss);
    expect(data.fromArrays({ a: x, b: [[1], [2]] }, labels).y.dtype).toBe("int32");
    expect(data.fromArrays([x, x], y).x).toHaveLength(2);
    expect(data.standardize(x)(x).toArray()).toEqual([
      [-1, -1],
      [1, 1],
    ]);
    expect(data.split(set, { test: 0.5, groups: labels }).test.length).toBe(1);
    expect(data.windows(x, { length: 1 }).x.shape).toEqual([1, 1, 2]);
    expect([...data.batches({ x: x as never, y: y as never, length: 2 }, { batchSize: 1 })]).toHaveLength(2);
    expect(metrics.accuracy(labels, labels)).toBe(1);
    expect(metrics.bootstrap(metrics.accuracy, [labels, labels], { samples: 3 }).value).toBe(1);
  });

  test("goes into a recurrent network with its state", () => {
    const rnn = nn.rnn(2, 2, { batchFirst: true });
    const sequence = make("float32", numbers, [1, 2, 2]);
    const h = make("float32", Float32Array.of(0, 0), [1, 1, 2]);
    expect(rnn.runWithState(sequence, { h }).output.data).toEqual(rnn.predict(tensor(numbers, [1, 2, 2])).data);
  });
});

describe("numbers of a tensor with dims", () => {
  const accepted: readonly [string, ArrayLike<unknown>, readonly number[], "float32" | "int32"][] = [
    ["float64", Float64Array.of(0.1, 2), [Math.fround(0.1), 2], "float32"],
    ["int8", Int8Array.of(-1, 2), [-1, 2], "int32"],
    ["uint8", Uint8Array.of(255, 2), [255, 2], "int32"],
    ["bool", Uint8Array.of(0, 1), [0, 1], "int32"],
    ["int16", Int16Array.of(-1, 2), [-1, 2], "int32"],
    ["uint16", Uint16Array.of(65535, 2), [65535, 2], "int32"],
    ["uint32", Uint32Array.of(2 ** 31 - 1, 2), [2 ** 31 - 1, 2], "int32"],
    ["int64", BigInt64Array.of(-(2n ** 31n), 2n ** 31n - 1n), [-(2 ** 31), 2 ** 31 - 1], "int32"],
    ["uint64", BigUint64Array.of(0n, 2n ** 31n - 1n), [0, 2 ** 31 - 1], "int32"],
  ];
  test.each(accepted)("of type %s", (type, given, numbers, dtype) => {
    for (const value of [
      { type, data: given, dims: [2, 1] },
      { data: given, dims: [2, 1] },
    ]) {
      const taken = tensor.fromJSON(value);
      expect([taken.shape, taken.dtype, [...taken.data]]).toEqual([[2, 1], dtype, numbers]);
    }
  });

  const floats = Float32Array.of(1, 2);
  const refused: readonly [unknown, string][] = [
    [
      { type: "int64", data: BigInt64Array.of(1n, 2n ** 31n), dims: [2] },
      "2147483648n at index 1, which is outside int32",
    ],
    [{ data: BigInt64Array.of(-(2n ** 63n)), dims: [1] }, "-9223372036854775808n at index 0, which is outside int32"],
    [
      { data: BigUint64Array.of(2n ** 64n - 1n), dims: [1] },
      "18446744073709551615n at index 0, which is outside int32",
    ],
    [{ data: Uint32Array.of(0, 2 ** 31), dims: [2] }, "2147483648 at index 1, which is outside int32"],
    [{ type: "float16", data: Uint16Array.of(1), dims: [1] }, 'one of type "float16" (convert it to float32 or int32)'],
    [{ type: "string", data: ["a"], dims: [1] }, 'one of type "string" (convert it to float32 or int32)'],
    [{ type: 7, data: floats, dims: [2] }, "one of type 7 (convert it to float32 or int32)"],
    [{ type: "int32", data: floats, dims: [2] }, 'one of type "int32" with data a Float32Array'],
    [{ data: [1, 2], dims: [2] }, "one with data [1,2]"],
    [{ data: new DataView(new ArrayBuffer(8)), dims: [2] }, "one with data a DataView"],
    [{ data: undefined, dims: [2] }, "one with data undefined"],
    [{ data: floats, dims: [3] }, "float32 [3] of 2 numbers"],
    [{ data: floats, dims: [] }, "float32 [] of 2 numbers"],
    [{ data: floats, dims: [-2] }, "one of dims [-2]"],
    [{ data: floats, dims: 2 }, "one of dims 2"],
    [{ data: floats, dims: Int32Array.of(2) }, "one of dims an Int32Array"],
    [new RuntimeTensor("float32", floats, [2], "gpu-buffer"), 'one at "gpu-buffer" (await its getData() first)'],
    [new RuntimeTensor("float32", floats, [2], "none"), 'one at "none" (await its getData() first)'],
  ];
  test.each(refused)("%o are refused", (value, got) => {
    expect(thrownBy(() => asTensor("here", "x", value))).toBe(`TypeError: here: x must be a tensor; got ${got}`);
    expect(thrownBy(() => nn.relu().predict(value as Tensor))).toBe(
      `TypeError: predict: inputs must be tensors; got ${got}`,
    );
  });

  test("an object of arrays by name may have one called dims", () => {
    const set = data.fromArrays({ dims: [[1], [2]], data: [[3], [4]] });
    expect(set.x.dims.shape).toEqual([2, 1]);
  });
});
