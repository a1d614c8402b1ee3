import { describe, expect, test } from "vitest";
import { Tensor, Trainer, manualSeed, monteCarlo, nn, type Operand, ops, optim, tensor } from "../../../src/index.ts";
import { randomTensor, thrownBy } from "../../support.ts";

/** Ratings of items by users: ids and a number, of two dtypes. */
class Ratings extends nn.Module {
  override readonly inputNames = ["user", "age"];
  readonly users = nn.embedding(5, 4);
  readonly dropout = nn.dropout(0.5);
  readonly out = nn.linear(5, 2);

  override forward(user: Operand, age: Operand): Operand {
    return this.out.call(this.dropout.call(ops.concatenate([this.users.call(user), age], 1)));
  }
}

class Sum extends nn.Module {
  override forward(a: Operand, b: Operand): Operand {
    return ops.add(a, b);
  }
}

const user = tensor(Int32Array.from([0, 3, 4, 1]));
const age = randomTensor([4, 1], 2);

describe("several inputs", () => {
  manualSeed(1);
  const model = new Ratings().eval();
  const wanted = model.run(user, age);

  test("of predict, in order and by name, also in batches", () => {
    expect(model.predict([user, age])).toEqual(wanted);
    expect(model.predict({ age, user })).toEqual(wanted);
    expect(model.predict({ age, user }, { batchSize: 3 })).toEqual(wanted);
    expect(nn.linear(1, 2).predict([age]).shape).toEqual([4, 2]);
  });

  test("of compile, by shapes, tensors and names", () => {
    const specs = [{ shape: [4], dtype: "int32" } as const, [4, 1]] as const;
    for (const compute of [
      model.compile(specs),
      model.compile([user, age]),
      model.compile({ age, user }),
      model.compile({ age: [4, 1], user: { shape: [4], dtype: "int32" } }),
    ]) {
      expect(compute([user, age])).toEqual(wanted);
      expect(compute({ user, age })).toEqual(wanted);
    }
  });

  test("of summary, profile and monteCarlo", () => {
    expect(model.summary({ age, user })).toContain("inputs [4], [4, 1], 32 parameters");
    expect(model.profile({ age, user }, { runs: 1 }).calls.length).toBeGreaterThan(1);
    manualSeed(5);
    const drawn = new Ratings();
    expect(monteCarlo(drawn, { user, age }, { samples: 3 }).mean.shape).toEqual([4, 2]);
  });

  const taught = new Trainer(new Ratings(), { loss: nn.mseLoss(), optimizer: optim.sgd() });

  test.each<[() => unknown, string]>([
    [() => model.predict([]), "TypeError: predict: inputs must be at least one; got none"],
    [() => model.predict({ user }), "TypeError: predict: inputs must be user, age; got user"],
    [() => model.predict({ user, Age: age }), "TypeError: predict: inputs must be user, age; got user, Age"],
    [
      () => nn.linear(1, 1).predict({ x: age }),
      "TypeError: predict: inputs by name must be for a module with inputNames, which say their order; got x",
    ],
    [() => model.predict([user, [1]] as never), "TypeError: predict: inputs must be tensors; got an array"],
    [() => model.predict(null as never), "TypeError: predict: inputs must be tensors; got null"],
    [
      () => model.predict(new Float32Array(784) as never),
      "TypeError: predict: inputs must be tensors; got a Float32Array (make one by tensor(values, shape))",
    ],
    [
      () => model.compile([user, age])(new Float32Array(4) as never),
      "TypeError: compile: inputs must be tensors; got a Float32Array (make one by tensor(values, shape))",
    ],
    [
      () => model.compile(new Int32Array(4) as never),
      "TypeError: compile: inputs must be a shape, an array or an object by name; got an Int32Array",
    ],
    [
      () => nn.linear(1, 1).predict(Object.fromEntries(Array.from({ length: 784 }, (_, i) => [`x${i}`, age]))),
      "TypeError: predict: inputs by name must be for a module with inputNames, which say their order; got x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x1...",
    ],
    [() => model.predict(age), "TypeError: predict: inputs must be user, age; got 1"],
    [() => model.predict([user, age, age]), "TypeError: predict: inputs must be user, age; got 3"],
    [() => model.compile([4]), "TypeError: compile: inputs must be user, age; got 1"],
    [() => taught.step(age, age), "TypeError: step: inputs must be user, age; got 1"],
    [
      () => new Sum().predict(age),
      "TypeError: add: b must be an operand; got undefined (forward was given 1 of its 2 inputs)",
    ],
    [() => model.predict(5 as never), "TypeError: predict: inputs must be tensors; got 5"],
    [
      () => model.predict([user, randomTensor([3, 1], 1)]),
      "ShapeError: predict: inputs must have the same number of rows; got int32 [4], float32 [3, 1]",
    ],
    [
      () => model.predict([age, age]),
      'TypeError: embedding: ids must be int32, as tensor(values, shape, "int32") or an input { shape, dtype: "int32" } gives; got float32 input 0 [4, 1] (in "users" (embedding 5 x 4))',
    ],
    [
      () => model.compile([[4], [4, "1"]] as never),
      'ShapeError: compile: shapes must be arrays of whole numbers of at least 0; got [4,"1"]',
    ],
    [
      () => model.compile([[4, 0.5]] as never),
      "ShapeError: compile: shapes must be arrays of whole numbers of at least 0; got [4,0.5]",
    ],
    [
      () => model.compile(undefined as never),
      "TypeError: compile: inputs must be a shape, an array or an object by name; got undefined",
    ],
    [
      () => model.summary(2 as never),
      "TypeError: summary: inputs must be a shape, an array or an object by name; got 2",
    ],
    [
      () => model.compile([{ shape: [4], dtype: "int8" as never }, [4, 1]]),
      'RangeError: compile: dtype must be "float32" or "int32"; got "int8"',
    ],
    [() => model.compile([user, age])([age, age]), "ShapeError: compile: input 0 must be [4]; got [4, 1]"],
    [
      () => model.compile([user, age])([new Tensor([4], "float32", new Float32Array(4)), age]),
      "TypeError: compile: input 0 must be int32; got float32",
    ],
  ])("%s", (act, message) => {
    expect(thrownBy(act)).toBe(message);
  });
});
