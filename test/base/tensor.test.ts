import { inspect } from "node:util";
import { runInNewContext } from "node:vm";
import { MessageChannel, receiveMessageOnPort } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { Tensor, Trainer, data, nn, optim, tensor, vjp } from "../../src/index.ts";
import { asTensor } from "../../src/base/tensor.ts";
import { thrownBy } from "../support.ts";

const foreign = <T>(code: string): T => runInNewContext(code) as T;
const model = nn.linear(2, 1);
const x = (): Tensor<"float32"> => tensor(new Float32Array([1, 2, 3, 4]), [2, 2], "float32");

describe("a tensor", () => {
  test("has a shape of its own, which nobody can change", () => {
    const shape = [2, 2];
    const made = new Tensor(shape, "float32", new Float32Array(4));
    shape[0] = 7;
    expect(made.shape).toEqual([2, 2]);
    expect(thrownBy(() => ((made.shape as number[])[0] = 7))).toMatch(/^TypeError: Cannot assign to read only/);
    const extents = [3];
    const parameter = new nn.Parameter(extents);
    extents[0] = 4;
    expect([parameter.shape, parameter.size]).toEqual([[3], 3]);
  });

  const refused: readonly [() => unknown, string][] = [
    [
      () => new Tensor("22" as never, "float32", new Float32Array(4)),
      'ShapeError: tensor: the shape must be an array; got "22"',
    ],
    [
      () => new Tensor(["2", 2] as never, "float32", new Float32Array(4)),
      'ShapeError: tensor: extents must be whole numbers of at least 0; got "2" in ["2",2]',
    ],
    [
      () => new Tensor([-1], "float32", new Float32Array(1)),
      "ShapeError: tensor: extents must be whole numbers of at least 0; got -1 in [-1]",
    ],
    [
      () => new Tensor([2], "float32", new Float64Array(2) as never),
      "TypeError: tensor: data of float32 must be a Float32Array; got a Float64Array",
    ],
    [
      () => new Tensor([2], "float32", new Int32Array(2) as never),
      "TypeError: tensor: data of float32 must be a Float32Array; got an Int32Array",
    ],
    [
      () => new Tensor([2], "int32", [1, 2] as never),
      "TypeError: tensor: data of int32 must be an Int32Array; got [1,2]",
    ],
    [
      () => new Tensor([2], "float32", Object.create(Float32Array.prototype) as never),
      "TypeError: tensor: data of float32 must be a Float32Array; got a Float32Array",
    ],
    [
      () => new Tensor([2], "float64" as "float32", new Float32Array(2)),
      'RangeError: tensor: dtype must be "float32" or "int32"; got "float64"',
    ],
  ];
  test.each(refused)("%s", (act, message) => {
    expect(thrownBy(act)).toBe(message);
  });

  test("of an array of another realm is a view of it", async () => {
    const theirs = foreign<Float32Array>("new Float32Array([1, 2, 3, 4])");
    expect(theirs).not.toBeInstanceOf(Float32Array);
    for (const made of [tensor(theirs, [2, 2]), new Tensor([2, 2], "float32", theirs)]) {
      expect([made.data.buffer, ...made.data]).toEqual([theirs.buffer, 1, 2, 3, 4]);
      expect(model.predict(made).data).toEqual(model.predict(x()).data);
    }
    const losses = await Promise.all(
      [x(), new Tensor([2, 2], "float32", theirs)].map(async (samples) => {
        const copy = nn.linear(2, 1);
        copy.loadStateDict(model.stateDict());
        const trainer = new Trainer(copy, { loss: nn.mseLoss(), optimizer: optim.sgd() });
        return (await trainer.fit(data.fromArrays(samples, tensor([[1], [0]])), { progress: false, shuffle: false }))
          .epochs[0]?.loss;
      }),
    );
    expect(losses[1]).toBe(losses[0]);
    expect(tensor(foreign<Int32Array>("new Int32Array([1])")).dtype).toBe("int32");
  });

  const lost = (made: Tensor<"float32">): Tensor<"float32"> => {
    structuredClone(made.data, { transfer: [made.data.buffer as ArrayBuffer] });
    return made;
  };
  const left = "float32 [2, 2] of 0 numbers: its buffer was transferred or resized";
  const trainer = new Trainer(nn.linear(2, 1), { loss: nn.mseLoss(), optimizer: optim.sgd() });
  const y = tensor([[1], [0]]);
  const uses: readonly [string, (t: Tensor<"float32">) => unknown][] = [
    ["predict: input 0 must be a tensor", (t) => model.predict(t)],
    ["run: input 0 must be a tensor", (t) => model.run(t)],
    ["compile: input 0 must be a tensor", (t) => model.compile([2, 2])(t)],
    ["profile: input 0 must be a tensor", (t) => model.profile(t, { runs: 1 })],
    ["vjp: input 0 must be a tensor", (t) => vjp(model, [t], y)],
    ["step: input 0 must be a tensor", (t) => trainer.step(t, y)],
    ["fromArrays: x must be a tensor", (t) => data.fromArrays(t, y)],
    ["evaluate: x of the data set must be a tensor", (t) => trainer.evaluate({ x: t, y, length: 2 })],
    ["toArray: it must be a tensor", (t) => t.toArray()],
    ["toJSON: it must be a tensor", (t) => JSON.stringify(t)],
  ];
  test.each(uses)("whose buffer was transferred is refused: %s", (start, use) => {
    const made = x();
    use(made);
    expect(thrownBy(() => use(lost(made)))).toBe(`TypeError: ${start}; got ${left}`);
  });

  test("whose buffer was transferred is refused by batches and epochs that began before", () => {
    const made = x();
    const walk = data.batches(data.fromArrays(made, y), { batchSize: 1, shuffle: true });
    expect([...walk]).toHaveLength(2);
    lost(made);
    expect(thrownBy(() => [...walk])).toBe(`TypeError: rows: x must be a tensor; got ${left}`);
  });

  test("whose buffer was resized is refused", () => {
    const buffer = new (ArrayBuffer as unknown as new (
      bytes: number,
      options: object,
    ) => ArrayBuffer & { resize(bytes: number): void })(16, { maxByteLength: 64 });
    const made = new Tensor([2, 2], "float32", new Float32Array(buffer));
    expect(model.predict(made).shape).toEqual([2, 1]);
    for (const [bytes, count] of [
      [8, 2],
      [64, 16],
    ] as const) {
      buffer.resize(bytes);
      expect(thrownBy(() => model.predict(made))).toBe(
        `TypeError: predict: input 0 must be a tensor; got float32 [2, 2] of ${count} numbers: its buffer was transferred or resized`,
      );
    }
    buffer.resize(16);
    expect(model.predict(made).shape).toEqual([2, 1]);
  });
});

describe("what counts as a tensor", () => {
  const odd = tensor([NaN, Infinity, -Infinity, -0, 0.1, 1e-45], [2, 3]);

  test("JSON gives back the same bits", () => {
    for (const each of [odd, tensor([[1, -2]], undefined, "int32"), tensor(3), tensor([], [0, 4])]) {
      const back = tensor.fromJSON(JSON.parse(JSON.stringify(each)) as never);
      expect(back).toBeInstanceOf(Tensor);
      expect([back.shape, back.dtype]).toEqual([each.shape, each.dtype]);
      expect(new Uint8Array(back.data.buffer)).toEqual(new Uint8Array(each.data.buffer));
    }
    expect(JSON.stringify(odd)).toBe(
      '{"shape":[2,3],"dtype":"float32","data":["NaN","Infinity","-Infinity","-0",0.10000000149011612,1.401298464324817e-45]}',
    );
  });

  test("structuredClone and postMessage give what the library takes", () => {
    const { port1, port2 } = new MessageChannel();
    port1.postMessage(x());
    const posted: unknown = receiveMessageOnPort(port2)?.message;
    port1.close();
    const clones = [structuredClone(x()), posted, { shape: [2, 2], dtype: "float32", data: [1, 2, 3, 4] }] as Tensor[];
    const own = model.predict(x()).data;
    for (const clone of clones) {
      expect(clone).not.toBeInstanceOf(Tensor);
      expect(model.predict(clone).data).toEqual(own);
      expect(model.run(clone).data).toEqual(own);
      expect(model.compile([2, 2])(clone).data).toEqual(own);
      const trainer = new Trainer(nn.linear(2, 1), { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0 }) });
      const y = tensor([[1], [0]]);
      expect(trainer.step(clone, y)).toBe(trainer.step(x(), y));
      expect(trainer.evaluate({ x: clone, y, length: 2 })).toEqual(trainer.evaluate(data.fromArrays(x(), y)));
      expect(data.fromArrays(clone, y).x).toBeInstanceOf(Tensor);
    }
  });

  const wrong: readonly [unknown, string][] = [
    [null, "null"],
    [3n, "3n"],
    ["tensor", '"tensor"'],
    [[1, 2], "an array"],
    [{}, "{}"],
    [new Date(0), "a Date"],
    [{ shape: [1], dtype: "float64", data: [1] }, 'one of dtype "float64"'],
    [{ shape: [1.5], dtype: "int32", data: [1] }, "one of shape [1.5]"],
    [{ shape: 1, dtype: "int32", data: [1] }, "one of shape 1"],
    [{ shape: [2], dtype: "int32", data: [1] }, "int32 [2] of 1 numbers"],
    [{ shape: [2], dtype: "int32", data: [1, 0.5] }, "int32 [2] of 0.5 at index 1"],
    [{ shape: [1], dtype: "int32", data: ["NaN"] }, 'int32 [1] of "NaN" at index 0'],
    [{ shape: [2], dtype: "float32", data: [1, "2"] }, 'float32 [2] of "2" at index 1'],
    [{ shape: [2], dtype: "float32", data: [1, null] }, "float32 [2] of null at index 1"],
    [{ shape: [1], dtype: "float32", data: new Float64Array(1) }, "float32 [1] of a Float64Array"],
    [{ shape: [1], dtype: "float32", data: { 0: 1 } }, 'float32 [1] of {"0":1}'],
    [{ shape: [1], dtype: "float32" }, "float32 [1] of undefined"],
  ];
  test.each(wrong)("%o does not", (value, got) => {
    expect(thrownBy(() => asTensor("here", "x", value))).toBe(`TypeError: here: x must be a tensor; got ${got}`);
  });

  test("a tensor stays itself", () => {
    const made = x();
    expect(asTensor("here", "x", made)).toBe(made);
  });
});

describe("console.log", () => {
  test("prints a tensor on a line, with its first numbers", () => {
    expect(
      inspect(
        tensor([
          [1, 0.1],
          [NaN, -3],
        ]),
      ),
    ).toBe("float32 [2, 2]: 1, 0.1, NaN, -3");
    expect(inspect(tensor(new Int32Array(100)))).toBe("int32 [100]: 0, 0, 0, 0, 0, 0, 0, 0, ...");
    expect(inspect(tensor([], [0, 3]))).toBe("float32 [0, 3]");
  });

  test("prints operands, models and data sets", () => {
    expect(inspect(new nn.Parameter([2, 3]))).toBe("operand parameter float32 [2, 3]");
    const layers = nn.sequential(nn.linear(2, 3), nn.relu());
    expect(inspect(layers)).toBe("sequential of 2\n  0: linear 2 -> 3\n  1: relu");
    expect(inspect(data.fromArrays([[1], [2]], [0, 1]))).toBe(
      "{ x: float32 [2, 1]: 1, 2, y: float32 [2]: 0, 1, length: 2 }",
    );
  });
});
