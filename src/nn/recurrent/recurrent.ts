import { requireKnown, requireOneOf } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import type { Tensor } from "../../base/tensor.ts";
import { splitLengths } from "./lengths-scope.ts";
import { Recurrent } from "./base.ts";
import { type LstmZoneoutOptions, type RecurrentOptions, requireRecurrent } from "./options.ts";
import type { Size } from "../module/sized.ts";

export interface RnnOptions extends RecurrentOptions {
  /** f. Default: "tanh". */
  readonly nonlinearity?: "tanh" | "relu";
}

export interface LstmOptions extends RecurrentOptions {
  /** Probabilities of keeping the old states. Default: none. */
  readonly zoneout?: LstmZoneoutOptions;
}

/** The output, and h after the last step of each layer and direction. */
export interface HiddenSequence {
  readonly output: Operand;
  readonly hN: Operand;
}

/** h from which a layer with one state starts, or in which it ended. */
export interface HiddenState {
  readonly h: Tensor;
}

/** The output, and h and c after the last step of each layer and direction. */
export interface LstmSequence extends HiddenSequence {
  readonly cN: Operand;
}

/** h and c from which an LSTM starts, or in which it ended. */
export interface LstmState extends HiddenState {
  readonly c: Tensor;
}

/** A recurrent network whose state is h alone. */
abstract class OneState<In extends Size, Out extends Size> extends Recurrent<In, Out> {
  override forward(x: Operand, h0?: Operand, lengths?: Operand): Operand {
    return this.sequence(x, h0, lengths).output;
  }

  /**
   * What `forward` gives, and the last state, for modules of your own. Lengths are the last input:
   * `sequence(x, lengths)`, `sequence(x, h0, lengths)`.
   */
  sequence(x: Operand, h0?: Operand, lengths?: Operand): HiddenSequence {
    const [[h], known] = splitLengths(x, [h0, lengths], 1);
    const { output, hN } = this.unroll(x, h, undefined, known);
    return { output, hN };
  }

  /**
   * Computes the output in the current mode, and the state in which it ends, from that in which an earlier part of the
   * same sequences ended; from zeros where it is left out.
   * @param lengths of the sequences, [batch], int32 from 0 to steps. Default: all steps.
   * @throws ShapeError when sizes do not fit
   * @throws TypeError when the state is not an object with a tensor h
   */
  runWithState(
    x: Tensor,
    state?: HiddenState,
    lengths?: Tensor,
  ): { output: Tensor<"float32">; state: { h: Tensor<"float32"> } } {
    if (state) requireKnown("runWithState, state", state, ["h"]);
    const inputs = [x, ...(state ? [state.h] : []), ...(lengths ? [lengths] : [])];
    const [output, h] = this.runOn(inputs, (input, ...more) => {
      const sequence = this.sequence(input, ...more);
      return [sequence.output, sequence.hN];
    }) as [Tensor<"float32">, Tensor<"float32">];
    return { output, state: { h } };
  }
}

/**
 * The plain recurrent network: h(t) = f(W_ih x(t) + b_ih + W_hh h(t - 1) + b_hh), with f tanh or ReLU.
 *
 * Shape: x [steps, batch, inputSize], or [batch, steps, inputSize] with batchFirst, or [steps, inputSize] for one
 * sequence; the output has hiddenSize (twice that where bidirectional) in its last axis. h0 and hN are
 * [numLayers * directions, batch, hiddenSize], also with batchFirst; without batch for one sequence.
 * Lengths [batch], int32 from 0 to steps, are the last input, or those of the `nn.padded` around it: what comes after them
 * is padding, where the output is 0 and whose values count for nothing; hN is that of each sequence's last step of its
 * own, and backward time begins there. A sequence of length 0 keeps h0. As PyTorch's packed sequences.
 * Batches of a trainer and of `predict` are cut along the first axis, so both need batchFirst.
 * Initial values: uniform in ±1/√hiddenSize, as in PyTorch; weights are `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`,
 * `bias_hh_l0`, then those of `_l0_reverse`, of `_l1`.
 * Masks: new ones at each training step; `variational` draws one for all time steps. Zoneout takes the average in evaluation.
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.RNN.html
 *
 * @throws RangeError when a size or probability is out of range, or dropout between layers is asked of one layer, about
 * which PyTorch warns
 * @throws TypeError when an option is unknown
 */
export class RNN<In extends number = number, Out extends number = number> extends OneState<In, Out> {
  readonly nonlinearity: "tanh" | "relu";

  constructor(inputSize: number, hiddenSize: number, options: RnnOptions = {}) {
    requireRecurrent("rnn", inputSize, hiddenSize, options, { options: ["nonlinearity"], zoneout: ["hidden"] });
    const { nonlinearity = "tanh" } = options;
    requireOneOf("rnn", "nonlinearity", nonlinearity, ["tanh", "relu"]);
    super("rnn", nonlinearity === "tanh" ? "rnnTanh" : "rnnRelu", inputSize, hiddenSize, options);
    this.nonlinearity = nonlinearity;
  }
}

/**
 * Gated recurrent units: r, z = sigmoid(W_ih x(t) + b_ih + W_hh h(t - 1) + b_hh), each with rows of its own,
 * n = tanh(W_in x(t) + b_in + r (W_hn h(t - 1) + b_hn)), h(t) = (1 - z) n + z h(t - 1).
 *
 * Shapes, names, initial values, masks and errors are those of {@link RNN}; the rows of weights are those of r, z, n.
 * Sources: Cho et al. 2014, https://arxiv.org/abs/1406.1078, in PyTorch's form,
 * https://pytorch.org/docs/stable/generated/torch.nn.GRU.html
 */
export class GRU<In extends number = number, Out extends number = number> extends OneState<In, Out> {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    requireRecurrent("gru", inputSize, hiddenSize, options, { options: [], zoneout: ["hidden"] });
    super("gru", "gru", inputSize, hiddenSize, options);
  }
}

/**
 * Long short-term memory: i, f, o = sigmoid and g = tanh of W_ih x(t) + b_ih + W_hh h(t - 1) + b_hh, each with rows of
 * its own, c(t) = f c(t - 1) + i g, h(t) = o tanh(c(t)).
 *
 * Shapes, names, initial values, masks and errors are those of {@link RNN}, c0 and cN being as h0 and hN; the rows of
 * weights are those of i, f, g, o. Zoneout may keep elements of c too; h then follows from c as it would have been.
 * Sources: Hochreiter and Schmidhuber 1997, Gers et al. 2000, in PyTorch's form,
 * https://pytorch.org/docs/stable/generated/torch.nn.LSTM.html
 */
export class LSTM<In extends number = number, Out extends number = number> extends Recurrent<In, Out> {
  constructor(inputSize: number, hiddenSize: number, options: LstmOptions = {}) {
    requireRecurrent("lstm", inputSize, hiddenSize, options, { options: [], zoneout: ["hidden", "cell"] });
    super("lstm", "lstm", inputSize, hiddenSize, options);
  }

  override forward(x: Operand, h0?: Operand, c0?: Operand, lengths?: Operand): Operand {
    return this.sequence(x, h0, c0, lengths).output;
  }

  /**
   * What `forward` gives, and the last state, for modules of your own. Lengths are the last input:
   * `sequence(x, lengths)`, `sequence(x, h0, c0, lengths)`.
   * @throws TypeError when one of h0 and c0 is given alone
   */
  sequence(x: Operand, h0?: Operand, c0?: Operand, lengths?: Operand): LstmSequence {
    const [[h, c], known] = splitLengths(x, [h0, c0, lengths], 2);
    if ((h === undefined) !== (c === undefined)) {
      throw new TypeError(`lstm: h0 and c0 must be given together; got ${h ? "h0" : "c0"} alone`);
    }
    const { output, hN, cN } = this.unroll(x, h, c, known);
    if (!cN) throw new Error("lstm: there must be a last c; got none");
    return { output, hN, cN };
  }

  /**
   * Computes the output in the current mode, and the state in which it ends, from that in which an earlier part of the
   * same sequences ended; from zeros where it is left out.
   * @param lengths of the sequences, [batch], int32 from 0 to steps. Default: all steps.
   * @throws ShapeError when sizes do not fit
   * @throws TypeError when the state is not an object with tensors h and c
   */
  runWithState(
    x: Tensor,
    state?: LstmState,
    lengths?: Tensor,
  ): { output: Tensor<"float32">; state: { h: Tensor<"float32">; c: Tensor<"float32"> } } {
    if (state) requireKnown("runWithState, state", state, ["h", "c"]);
    const inputs = [x, ...(state ? [state.h, state.c] : []), ...(lengths ? [lengths] : [])];
    const [output, h, c] = this.runOn(inputs, (input, ...more) => {
      const sequence = this.sequence(input, ...more);
      return [sequence.output, sequence.hN, sequence.cN];
    }) as [Tensor<"float32">, Tensor<"float32">, Tensor<"float32">];
    return { output, state: { h, c } };
  }
}

/** Features that a layer gives, as far as the compiler can tell. */
type OutOf<Hidden extends number, Options> = "bidirectional" extends keyof Options
  ? Options extends { readonly bidirectional: false }
    ? Hidden
    : number
  : Hidden;

/**
 * The plain recurrent network, h(t) = tanh(W_ih x(t) + W_hh h(t - 1) + b): [steps, batch, inputSize] gives
 * [steps, batch, hiddenSize], batches first with batchFirst, which trainers need; see {@link RNN}.
 */
export function rnn<const In extends number, const Hidden extends number, const Options extends RnnOptions = {}>(
  inputSize: In,
  hiddenSize: Hidden,
  options?: Options & RnnOptions,
): RNN<In, OutOf<Hidden, Options>> {
  return new RNN(inputSize, hiddenSize, options);
}

/**
 * Gated recurrent units: [steps, batch, inputSize] gives [steps, batch, hiddenSize], batches first with batchFirst, which
 * trainers need; see {@link GRU}.
 */
export function gru<const In extends number, const Hidden extends number, const Options extends RecurrentOptions = {}>(
  inputSize: In,
  hiddenSize: Hidden,
  options?: Options & RecurrentOptions,
): GRU<In, OutOf<Hidden, Options>> {
  return new GRU(inputSize, hiddenSize, options);
}

/**
 * Long short-term memory: [steps, batch, inputSize] gives [steps, batch, hiddenSize], batches first with batchFirst, which
 * trainers need; see {@link LSTM}.
 */
export function lstm<const In extends number, const Hidden extends number, const Options extends LstmOptions = {}>(
  inputSize: In,
  hiddenSize: Hidden,
  options?: Options & LstmOptions,
): LSTM<In, OutOf<Hidden, Options>> {
  return new LSTM(inputSize, hiddenSize, options);
}
