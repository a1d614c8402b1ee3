import { type Operand, type Tensor, type Trainer, nn, ops } from "../../src/index.ts";
import { addEffect } from "../../src/graph/scope.ts";
import { storeInto } from "../../src/ops/update/store.ts";
import { randomTensor } from "../support.ts";
import { type Family, chain } from "./family.ts";

const FORMATS = ["float32", "int8", "bf16", "f16"] as const;

/**
 * Multiplies by a weight that each run halves. What is packed of other weights is cached, and is packed by one thread; what is
 * packed of this one is not cached, so all threads share that work.
 */
class Halving extends nn.Module {
  readonly weight: nn.Buffer;

  constructor(
    shape: readonly number[],
    readonly product: (x: Operand, weight: Operand) => Operand,
  ) {
    super();
    this.weight = new nn.Buffer(shape);
    this.weight.assign(randomTensor(shape, 17).data);
  }

  override forward(x: Operand): Operand {
    addEffect(() => storeInto(this.weight, ops.multiply(this.weight, 0.5)));
    return this.product(x, this.weight);
  }
}

const halvingLinear = (): nn.Module =>
  chain(nn.linear(45, 301), new Halving([70, 301], (x, weight) => ops.matmul(x, weight, { b: true })));

type Row = readonly [name: string, model: () => nn.Module, input: Tensor];

const ROWS: readonly Row[] = [
  ["linear, one row", () => chain(nn.linear(301, 70), nn.relu(), nn.linear(70, 33)), randomTensor([1, 301], 1)],
  ["linear, four rows", () => chain(nn.linear(301, 70), nn.relu(), nn.linear(70, 33)), randomTensor([4, 301], 2)],
  ["linear, many rows", () => chain(nn.linear(301, 70), nn.relu(), nn.linear(70, 33)), randomTensor([131, 301], 3)],
  ["linear on sequences", () => nn.linear(45, 37), randomTensor([7, 5, 45], 4)],
  ["conv1d", () => nn.conv1d(6, 9, 5, { stride: 2, padding: 3, dilation: 2 }), randomTensor([5, 6, 37], 5)],
  ["conv2d", () => nn.conv2d(6, 19, [3, 2], { padding: "same" }), randomTensor([5, 6, 11, 10], 6)],
  ["conv2d of one picture", () => nn.conv2d(3, 17, 3, { bias: false }), randomTensor([1, 3, 23, 21], 7)],
  ["conv2d in groups", () => nn.conv2d(6, 27, 3, { groups: 3, stride: [2, 1] }), randomTensor([5, 6, 11, 10], 8)],
  ["convTranspose2d", () => nn.convTranspose2d(6, 9, 3, { stride: 2 }), randomTensor([3, 6, 7, 5], 9)],
  ["rnn", () => nn.rnn(12, 19, { bidirectional: true, batchFirst: true }), randomTensor([7, 5, 12], 10)],
  ["lstm", () => nn.lstm(12, 17, { numLayers: 2, batchFirst: true }), randomTensor([9, 5, 12], 11)],
  ["gru of one sequence", () => nn.gru(12, 91, { batchFirst: true }), randomTensor([1, 7, 12], 12)],
  ["multiheadAttention", () => nn.multiheadAttention(12, 3, { batchFirst: true }), randomTensor([7, 5, 12], 13)],
  [
    "dropConnect by moments",
    () => nn.dropConnect(67, 35, { evaluation: "moments", activation: nn.relu() }),
    randomTensor([3, 67], 14),
  ],
  ["linear, one row, a weight that changes", halvingLinear, randomTensor([1, 45], 15)],
  ["linear, many rows, a weight that changes", halvingLinear, randomTensor([37, 45], 16)],
  [
    "conv2d, a kernel that changes",
    () => chain(nn.conv2d(6, 7, 3), new Halving([19, 7, 3, 2], (x, kernel) => ops.conv2d(x, kernel))),
    randomTensor([5, 6, 11, 10], 17),
  ],
];

/** What a trained model gives with each format of weights, compiled, and again after its weights were halved. */
function compiled({ model }: Trainer, input: Tensor): Record<string, Tensor> {
  const functions = FORMATS.map((weights) => [weights, model.compile(input.shape, { weights })] as const);
  const before = functions.map(([weights, compute]) => [`output with ${weights}`, compute(input)] as const);
  for (const parameter of model.parameters()) parameter.assign(parameter.read().map((value) => value / 2));
  const after = functions.map(([weights, compute]) => [`output with ${weights}, halved`, compute(input)] as const);
  return Object.fromEntries([...before, ...after]);
}

/** Layers whose weights are narrowed, compiled with weights in every format; float32 lays them out anew for few rows. */
export const SMALL_WEIGHTS: readonly Family[] = ROWS.map(([name, model, input]) => ({
  name: `small weights: ${name}`,
  model,
  inputs: [input],
  also: (trainer) => compiled(trainer, input),
}));
