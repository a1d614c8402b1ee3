import { ShapeError } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { type Shape, printShape, sameShape } from "../../base/tensor.ts";
import { add } from "../elementwise/arithmetic.ts";
import { requireFloat } from "../check.ts";
import { matmul } from "../matmul/matmul.ts";
import { requireLengths, withoutPadding } from "../lengths.ts";
import { Recurrence, type RecurrentSettings } from "./recurrence.ts";
import type { CellName } from "./cells.ts";
import { recurrentForward } from "./forward.ts";
import { filled } from "../reduction/reduction.ts";
import { concatenate, slice } from "../shape/slice.ts";
import { reshape, view } from "../shape/view.ts";

/** The weights of one layer in one direction, in PyTorch's layout: the gates are concatenated along the first axis. */
export interface RecurrentWeights {
  /** [gates * hidden, features] */
  readonly ofInput: Operand;
  /** [gates * hidden, hidden] */
  readonly ofHidden: Operand;
  /** Both [gates * hidden]. Default: none. */
  readonly biases?: readonly [ofInput: Operand, ofHidden: Operand] | undefined;
}

/** The initial h and, for an LSTM, c, [batch, hidden]. Default: zeros. */
export interface InitialState {
  readonly h?: Operand | undefined;
  readonly c?: Operand | undefined;
}

/** The results of a recurrent layer. */
export interface RecurrentResult {
  /** h of all steps, [steps, batch, hidden]; 0 in padding. */
  readonly output: Operand;
  /** The last h, [1, batch, hidden]. */
  readonly h: Operand;
  /** The last c, [1, batch, hidden], of an LSTM. */
  readonly c: Operand | undefined;
}

/**
 * One layer of a recurrent network in one direction, over x [steps, batch, features].
 *
 * RNN: h = f(W_ih x + b_ih + W_hh h + b_hh) with f tanh or ReLU.
 * LSTM: i, f, o = sigmoid and g = tanh of such sums; c = f c + i g; h = o tanh(c).
 * GRU: r, z = sigmoid of such sums; n = tanh(W_in x + b_in + r (W_hn h + b_hn)); h = (1 - z) n + z h.
 *
 * One matmul computes W_ih x for all steps; two more compute the gradients of both weights.
 *
 * @throws ShapeError when a shape does not fit, or x has no steps
 */
export function recurrent(
  name: CellName,
  x: Operand,
  weights: RecurrentWeights,
  initial: InitialState = {},
  settings: RecurrentSettings = {},
): RecurrentResult {
  requireFloat(name, "x", x);
  const [steps = 0, batch = 0, features = 0] = x.shape;
  if (x.shape.length !== 3 || steps === 0) {
    throw new ShapeError(`${name}: x must be [steps, batch, features] with at least one step; got ${x}`);
  }
  const hidden = weights.ofHidden.shape[1] ?? 0;
  const recurrence = new Recurrence(name, [steps, batch, hidden], settings);
  const { cell } = recurrence;
  const columns = cell.gates * hidden;
  const { h = filled([batch, hidden], 0), c = filled([batch, hidden], 0) } = initial;
  const { ofInput, ofHidden, biases = [filled([columns], 0), filled([columns], 0)] } = weights;
  requireShape(name, "the weight of the input", ofInput, [columns, features]);
  requireShape(name, "the weight of h", ofHidden, [columns, hidden]);
  for (const bias of biases) requireShape(name, "a bias", bias, [columns]);
  for (const state of [h, c]) requireShape(name, "a state", state, [batch, hidden]);
  const { lengths } = settings;
  if (lengths) requireLengths(name, lengths, batch, steps);

  const saved = recurrentForward(recurrence, {
    sums: matmul(reshape(x, [steps * batch, features]), ofInput, { b: true }),
    h0: h,
    c0: c,
    weight: ofHidden,
    biases: cell.hasReset ? biases : [weights.biases ? add(...biases) : biases[0]],
  });
  // Only the results have readers: the gradient of `saved` is the gradient by the results.
  const rows = cell.hasC ? steps + 1 : steps;
  const results = view("results", saved, [rows, batch, hidden], recurrence.results, (d) => d);
  const last = settings.reverse ? 0 : steps - 1;
  const padded = (output: Operand): Operand => (lengths ? withoutPadding(name, output, lengths, false) : output);
  if (!cell.hasC) return { output: padded(results), h: slice(results, 0, last, last + 1), c: undefined };
  const output = view("output", results, [steps, batch, hidden], recurrence.output, (dOutput) => {
    const noC = filled([1, batch, hidden], 0);
    return concatenate(settings.reverse ? [noC, dOutput] : [dOutput, noC]);
  });
  const { lastCRow } = recurrence;
  return { output: padded(output), h: slice(output, 0, last, last + 1), c: slice(results, 0, lastCRow, lastCRow + 1) };
}

function requireShape(where: string, name: string, x: Operand, shape: Shape): void {
  if (sameShape(x.shape, shape)) return;
  throw new ShapeError(`${where}: ${name} must be ${printShape(shape)}; got ${x}`);
}
