import { type Operand, type Tensor, data, nn, ops, tensor } from "../../src/index.ts";
import { Lambda, randomTensor } from "../support.ts";
import { type Family, whole } from "./family.ts";

const a = randomTensor([13, 21], 1);
const b = randomTensor([13, 21], 2, 0.9);
const positive = tensor(
  a.data.map((value) => 0.1 + Math.abs(value)),
  a.shape,
);
const row = randomTensor([21], 3);
const column = randomTensor([13, 1], 4);
const cube = randomTensor([5, 6, 7], 5);
const other = randomTensor([6, 5, 7], 6);
const ids = whole(47, 13);
const scale = data.standardize(b);

interface Row {
  readonly name: string;
  readonly of: (...inputs: [Operand, Operand, Operand]) => Operand;
  readonly inputs: readonly Tensor[];
}

const ROWS: readonly Row[] = [
  ...[ops.add, ops.subtract, ops.multiply, ops.divide, ops.maximum, ops.minimum].flatMap((combine): Row[] => {
    const { name } = combine;
    const away = (x: Operand): Operand => ops.affine(x, 1, 3);
    return [
      { name, of: combine, inputs: [a, positive] },
      { name: `${name} of a row`, of: (x, y) => combine(x, away(y)), inputs: [a, row] },
      { name: `${name} of a column`, of: (x, y) => combine(away(y), away(x)), inputs: [a, column] },
      { name: `${name} of one element`, of: (x, y) => combine(x, away(y)), inputs: [a, randomTensor([1], 16)] },
      { name: `${name} of a number`, of: (x) => combine(x, 0.3), inputs: [a] },
      {
        name: `${name} of two that are repeated`,
        of: (x, y) => combine(ops.reshape(x, [5, 1, 6, 7]), away(ops.reshape(y, [1, 5, 6, 7]))),
        inputs: [cube, other],
      },
    ];
  }),
  { name: "a number divided", of: (x) => ops.divide(2, ops.subtract(3, x)), inputs: [a] },
  { name: "abs, square and negate", of: (x) => ops.subtract(ops.abs(x), ops.negate(ops.square(x))), inputs: [a] },
  { name: "sqrt, exp and log", of: (x) => ops.sqrt(ops.add(ops.exp(x), ops.square(ops.log(x)))), inputs: [positive] },
  { name: "pow", of: (x, y) => ops.pow(x, y), inputs: [positive, b] },
  { name: "pow of a number", of: (x) => ops.pow(x, 2.5), inputs: [positive] },
  { name: "clamp", of: (x) => ops.clamp(x, -0.4, 0.6), inputs: [a] },
  { name: "floor, ceil, round and sign", of: roundings, inputs: [randomTensor([13, 21], 7, 5)] },
  { name: "comparisons", of: comparisons, inputs: [a, b] },
  {
    name: "comparisons of integers",
    of: integerComparisons,
    inputs: [a, whole(273, 7, [13, 21]), whole(273, 5, [13, 21])],
  },
  {
    name: "standardize and its inverse",
    of: (x) => ops.multiply(ops.standardize(x, scale), ops.standardize(ops.square(x), scale, { inverse: true })),
    inputs: [a],
  },
  { name: "where", of: (x, y) => ops.where(ops.greater(x, y), ops.square(x), ops.exp(y)), inputs: [a, b] },
  ...[undefined, [0], [1], [2], [0, 2], [1, 2]].flatMap((axes): Row[] => {
    const over = `over ${axes?.join(" and ") ?? "all"}`;
    return [
      { name: `sum ${over}`, of: (x) => ops.sum(x, axes), inputs: [cube] },
      { name: `mean ${over}`, of: (x) => ops.mean(x, axes, { keepDims: true }), inputs: [cube] },
      { name: `max ${over}`, of: (x) => ops.max(x, axes), inputs: [cube] },
      { name: `min ${over}`, of: (x) => ops.min(x, axes), inputs: [cube] },
    ];
  }),
  { name: "argMax and argMin", of: (x) => ops.multiply(ops.sum(x), positionsOf(x)), inputs: [cube] },
  { name: "broadcast", of: (x) => ops.broadcast(x, [9, 13, 21]), inputs: [a] },
  { name: "broadcast of a column", of: (x) => ops.broadcast(x, [13, 37]), inputs: [column] },
  { name: "permute", of: (x) => ops.permute(x, [2, 0, 1]), inputs: [cube] },
  { name: "transpose", of: (x) => ops.transpose(x), inputs: [a] },
  {
    name: "slice and concatenate",
    of: (x, y) => ops.concatenate([ops.slice(x, 1, 3, 17), y, ops.square(x)], 1),
    inputs: [a, b],
  },
  { name: "stack and unbind", of: (x, y) => ops.stack([x, ...ops.unbind(ops.stack([x, y]), 0), y], 1), inputs: [a, b] },
  { name: "split", of: (x) => ops.concatenate(ops.split(x, [4, 10, 7], 1).toReversed(), 1), inputs: [a] },
  { name: "gather", of: (x, i) => ops.gather(x, i, 1), inputs: [a, whole(13 * 30, 21, [13, 30])] },
  { name: "gather of rows", of: (x, i) => ops.gather(x, i, 0), inputs: [a, whole(17 * 21, 13, [17, 21])] },
  { name: "indexSelect", of: (x, i) => ops.indexSelect(x, i), inputs: [a, ids] },
  { name: "indexSelect of columns", of: (x, i) => ops.indexSelect(x, i, 1), inputs: [a, ids] },
  { name: "oneHot", of: (x, i) => ops.multiply(ops.sum(x), ops.oneHot(i, 13)), inputs: [a, ids] },
  { name: "matmul", of: (x, y) => ops.matmul(x, y, { b: true }), inputs: [a, randomTensor([37, 21], 8)] },
  { name: "matmul of a transposed", of: (x, y) => ops.matmul(x, y, { a: true }), inputs: [a, b] },
  {
    name: "matmul of batches",
    of: (x, y) => ops.matmul(x, y, { b: true }),
    inputs: [cube, randomTensor([5, 9, 7], 9)],
  },
  {
    name: "matmul of large batches",
    of: (x, y) => ops.matmul(x, y),
    inputs: [randomTensor([3, 19, 23], 10), randomTensor([3, 23, 21], 11)],
  },
  { name: "matmul of batches and a matrix", of: (x, y) => ops.matmul(x, y), inputs: [cube, randomTensor([7, 30], 12)] },
  {
    name: "scaledDotProductAttention",
    of: (q, k, v) => ops.scaledDotProductAttention(q, k, v),
    inputs: [randomTensor([3, 2, 9, 6], 13), randomTensor([3, 2, 11, 6], 14), randomTensor([3, 2, 11, 5], 15)],
  },
  {
    name: "paddingMask and zeroPadding",
    of: (x, i) =>
      ops.multiply(
        ops.zeroPadding(x, ops.lengthsOf(i, 0)),
        ops.cast(ops.reshape(ops.paddingMask(ops.lengthsOf(i, 0), 6), [5, 6, 1]), "float32"),
      ),
    inputs: [cube, whole(30, 4, [5, 6])],
  },
  { name: "softmax over the middle", of: (x) => ops.softmax(x, 1), inputs: [cube] },
];

function roundings(x: Operand): Operand {
  const scaled = ops.square(x);
  return ops.stack([
    scaled,
    ops.floor(x),
    ops.ceil(x),
    ops.round(x),
    ops.sign(x),
    ops.cast(ops.cast(x, "int32"), "float32"),
  ]);
}

const COMPARISONS = [ops.equal, ops.notEqual, ops.less, ops.lessEqual, ops.greater, ops.greaterEqual];

function comparisons(x: Operand, y: Operand): Operand {
  const found = COMPARISONS.map((compare) => compare(x, y));
  const [first = x, second = x] = found;
  const logical = [ops.logicalAnd(first, second), ops.logicalOr(first, second), ops.logicalNot(first)];
  return ops.concatenate([ops.add(x, y), ...found, ...logical]);
}

function integerComparisons(x: Operand, i: Operand, j: Operand): Operand {
  return ops.concatenate([x, ...COMPARISONS.map((compare) => compare(i, j)), ops.step(ops.cast(i, "float32"))]);
}

function positionsOf(x: Operand): Operand {
  return ops.cast(ops.concatenate([ops.argMax(x, 1), ops.argMin(x, 1)]), "float32");
}

/** Something to train, and functions of single elements around the body: next to them a barrier that is missing is missed. */
class Scaled extends nn.Module {
  readonly factor = new nn.Parameter([1]);

  constructor(readonly body: nn.Module) {
    super();
    this.factor.assign([0.9]);
  }

  override forward(...inputs: readonly Operand[]): Operand {
    const elements = inputs.map((each) => (each.dtype === "float32" ? ops.square(each) : each));
    return ops.multiply(ops.softsign(this.body.call(...elements)), this.factor);
  }
}

export const OPERATIONS: readonly Family[] = ROWS.map(({ name, of, inputs }) => ({
  name,
  model: () => new Scaled(new Lambda((...all) => of(...(all as [Operand, Operand, Operand])))),
  inputs,
}));
