import { describe, expect, test } from "vitest";
import { type Operand, configure, nn, ops, tensor, vjp } from "../../src/index.ts";
import { Input } from "../../src/graph/operand.ts";
import { Program } from "../../src/runtime/program.ts";
import { Tensor } from "../../src/base/tensor.ts";
import { Lambda, expectClose, expectGradient, randomTensor, thrownBy } from "../support.ts";
import { expectSameBits } from "../threads/shared-runs.ts";

const random = (shape: readonly number[], seed: number): Tensor<"float32"> => randomTensor(shape, seed, 2);
/** Numbers from 0.5 to 1.5. */
const positive = (shape: readonly number[], seed: number): Tensor<"float32"> => {
  const { data } = randomTensor(shape, seed, 0.5);
  return new Tensor(
    shape,
    "float32",
    data.map((value) => value + 1),
  );
};
/** Different numbers, 0.1 apart and no closer to 0, 0.5 and whole ones than 0.02: no step crosses a tie or a bound. */
const apart = (shape: readonly number[], seed: number): Tensor<"float32"> => {
  const ranks = [...randomTensor(shape, seed).data].map((value, i) => [value, i] as const);
  const order = ranks.toSorted(([a], [b]) => a - b).map(([, i]) => i);
  const values = new Float32Array(order.length);
  order.forEach((i, rank) => (values[i] = rank * 0.1 - order.length * 0.05 + 0.03));
  return new Tensor(shape, "float32", values);
};
const whole = (values: readonly (readonly number[])[] | readonly number[]) => tensor(values, undefined, "int32");
const INDICES = whole([
  [2, 0, 1, 2],
  [1, 1, 1, 0],
]);

/** Five axes of which every other is repeated: more than a kernel has loops. */
const FIVE = [2, 3, 2, 3, 2];

const GRADIENTS: readonly (readonly [name: string, op: (...xs: Operand[]) => Operand, inputs: readonly Tensor[]])[] = [
  ["maximum", ops.maximum, [apart([5, 7], 1), random([5, 7], 2)]],
  ["maximum of a row", ops.maximum, [apart([5, 7], 1), random([7], 4)]],
  ["maximum of a column and a row", ops.maximum, [apart([5, 1], 1), random([7], 2)]],
  ["maximum of five axes", ops.maximum, [apart(FIVE, 1), random([1, 3, 1, 3, 1], 2)]],
  ["maximum with a number", (x) => ops.maximum(0, x), [apart([19], 1)]],
  ["minimum", ops.minimum, [apart([5, 7], 1), random([5, 1], 2)]],
  ["minimum with a number", (x) => ops.minimum(x, 0.5), [apart([19], 1)]],
  ["pow", ops.pow, [positive([5, 7], 1), random([5, 7], 2)]],
  ["pow of a row", ops.pow, [positive([5, 7], 1), random([7], 2)]],
  ["pow by 3", (x) => ops.pow(x, 3), [random([19], 1)]],
  ["pow by 2, 1, 0.5 and -1", (x) => ops.stack([2, 1, 0.5, -1].map((y) => ops.pow(x, y))), [positive([19], 1)]],
  ["pow by 0", (x) => ops.pow(x, 0), [positive([5], 1)]],
  ["2 to powers", (y) => ops.pow(2, y), [random([19], 1)]],
  ["where", (a, b) => ops.where(ops.greater(a, b), a, ops.square(b)), [apart([5, 7], 1), random([5, 7], 9)]],
  [
    "where of a row mask",
    (a, b, c) => ops.where(ops.less(c, 0), a, b),
    [random([5, 7], 1), random([5, 1], 2), apart([7], 3)],
  ],
  ["where with a number", (x) => ops.where(ops.greater(x, 0), x, 0), [apart([5, 7], 1)]],
  ["where of five axes", (a, b) => ops.where(ops.less(a, 0), a, b), [apart(FIVE, 1), random([1, 3, 1, 3, 1], 2)]],
  ["masked by a product", (x) => ops.multiply(ops.lessEqual(x, 0.5), x), [apart([19], 1)]],
  ["max of all", (x) => ops.max(x), [apart([4, 5], 1)]],
  ["max along the first", (x) => ops.max(x, 0), [apart([4, 5, 3], 1)]],
  ["max along the middle", (x) => ops.max(x, 1, { keepDims: true }), [apart([4, 5, 3], 1)]],
  ["max along two apart", (x) => ops.max(x, [0, 2]), [apart([4, 5, 3], 1)]],
  ["min along the last", (x) => ops.min(x, -1), [apart([4, 5, 3], 1)]],
  ["min of one number", (x) => ops.min(x), [random([], 1)]],
  ["clamp", (x) => ops.clamp(x, -0.5, 0.5), [apart([23], 1)]],
  ["gather along the first", (x, i) => ops.gather(x, i, 0), [random([3, 4], 1), INDICES]],
  ["gather along the last", (x, i) => ops.gather(x, i, 1), [random([2, 3], 1), INDICES]],
  ["gather of fewer", (x, i) => ops.gather(x, i, 0), [random([3, 6], 1), INDICES]],
  ["gather along the middle", (x, i) => ops.gather(x, ops.reshape(i, [2, 2, 2]), 1), [random([2, 3, 2], 1), INDICES]],
  ["indexSelect of rows", (x) => ops.indexSelect(x, ops.constant(whole([2, 0, 2]))), [random([3, 4], 1)]],
  [
    "indexSelect along the middle",
    (x, i) => ops.indexSelect(x, ops.reshape(i, [8]), 1),
    [random([2, 3, 4], 1), INDICES],
  ],
  ["stack", (a, b) => ops.stack([a, b], 1), [random([3, 4], 1), random([3, 4], 2)]],
  ["unbind", (x) => ops.multiply(ops.unbind(x, 1)[0]!, ops.unbind(x, 1)[2]!), [random([4, 3], 1)]],
  ["split", (x) => ops.multiply(...(ops.split(x, [2, 2], 1) as [Operand, Operand])), [random([3, 4], 1)]],
  ["numbers on the right", (x) => ops.divide(ops.multiply(ops.subtract(ops.add(x, 1), 2), 3), 4), [random([9], 1)]],
  ["numbers on the left", (x) => ops.divide(4, ops.add(6, ops.subtract(2, ops.multiply(0.5, x)))), [random([9], 1)]],
  ["a constant", (x) => ops.multiply(x, ops.constant(tensor([1, 2, 3]))), [random([2, 3], 1)]],
  ["what is rounded gives none", (x) => ops.add(x, ops.add(ops.floor(x), ops.sign(x))), [apart([19], 1)]],
  ["what is cast gives none", (x) => ops.add(x, ops.cast(ops.cast(x, "int32"), "float32")), [apart([19], 1)]],
];

describe("operations that choose, compare and take parts", () => {
  test.each(GRADIENTS)("%s: gradients", (_, op, inputs) => {
    expectGradient(new Lambda(op), inputs, 1e-3, 1e-2);
  });

  test("a constant keeps the numbers that it was made of, float32 and int32", () => {
    const given = tensor([1, 2, 3]);
    const module = new Lambda((x) => ops.add(x, ops.constant(given)));
    expect([...module.run(tensor([0, 0, 0])).data]).toEqual([1, 2, 3]);
    given.data.fill(9);
    expect([...module.run(tensor([0, 0, 0])).data]).toEqual([1, 2, 3]);
    expect([...new Lambda((x) => ops.add(x, ops.constant(given))).run(tensor([0, 0, 0])).data]).toEqual([9, 9, 9]);
    const ids = ops.constant(whole([2, 0]));
    expect([...new Lambda((x) => ops.indexSelect(x, ids)).run(tensor([5, 6, 7])).data]).toEqual([7, 5]);
    expect([...new Lambda((x) => ops.multiply(ops.cast(ids, "float32"), x)).run(tensor(2)).data]).toEqual([4, 0]);
  });

  test("results may be integers, and integers may be chosen", () => {
    const x = whole([3, -1, 2]);
    const out = new Lambda((ids) => ops.where(ops.less(ids, 0), 0, ids)).run(x);
    expect(String(out)).toBe("int32 [3]");
    expect([...out.data]).toEqual([3, 0, 2]);
    const taken = new Lambda((ids) => ops.indexSelect(ids, ops.constant(whole([1, 1, 0])), 0)).run(x);
    expect([...taken.data]).toEqual([-1, -1, 3]);
  });

  test("a number costs no memory for each element, and no call of its own", () => {
    const x = new Input([1000], "float32");
    const printed = (out: Operand): string => String(new Program([x], [out]));
    expect(printed(ops.multiply(x, 2))).toMatch(/affine\(.*, 2, 0, 1000\)/);
    expect(printed(ops.multiply(x, 2))).toContain("1 calls");
    for (const op of [ops.maximum, ops.divide, ops.less, ops.pow]) {
      expect(new Program([x], [op(x, 3)]).cachedBytes).toBe(4);
      expect(printed(op(x, 3))).toContain("1 calls");
    }
    expect(printed(ops.where(x, x, 0))).toContain("1 calls");
  });

  test("an infinity that masks scores is no finding of the debug option", () => {
    const module = new Lambda((x) => ops.softmax(ops.where(ops.less(x, 0), -Infinity, x)));
    configure({ debug: true });
    try {
      expect([...module.run(tensor([[1, -1, 1]])).data]).toEqual([0.5, 0, 0.5]);
    } finally {
      configure({ debug: false });
    }
  });

  test("a product keeps the sign of its zero", () => {
    expect(Object.is(new Lambda((x) => ops.multiply(x, 2)).run(tensor([-0])).item(), -0)).toBe(true);
  });

  test("gradients have the same bits for any number of threads", async () => {
    const table = random([50, 8], 1);
    const ids = whole(Array.from({ length: 400 }, (_, i) => (i * i) % 50));
    const module = new Lambda((x, i) => {
      const rows = ops.indexSelect(x, i);
      return ops.add(rows, ops.gather(x, ops.broadcast(ops.reshape(i, [400, 1]), [400, 8]), 0));
    });
    await expectSameBits([2, 3, 4], () => vjp(module, [table, ids], random([400, 8], 2)).inputs[0]);
  });

  test("logical operations of masks", () => {
    const [a, b] = [tensor([0, 0, 1, 2]), tensor([0, 1, 0, -3])];
    const run = (op: (x: Operand, y: Operand) => Operand): number[] => [...new Lambda(op).run(a, b).data];
    expect(run(ops.logicalAnd)).toEqual([0, 0, 0, 1]);
    expect(run(ops.logicalOr)).toEqual([0, 1, 1, 1]);
    expect(run((x) => ops.logicalNot(x))).toEqual([1, 1, 0, 0]);
  });

  test("pow agrees with the power in double precision", () => {
    const [x, y] = [positive([1000], 1), random([1000], 2)];
    const expected = x.data.map((value, i) => value ** (y.data[i] ?? 0));
    expectClose(new Lambda(ops.pow).run(x, y).data, expected, { relative: 2 ** -23, absolute: 0 });
  });
});

describe("errors name the operand as a user knows it", () => {
  class Scorer extends nn.Module {
    readonly head = nn.linear(4, 1);
    override forward(x: Operand): Operand {
      return this.head.call(x);
    }
  }

  test("the layer where it was made, and which input it is", () => {
    class Both extends nn.Module {
      readonly scorer = new Scorer();
      override forward(...[x, y]: readonly Operand[]): Operand {
        return ops.concatenate([this.scorer.call(x!), y!], 1);
      }
    }
    expect(thrownBy(() => new Both().run(randomTensor([32, 4], 1), randomTensor([32], 2)))).toBe(
      'ShapeError: concatenate: operands must agree in dtype, and in shape except along axis 1; got add [32, 1] from "scorer.head" (linear 4 -> 1) and input 1 [32]',
    );
  });

  test("in a custom loss: what the model gave, and y", () => {
    expect(
      thrownBy(() => {
        const loss = new nn.Loss("gap", (prediction, y) => ops.mean(ops.where(prediction, y, ops.reshape(y, [8, 4]))));
        const x = randomTensor([32, 4], 1);
        new nn.Sequential(new Scorer()).run(x);
        new Lambda((a, b) => loss.call(a, b)).run(x, randomTensor([32], 2));
      }),
    ).toBe(
      "ShapeError: where: extents must agree from the last axis on, or be 1; got 32 of input 1 [32] and 4 of reshape [8, 4]",
    );
  });

  test("the user's own layer, by the trace", () => {
    class Wrong extends nn.Module {
      override forward(x: Operand): Operand {
        return ops.add(x, tensor([1]) as unknown as Operand);
      }
      override describe(): string {
        return "my layer";
      }
    }
    expect(thrownBy(() => nn.sequential(nn.relu(), new Wrong()).run(randomTensor([2, 2], 1)))).toBe(
      'TypeError: add: b must be an operand, as ops.constant(tensor) gives; got a tensor float32 [1] (in "1" (my layer))',
    );
  });
});
