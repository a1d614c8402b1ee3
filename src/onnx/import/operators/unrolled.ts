/** Recurrent layers with other activations, peepholes, or a reset gate before its product: of operations, step by step. */
import type { Operand } from "../../../graph/operand.ts";
import { elu, leakyRelu, relu, sigmoid, softplus, tanh } from "../../../ops/elementwise/activation.ts";
import { add, affine, multiply, subtract } from "../../../ops/elementwise/arithmetic.ts";
import { clamp, softsign } from "../../../ops/elementwise/piecewise.ts";
import { matmul } from "../../../ops/matmul/matmul.ts";
import { filled } from "../../../ops/reduction/reduction.ts";
import type { RecurrentResult } from "../../../ops/recurrent/recurrent.ts";
import { stack, unbind } from "../../../ops/shape/parts.ts";
import { slice } from "../../../ops/shape/slice.ts";
import { reshape } from "../../../ops/shape/view.ts";
import type { Node } from "../node.ts";

/** One direction of a layer, in the order of ONNX: gates i o f c of an LSTM, z r h of a GRU. */
export interface Direction {
  readonly ofInput: Operand;
  readonly ofHidden: Operand;
  readonly biases: readonly [ofInput: Operand, ofHidden: Operand] | undefined;
  readonly initial: { readonly h: Operand | undefined; readonly c: Operand | undefined };
  readonly isReverse: boolean;
  readonly hidden: number;
  /** [3 * hidden]: factors of c in the gates i, o and f. */
  readonly peephole: Operand | undefined;
  readonly activations: readonly string[];
}

const ACTIVATIONS: Readonly<Record<string, (x: Operand) => Operand>> = {
  sigmoid,
  tanh,
  relu,
  softsign,
  softplus: (x) => softplus(x),
  leakyrelu: (x) => leakyRelu(x, 0.01),
  elu: (x) => elu(x),
  hardsigmoid: (x) => clamp(affine(x, 0.2, 0.5), 0, 1),
  affine: (x) => x,
};

/** Most steps, because each is operations of its own. */
const MOST_STEPS = 2048;

interface State {
  readonly h: Operand;
  readonly c: Operand;
}

/** h of all steps, the last h and the last c. */
export function unrolled(node: Node, kind: "lstm" | "gru" | "rnn", x: Operand, direction: Direction): RecurrentResult {
  const [steps = 0, batch = 0, features = 0] = x.shape;
  if (steps < 1 || steps > MOST_STEPS) node.shapeError(`x must have 1 to ${MOST_STEPS} steps`, x.shape);
  const { ofInput, biases, initial, isReverse, hidden } = direction;
  const products = matmul(reshape(x, [steps * batch, features]), ofInput, { b: true });
  const sums = reshape(biases ? add(products, biases[0]) : products, [steps, batch, products.shape[1] ?? 0]);
  const rows = unbind(sums);
  const step = STEPS[kind](node, direction);
  const zeros = filled([batch, hidden], 0);
  let state: State = { h: initial.h ?? zeros, c: initial.c ?? zeros };
  const outputs: Operand[] = [];
  for (const row of isReverse ? rows.toReversed() : rows) {
    state = step(row, state);
    outputs.push(state.h);
  }
  return { output: stack(isReverse ? outputs.toReversed() : outputs), h: state.h, c: state.c };
}

type Step = (sums: Operand, state: State) => State;

const STEPS: Readonly<Record<"lstm" | "gru" | "rnn", (node: Node, direction: Direction) => Step>> = {
  rnn: (node, direction) => {
    const [f] = functionsOf(node, direction);
    const product = productOf(direction);
    return (sums, { h, c }) => ({ h: f(add(sums, product(h))), c });
  },
  gru: (node, direction) => {
    const [f, g] = functionsOf(node, direction);
    const { hidden, ofHidden, biases } = direction;
    const isLinear = node.int("linear_before_reset", 0) !== 0;
    const weightOf = (first: number, last: number): Operand => slice(ofHidden, 0, first * hidden, last * hidden);
    const biasOf = (first: number, last: number): Operand | undefined =>
      biases && slice(biases[1], 0, first * hidden, last * hidden);
    const plus = (sum: Operand, bias: Operand | undefined): Operand => (bias ? add(sum, bias) : sum);
    const column = (sum: Operand, i: number): Operand => slice(sum, 1, i * hidden, (i + 1) * hidden);
    return (sums, { h, c }) => {
      const gates = plus(matmul(h, weightOf(0, 2), { b: true }), biasOf(0, 2));
      const z = f(add(column(sums, 0), column(gates, 0)));
      const r = f(add(column(sums, 1), column(gates, 1)));
      const term = (before: Operand): Operand => plus(matmul(before, weightOf(2, 3), { b: true }), biasOf(2, 3));
      const product = isLinear ? multiply(r, term(h)) : term(multiply(r, h));
      const candidate = g(add(column(sums, 2), product));
      return { h: add(multiply(subtract(1, z), candidate), multiply(z, h)), c };
    };
  },
  lstm: (node, direction) => {
    const [f, g, h] = functionsOf(node, direction);
    const product = productOf(direction);
    const { hidden, peephole } = direction;
    const couples = node.int("input_forget", 0) !== 0;
    const look = (sum: Operand, c: Operand, i: number): Operand =>
      peephole ? add(sum, multiply(c, slice(peephole, 0, i * hidden, (i + 1) * hidden))) : sum;
    return (sums, state) => {
      const gates = add(sums, product(state.h));
      const column = (i: number): Operand => slice(gates, 1, i * hidden, (i + 1) * hidden);
      const input = f(look(column(0), state.c, 0));
      const forget = couples ? subtract(1, input) : f(look(column(2), state.c, 2));
      const c = add(multiply(forget, state.c), multiply(input, g(column(3))));
      return { h: multiply(f(look(column(1), c, 1)), h(c)), c };
    };
  },
};

/** h W + bias. */
function productOf({ ofHidden, biases }: Direction): (h: Operand) => Operand {
  return (h) => {
    const product = matmul(h, ofHidden, { b: true });
    return biases ? add(product, biases[1]) : product;
  };
}

type Function1 = (x: Operand) => Operand;

function functionsOf(node: Node, { activations }: Direction): readonly [Function1, Function1, Function1] {
  const [f = tanh, g = tanh, h = tanh] = activations.map((name) => {
    const known = Object.hasOwn(ACTIVATIONS, name.toLowerCase()) ? ACTIVATIONS[name.toLowerCase()] : undefined;
    if (known && !node.has("activation_alpha") && !node.has("activation_beta")) return known;
    return node.refuse(`activations must be ${Object.keys(ACTIVATIONS).join(", ")} without alpha and beta`, name);
  });
  return [f, g, h];
}
