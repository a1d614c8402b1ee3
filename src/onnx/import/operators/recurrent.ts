import { ShapeError } from "../../../base/errors.ts";
import type { Operand } from "../../../graph/operand.ts";
import { filled } from "../../../ops/reduction/reduction.ts";
import { recurrent, type RecurrentResult } from "../../../ops/recurrent/recurrent.ts";
import { zeroPadding } from "../../../ops/lengths.ts";
import { permute } from "../../../ops/shape/permute.ts";
import { concatenate, slice } from "../../../ops/shape/slice.ts";
import { stack } from "../../../ops/shape/parts.ts";
import { reshape } from "../../../ops/shape/view.ts";
import { taken, upTo } from "../movement.ts";
import type { Node, Operator, Operators } from "../node.ts";
import { Value } from "../value.ts";
import { type Direction, unrolled } from "./unrolled.ts";

/** A kind of recurrent layer: its gates, how they are ordered in this library, and its usual activations. */
interface Kind {
  readonly name: "lstm" | "gru" | "rnn";
  /** Gate i of this library is gate order[i] of ONNX. */
  readonly order: readonly number[];
  readonly activations: readonly string[];
}

const LSTM: Kind = { name: "lstm", order: [0, 2, 3, 1], activations: ["Sigmoid", "Tanh", "Tanh"] };
const GRU: Kind = { name: "gru", order: [1, 0, 2], activations: ["Sigmoid", "Tanh"] };
const RNN: Kind = { name: "rnn", order: [0], activations: ["Tanh"] };

function layer(kind: Kind): Operator {
  return (node) => {
    node.ignore("output_sequence");
    const isBatchFirst = node.int("layout", 0) !== 0;
    const given = node.operand(0);
    if (given.shape.length !== 3) node.shapeError("x must have 3 axes", given.shape);
    const x = isBatchFirst ? permute(given, [1, 0, 2]) : given;
    const direction = node.word("direction", ["forward", "reverse", "bidirectional"]);
    const count = direction === "bidirectional" ? 2 : 1;
    const hidden = node.int("hidden_size", node.operand(2).shape[2] ?? 0);
    if (node.has("clip")) node.refuse("clip must not be given", "one");
    const results = upTo(count).map((i) =>
      inDirection(node, kind, x, hidden, { index: i, isReverse: direction === "reverse" || i === 1, isBatchFirst }),
    );
    const [steps = 0, batch = 0] = x.shape;
    const all = stack(
      results.map(({ output }) => reshape(output, [steps, batch, hidden])),
      1,
    );
    const last = (state: (result: RecurrentResult) => Operand | undefined): Operand => {
      const states = results.map((result) => reshape(state(result) ?? filled([batch, hidden], 0), [1, batch, hidden]));
      const joined = concatenate(states);
      return isBatchFirst ? permute(joined, [1, 0, 2]) : joined;
    };
    const y = Value.of(isBatchFirst ? permute(all, [2, 0, 1, 3]) : all);
    const h = Value.of(last((result) => result.h));
    return kind.name === "lstm" ? [y, h, Value.of(last((result) => result.c))] : [y, h];
  };
}

function inDirection(
  node: Node,
  kind: Kind,
  x: Operand,
  hidden: number,
  {
    index,
    isReverse,
    isBatchFirst,
  }: { readonly index: number; readonly isReverse: boolean; readonly isBatchFirst: boolean },
): RecurrentResult {
  const gates = kind.order.length;
  const part = (operand: Operand): Operand => reshape(slice(operand, 0, index, index + 1), operand.shape.slice(1));
  const weights = { ofInput: part(node.operand(1)), ofHidden: part(node.operand(2)) };
  const both = node.optionalOperand(3);
  const bias = both && part(both);
  const columns = gates * hidden;
  if (bias && bias.size !== 2 * columns) node.shapeError(`biases must be [directions, ${2 * columns}]`, bias.shape);
  const biases = bias && ([slice(bias, 0, 0, columns), slice(bias, 0, columns, 2 * columns)] as const);
  const stateOf = (input: number): Operand | undefined => {
    const state = node.optionalOperand(input);
    return state && part(isBatchFirst ? permute(state, [1, 0, 2]) : state);
  };
  const initial = { h: stateOf(5), c: kind.name === "lstm" ? stateOf(6) : undefined };
  const lengths = lengthsOf(node, x);
  const cell = cellOf(node, kind, index);
  if (cell) {
    // Blocks of rows, one for each gate.
    const ordered = (operand: Operand): Operand => {
      if (kind.order.every((gate, i) => gate === i)) return operand;
      const blocks = Value.of(reshape(operand, [gates, hidden, operand.size / columns]));
      return reshape(taken(node.where, blocks, 0, kind.order).operand, operand.shape);
    };
    const sequence = lengths ? permute(zeroPadding(permute(x, [1, 0, 2]), lengths), [1, 0, 2]) : x;
    return recurrent(
      cell,
      sequence,
      {
        ofInput: ordered(weights.ofInput),
        ofHidden: ordered(weights.ofHidden),
        biases: biases && [ordered(biases[0]), ordered(biases[1])],
      },
      initial,
      { reverse: isReverse, lengths },
    );
  }
  if (lengths) {
    throw new ShapeError(
      `${node.where}: with peepholes, other activations or linear_before_reset 0, sequence_lens must be known from shapes and constants, and the steps of x; got others`,
    );
  }
  const peephole = kind.name === "lstm" ? node.optionalOperand(7) : undefined;
  const described: Direction = {
    ...weights,
    biases,
    initial,
    isReverse,
    hidden,
    peephole: peephole && part(peephole),
    activations: activationsOf(node, kind, index),
  };
  return unrolled(node, kind.name, x, described);
}

/** Lengths that are all those of x are none. */
function lengthsOf(node: Node, x: Operand): Operand | undefined {
  const lengths = node.optional(4);
  const [steps = 0] = x.shape;
  return lengths && !lengths.numbers?.every((length) => length === steps) ? lengths.operand : undefined;
}

function activationsOf(node: Node, kind: Kind, index: number): readonly string[] {
  const count = kind.activations.length;
  const names = node.texts("activations");
  return names ? names.slice(index * count, (index + 1) * count) : kind.activations;
}

/** The cell of this library that computes the same; undefined if there is none. */
function cellOf(node: Node, kind: Kind, index: number): "lstm" | "gru" | "rnnTanh" | "rnnRelu" | undefined {
  const names = activationsOf(node, kind, index).map((name) => name.toLowerCase());
  if (node.has("activation_alpha") || node.has("activation_beta")) return undefined;
  if (kind.name === "rnn") return names[0] === "tanh" ? "rnnTanh" : names[0] === "relu" ? "rnnRelu" : undefined;
  const isUsual = kind.activations.every((name, i) => name.toLowerCase() === names[i]);
  if (!isUsual) return undefined;
  if (kind.name === "gru") return node.int("linear_before_reset", 0) === 0 ? undefined : "gru";
  return node.optional(7) || node.int("input_forget", 0) !== 0 ? undefined : "lstm";
}

export const recurrentOperators: Operators = { LSTM: layer(LSTM), GRU: layer(GRU), RNN: layer(RNN) };
