import { describe, expect, test } from "vitest";
import type { Operand } from "../../src/graph/operand.ts";
import * as ops from "../../src/ops/index.ts";
import { Tensor, sizeOf } from "../../src/base/tensor.ts";
import { Lambda, expectClose, expectGradient, randomTensor } from "../support.ts";

type Indices = readonly number[];

/** The indices of element `i` of a shape. */
function indicesOf(i: number, shape: Indices): number[] {
  return shape.map((extent, axis) => Math.floor(i / sizeOf(shape.slice(axis + 1))) % extent);
}

/** The number at some indices, read as if x were broadcast: further axes in front are passed over, extent 1 is repeated. */
function at({ shape, data }: Tensor, indices: Indices): number {
  const own = indices.slice(indices.length - shape.length);
  return data[own.reduce((sum, index, axis) => sum * shape[axis]! + (shape[axis] === 1 ? 0 : index), 0)] ?? NaN;
}

/** Every element of a shape, from its indices. */
function build(shape: Indices, element: (indices: number[]) => number): number[] {
  return Array.from({ length: sizeOf(shape) }, (_, i) => element(indicesOf(i, shape)));
}

const random = (shape: Indices, seed: number): Tensor<"float32"> => randomTensor(shape, seed);
/** Numbers from 0.5 to 1.5, to divide by. */
const positive = (shape: Indices, seed: number): Tensor => {
  const { data } = randomTensor(shape, seed, 0.5);
  return new Tensor(
    shape,
    "float32",
    data.map((value) => value + 1),
  );
};

const PERMUTATIONS: readonly (readonly [shape: Indices, axes: Indices])[] = [
  [
    [3, 5],
    [1, 0],
  ],
  [
    [3, 4, 5],
    [0, 2, 1],
  ],
  [
    [3, 4, 5],
    [2, 1, 0],
  ],
  [
    [3, 4, 5],
    [1, 0, -1],
  ],
  [
    [3, 4, 5],
    [1, 2, 0],
  ],
  [
    [2, 9, 3, 17],
    [0, 2, 1, 3],
  ],
  [
    [2, 9, 3, 17],
    [0, 2, 3, 1],
  ],
  [
    [2, 9, 3, 17],
    [3, 2, 1, 0],
  ],
  [
    [1, 4, 1, 5],
    [2, 1, 0, 3],
  ],
  [
    [2, 3, 2, 3, 2],
    [4, 3, 2, 1, 0],
  ],
  [
    [2, 3, 2, 3, 2, 2],
    [5, 3, 1, 4, 2, 0],
  ],
  [
    [0, 3, 2],
    [2, 0, 1],
  ],
];

describe("permute", () => {
  test.each(PERMUTATIONS)("%j by %j", (shape, axes) => {
    const x = random(shape, 1);
    const source = axes.map((axis) => (axis + shape.length) % shape.length);
    const extents = source.map((axis) => shape[axis]!);
    const module = new Lambda((operand) => ops.permute(operand, axes));
    const out = module.run(x);
    expect(out.shape).toEqual(extents);
    const expected = build(extents, (indices) =>
      at(
        x,
        shape.map((_, axis) => indices[source.indexOf(axis)]!),
      ),
    );
    expect([...out.data]).toEqual(expected);
    expectGradient(module, [x]);
  });

  test("of integers, and of axes swapped by transpose", () => {
    const x = new Tensor(
      [2, 3, 2],
      "int32",
      Int32Array.from({ length: 12 }, (_, i) => i),
    );
    const swapped = (...axes: number[]): Tensor => new Lambda((operand) => ops.transpose(operand, ...axes)).run(x);
    expect(swapped().toArray()).toEqual([
      [
        [0, 2, 4],
        [1, 3, 5],
      ],
      [
        [6, 8, 10],
        [7, 9, 11],
      ],
    ]);
    expect(swapped(0, 1).toArray()).toEqual([
      [
        [0, 1],
        [6, 7],
      ],
      [
        [2, 3],
        [8, 9],
      ],
      [
        [4, 5],
        [10, 11],
      ],
    ]);
  });
});

const BROADCASTS: readonly (readonly [a: Indices, b: Indices, out: Indices])[] = [
  [
    [2, 3],
    [2, 1],
    [2, 3],
  ],
  [
    [2, 3],
    [1, 3],
    [2, 3],
  ],
  [[3], [2, 3], [2, 3]],
  [[], [2, 3], [2, 3]],
  [[1, 1, 1], [2], [1, 1, 2]],
  [[4, 1], [3], [4, 3]],
  [[1, 3], [3], [1, 3]],
  [
    [2, 5, 9],
    [5, 1],
    [2, 5, 9],
  ],
  [
    [2, 5, 9],
    [2, 1, 9],
    [2, 5, 9],
  ],
  [
    [2, 1, 3, 1],
    [5, 1, 17],
    [2, 5, 3, 17],
  ],
  [
    [2, 1, 2, 1, 2],
    [2, 1, 2, 1],
    [2, 2, 2, 2, 2],
  ],
  [
    [2, 1, 0],
    [3, 1],
    [2, 3, 0],
  ],
];

const COMBINED: readonly (readonly [string, (a: Operand, b: Operand) => Operand, (a: number, b: number) => number])[] =
  [
    ["add", ops.add, (a, b) => a + b],
    ["subtract", ops.subtract, (a, b) => a - b],
    ["multiply", ops.multiply, (a, b) => a * b],
    ["divide", ops.divide, (a, b) => a / b],
  ];

describe("broadcasting", () => {
  test.each(BROADCASTS)("%j and %j", (aShape, bShape, outShape) => {
    for (const [name, op, f] of COMBINED) {
      for (const [a, b] of [
        [random(aShape, 1), positive(bShape, 2)],
        [random(bShape, 3), positive(aShape, 4)],
      ] as const) {
        const module = new Lambda(op);
        const out = module.run(a, b);
        expect(out.shape, name).toEqual(outShape);
        const expected = build(outShape, (indices) => f(at(a, indices), at(b, indices)));
        expectClose(out.data, expected, { relative: 2 ** -23, absolute: 0, what: name });
        expectGradient(module, [a, b]);
      }
    }
  });

  test.each(BROADCASTS)("broadcast %j as with %j", (shape, _, outShape) => {
    const x = random(shape, 1);
    const module = new Lambda((operand) => ops.broadcast(operand, outShape));
    expect([...module.run(x).data]).toEqual(build(outShape, (indices) => at(x, indices)));
    expectGradient(module, [x]);
  });

  test("a result is not overwritten by its sum with a row of it that is repeated within", () => {
    const x = random([3, 3], 1);
    const op = (operand: Operand): Operand => {
      const moved = ops.affine(operand, 1, 0);
      return ops.add(moved, ops.reshape(ops.slice(moved, 0, 0, 1), [3, 1]));
    };
    const expected = build([3, 3], ([r = 0, c = 0]) => Math.fround(at(x, [r, c]) + at(x, [0, r])));
    expect([...new Lambda(op).run(x).data]).toEqual(expected);
  });
});

const REDUCTIONS: readonly (readonly [shape: Indices, axes: Indices, out: Indices, kept: Indices])[] = [
  [[2, 3, 5], [1], [2, 5], [2, 1, 5]],
  [[2, 3, 5], [0, 2], [3], [1, 3, 1]],
  [[2, 3, 5], [-1, 1], [2], [2, 1, 1]],
  [[2, 3, 5], [0, 1, 2], [], [1, 1, 1]],
  [[2, 1, 5], [1], [2, 5], [2, 1, 5]],
  [
    [9, 3, 40, 2],
    [0, 2],
    [3, 2],
    [1, 3, 1, 2],
  ],
  [
    [2, 2, 3, 2, 3],
    [1, 3],
    [2, 3, 3],
    [2, 1, 3, 1, 3],
  ],
  [[2, 0, 3], [1], [2, 3], [2, 1, 3]],
];

describe("reductions", () => {
  test.each(REDUCTIONS)("%j along %j", (shape, axes, outShape, keptShape) => {
    const x = random(shape, 1);
    const gone = axes.map((axis) => (axis + shape.length) % shape.length);
    const count = gone.reduce((product, axis) => product * shape[axis]!, 1);
    const sums = new Float64Array(sizeOf(outShape));
    x.data.forEach((value, i) => {
      const kept = indicesOf(i, shape).filter((_, axis) => !gone.includes(axis));
      sums[kept.reduce((sum, index, axis) => sum * outShape[axis]! + index, 0)]! += value;
    });
    for (const [op, factor] of [
      [ops.sum, 1],
      [ops.mean, 1 / count],
    ] as const) {
      for (const keepDims of [false, true]) {
        const module = new Lambda((operand) => op(operand, axes, { keepDims }));
        const out = module.run(x);
        expect(out.shape).toEqual(keepDims ? keptShape : outShape);
        expectClose(
          out.data,
          sums.map((sum) => sum * factor),
          { relative: 1e-6, absolute: 1e-6 },
        );
        expectGradient(module, [x]);
      }
    }
  });

  test.each([0, 1, -1])("softmax and logSoftmax along axis %i", (axis) => {
    const x = randomTensor([3, 4, 5], 2, 2);
    const front = (axis + 3) % 3;
    const exponentials = (indices: number[]): number[] =>
      Array.from({ length: x.shape[front]! }, (_, i) => Math.exp(at(x, indices.with(front, i))));
    const share = build(x.shape, (indices) => {
      const all = exponentials(indices);
      return all[indices[front]!]! / all.reduce((sum, each) => sum + each, 0);
    });
    for (const [op, expected] of [
      [ops.softmax, share],
      [ops.logSoftmax, share.map(Math.log)],
    ] as const) {
      const module = new Lambda((operand) => op(operand, axis));
      expectClose(module.run(x).data, expected, { relative: 1e-6, absolute: 1e-6 });
      expectGradient(module, [x]);
    }
  });
});

/** Leading axes, M, N and K: read where they lie and packed, one matrix for many, and none. */
const PRODUCTS: readonly (readonly [
  aLeading: Indices,
  bLeading: Indices,
  out: Indices,
  M: number,
  N: number,
  K: number,
])[] = [
  [[3], [3], [3], 4, 5, 2],
  [[2, 3], [2, 3], [2, 3], 13, 17, 11],
  [[5], [], [5], 3, 4, 6],
  [[], [4], [4], 7, 19, 18],
  [[2, 1], [3], [2, 3], 2, 3, 4],
  [[1], [1], [1], 5, 20, 30],
  [[0], [0], [0], 2, 3, 4],
  [[2], [2], [2], 3, 4, 0],
];

describe("batched matmul", () => {
  test.each(PRODUCTS)("%j and %j", (aLeading, bLeading, leading, M, N, K) => {
    for (const transposed of [{}, { a: true }, { b: true }, { a: true, b: true }]) {
      const a = random([...aLeading, ...(transposed.a ? [K, M] : [M, K])], 1);
      const b = random([...bLeading, ...(transposed.b ? [N, K] : [K, N])], 2);
      const swap = (indices: number[], isSwapped = false): number[] =>
        isSwapped ? [...indices.slice(0, -2), indices.at(-1)!, indices.at(-2)!] : indices;
      const expected = build([...leading, M, N], (indices) => {
        const [outer, m, n] = [indices.slice(0, -2), indices.at(-2)!, indices.at(-1)!];
        const terms = Array.from(
          { length: K },
          (_, k) => at(a, swap([...outer, m, k], transposed.a)) * at(b, swap([...outer, k, n], transposed.b)),
        );
        return terms.reduce((sum, term) => sum + term, 0);
      });
      const module = new Lambda((x, y) => ops.matmul(x, y, transposed));
      const out = module.run(a, b);
      expect(out.shape).toEqual([...leading, M, N]);
      expectClose(out.data, expected, { relative: 1e-5, absolute: 1e-5 });
      expectGradient(module, [a, b]);
    }
  });
});
