import { describe, expect, test } from "vitest";
import { nn, tensor } from "../../../src/index.ts";
import { randomTensor, thrownBy } from "../../support.ts";

const make = (): nn.Sequential => nn.sequential(nn.linear(3, 2), nn.batchNorm1d(2), nn.dropout(0.5));
const cloned = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

describe("a saved state", () => {
  const [x, model] = [randomTensor([4, 3], 1), make()];
  const weight = (model.layers[0] as nn.Linear).weight;
  weight.write()[0] = NaN;
  weight.write()[1] = -Infinity;

  test.each([
    ["JSON", cloned],
    ["structuredClone", structuredClone],
  ] as const)("comes through %s whole", (_, through) => {
    const other = make();
    const state = through(model.stateDict());
    other.loadStateDict(state);
    expect(other.stateDict()).toEqual(model.stateDict());
    expect(other.predict(x).data).toEqual(model.predict(x).data);
    other.loadRandomState(through(model.randomState()));
    expect(other.randomState()).toEqual(model.randomState());
  });

  const [good, random] = [model.stateDict(), model.randomState()];
  const own = "loadStateDict: the entries must be those of the model; got";
  const entries: readonly [string, unknown, string][] = [
    ["0.bias", { shape: [2], dtype: "float32", data: [1] }, '"0.bias" as float32 [2] of 1 numbers instead of a tensor'],
    [
      "0.bias",
      { shape: [2], dtype: "float32", data: new Float32Array(3) },
      '"0.bias" as float32 [2] of 3 numbers instead of a tensor',
    ],
    [
      "0.bias",
      { shape: [2], dtype: "float32", data: { 0: 1, 1: 2 } },
      '"0.bias" as float32 [2] of {"0":1,"1":2} instead of a tensor',
    ],
    [
      "0.bias",
      { shape: [2], dtype: "float32", data: new Float64Array(2) },
      '"0.bias" as float32 [2] of a Float64Array instead of a tensor',
    ],
    ["0.bias", [1, 2], '"0.bias" as an array instead of a tensor'],
    ["0.bias", null, '"0.bias" as null instead of a tensor'],
    ["0.bias", tensor([1, 2, 3]), '"0.bias" as [3] instead of [2]'],
    ["1.num_batches_tracked", tensor(1), '"1.num_batches_tracked" as float32 instead of int32'],
  ];
  test.each(entries)("%s: %o is refused, and nothing is changed", (name, entry, problem) => {
    const other = make();
    const before = other.stateDict();
    const act = (): void => other.loadStateDict({ ...good, [name]: entry } as never);
    expect(thrownBy(act)).toBe(`StateDictError: ${own} ${problem}`);
    expect(other.stateDict()).toEqual(before);
  });

  test.each([
    [tensor([1, 2, 3, 4]), "float32 [4] instead of int32 [4]"],
    [tensor(new Int32Array(3)), "int32 [3] instead of int32 [4]"],
    [tensor(new Int32Array(4), [2, 2]), "int32 [2, 2] instead of int32 [4]"],
    [{ shape: [4], dtype: "int32", data: [1, 2, 3] }, "int32 [4] of 3 numbers instead of a tensor"],
    [{ shape: [4], dtype: "int32", data: [1, 2, 3, 0.5] }, "int32 [4] of 0.5 at index 3 instead of a tensor"],
  ])("the random state refuses %o", (entry, problem) => {
    expect(thrownBy(() => model.loadRandomState({ ...random, "2.counter": entry } as never))).toBe(
      `StateDictError: loadRandomState: the entries must be those of the model; got "2.counter" as ${problem}`,
    );
    expect(model.randomState()).toEqual(random);
  });
});

describe("numbers that are assigned", () => {
  const [parameter, buffer] = [new nn.Parameter([2, 2]), new nn.Buffer([2], "int32")];
  test.each<[() => unknown, string]>([
    [() => parameter.assign([1]), "ShapeError: parameter: values must be 4 numbers for [2, 2]; got 1"],
    [() => parameter.assign(new Float32Array(5)), "ShapeError: parameter: values must be 4 numbers for [2, 2]; got 5"],
    [() => parameter.assign(null as never), "ShapeError: parameter: values must be 4 numbers for [2, 2]; got null"],
    [
      () => parameter.assign([1, 2, 3, "4"] as never),
      'TypeError: parameter: values must be numbers; got "4" at index 3',
    ],
    [
      () => parameter.assign(new BigInt64Array(4) as never),
      "TypeError: parameter: values must be numbers; got 0n at index 0",
    ],
    [() => buffer.assign([1]), "ShapeError: buffer: values must be 2 numbers for [2]; got 1"],
    [() => buffer.assign([1, 0.5]), "TypeError: buffer: values must be whole numbers of 32 bits; got 0.5 at index 1"],
  ])("%s is refused", (act, message) => {
    parameter.assign([1, 2, 3, 4]);
    buffer.assign([5, 6]);
    expect(thrownBy(act)).toBe(message);
    expect([...parameter.read(), ...buffer.read()]).toEqual([1, 2, 3, 4, 5, 6]);
  });
});
