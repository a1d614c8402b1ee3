import { requireOneOf } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { Operand } from "../../graph/operand.ts";
import type { Tensor, TensorLike } from "../../base/tensor.ts";
import { splitLengths } from "./lengths-scope.ts";
import { Recurrent, optionsOf } from "./base.ts";
import { type LstmZoneoutOptions, RECURRENT_DEFAULTS, type RecurrentOptions, recurrentSettings } from "./options.ts";
import type { Size } from "../module/sized.ts";
import { made } from "../configuration/made.ts";

export interface RnnOptions extends RecurrentOptions {
  /** The function f of {@link RNN}. Default: "tanh". */
  readonly nonlinearity?: "tanh" | "relu";
}

export interface LstmOptions extends RecurrentOptions {
  /** Probabilities that elements of the states keep their value of the previous step. Default: none. */
  readonly zoneout?: LstmZoneoutOptions;
}

/** The output, and h after the last step of each layer and direction. */
export interface HiddenSequence {
  readonly output: Operand;
  readonly hN: Operand;
}

/** The initial or final state of an RNN or GRU. */
export interface HiddenState {
  readonly h: Tensor;
}

/** The output, and h and c after the last step of each layer and direction. */
export interface LstmSequence extends HiddenSequence {
  readonly cN: Operand;
}

/** The initial or final states of an LSTM. */
export interface LstmState extends HiddenState {
  readonly c: Tensor;
}

/** A recurrent network with h as its only state. */
abstract class HiddenStateOnly<In extends Size, Out extends Size> extends Recurrent<In, Out> {
  override forward(x: Operand, h0?: Operand, lengths?: Operand): Operand {
    return this.sequence(x, h0, lengths).output;
  }

  /**
   * The output of `forward` and the final state, for use in custom modules. Lengths are the last input:
   * `sequence(x, lengths)`, `sequence(x, h0, lengths)`.
   */
  sequence(x: Operand, h0?: Operand, lengths?: Operand): HiddenSequence {
    const [[h], validLengths] = splitLengths(x, [h0, lengths], 1);
    const { output, hN } = this.unroll(x, h, undefined, validLengths);
    return { output, hN };
  }

  /**
   * Computes the output and the final state, in the current mode.
   * @param state initial state, for example the final state of the previous part of the same sequences. Default: zeros.
   * @param lengths of the sequences, [batch], int32 from 0 to steps. Default: all steps.
   * @throws ShapeError when sizes do not fit
   * @throws TypeError when the state is not an object with a tensor h
   */
  runWithState(
    x: TensorLike,
    state?: { readonly h: TensorLike },
    lengths?: TensorLike,
  ): { output: Tensor<"float32">; state: { h: Tensor<"float32"> } } {
    const initial = state && withDefaults("runWithState, state", state, { h: undefined });
    const inputs = [x, ...(initial ? [initial.h] : []), ...(lengths ? [lengths] : [])];
    const [output, h] = this.runOn(inputs, (input, ...more) => {
      const sequence = this.sequence(input, ...more);
      return [sequence.output, sequence.hN];
    }) as [Tensor<"float32">, Tensor<"float32">];
    return { output, state: { h } };
  }
}

/**
 * The plain recurrent network: h(t) = f(W_ih x(t) + b_ih + W_hh h(t - 1) + b_hh), where f is tanh or ReLU.
 *
 * Shape: x [steps, batch, inputSize], or [batch, steps, inputSize] with batchFirst, or [steps, inputSize] for one
 * sequence; the last axis of the output has hiddenSize elements (2 hiddenSize if bidirectional). h0 and hN are
 * [numLayers * directions, batch, hiddenSize], also with batchFirst; [numLayers * directions, hiddenSize] for one sequence.
 * Lengths [batch], int32 from 0 to steps, are the last input. Default: those of the surrounding `nn.padded`, or all steps.
 * Steps after the length of a sequence are padding: their values are ignored and the output there is 0; hN is the state
 * after the last valid step, and the reverse direction starts at that step. For length 0, hN is h0. As PyTorch's packed
 * sequences.
 * A trainer and `predict` split batches along the first axis, so they need batchFirst.
 * State names: `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, then those ending in `_l0_reverse`, `_l1`, ...
 * Initial values: uniform in ±1/√hiddenSize, as in PyTorch.
 * Masks: new at each training step; a mask of `variational` is the same at all time steps. In evaluation, zoneout uses the
 * mean (1 - p) new + p old.
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.RNN.html
 *
 * @throws RangeError when a size or probability is out of range, or a single layer has dropout between layers, for which
 * PyTorch only warns
 * @throws TypeError when an option is unknown
 */
export class RNN<In extends number = number, Out extends number = number> extends HiddenStateOnly<In, Out> {
  readonly nonlinearity: "tanh" | "relu";

  constructor(inputSize: number, hiddenSize: number, options: RnnOptions = {}) {
    const { nonlinearity, ...shared } = withDefaults("rnn", options, { ...RECURRENT_DEFAULTS, nonlinearity: "tanh" });
    const zoneout = withDefaults("rnn, zoneout", shared.zoneout, { hidden: undefined });
    const settings = recurrentSettings("rnn", inputSize, hiddenSize, { ...shared, zoneout });
    requireOneOf("rnn", "nonlinearity", nonlinearity, ["tanh", "relu"]);
    super("rnn", nonlinearity === "tanh" ? "rnnTanh" : "rnnRelu", inputSize, hiddenSize, settings);
    this.nonlinearity = nonlinearity;
  }

  override configuration(): readonly unknown[] {
    return made(rnn, this.inputSize, this.hiddenSize, { ...optionsOf(this), nonlinearity: this.nonlinearity });
  }
}

/**
 * Gated recurrent units: r, z = sigmoid(W_ih x(t) + b_ih + W_hh h(t - 1) + b_hh), each with its own rows of the weights,
 * n = tanh(W_in x(t) + b_in + r (W_hn h(t - 1) + b_hn)), h(t) = (1 - z) n + z h(t - 1).
 *
 * Shapes, state names, initial values, masks and errors: as {@link RNN}; rows of the weights are in the order r, z, n.
 * Sources: Cho et al. 2014, https://arxiv.org/abs/1406.1078, in PyTorch's form,
 * https://pytorch.org/docs/stable/generated/torch.nn.GRU.html
 */
export class GRU<In extends number = number, Out extends number = number> extends HiddenStateOnly<In, Out> {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    const filled = withDefaults("gru", options, RECURRENT_DEFAULTS);
    const zoneout = withDefaults("gru, zoneout", filled.zoneout, { hidden: undefined });
    super("gru", "gru", inputSize, hiddenSize, recurrentSettings("gru", inputSize, hiddenSize, { ...filled, zoneout }));
  }

  override configuration(): readonly unknown[] {
    return made(gru, this.inputSize, this.hiddenSize, optionsOf(this));
  }
}

/**
 * Long short-term memory: i, f, o = sigmoid and g = tanh of W_ih x(t) + b_ih + W_hh h(t - 1) + b_hh, each with its own
 * rows of the weights, c(t) = f c(t - 1) + i g, h(t) = o tanh(c(t)).
 *
 * Shapes, state names, initial values, masks and errors: as {@link RNN}, with c0 and cN like h0 and hN; rows of the weights
 * are in the order i, f, g, o. Zoneout of c does not affect h(t), which is computed from the c(t) before zoneout.
 * Sources: Hochreiter and Schmidhuber 1997, Gers et al. 2000, in PyTorch's form,
 * https://pytorch.org/docs/stable/generated/torch.nn.LSTM.html
 */
export class LSTM<In extends number = number, Out extends number = number> extends Recurrent<In, Out> {
  constructor(inputSize: number, hiddenSize: number, options: LstmOptions = {}) {
    const filled = withDefaults("lstm", options, RECURRENT_DEFAULTS);
    const zoneout = withDefaults("lstm, zoneout", filled.zoneout, { hidden: undefined, cell: undefined });
    super(
      "lstm",
      "lstm",
      inputSize,
      hiddenSize,
      recurrentSettings("lstm", inputSize, hiddenSize, { ...filled, zoneout }),
    );
  }

  override forward(x: Operand, h0?: Operand, c0?: Operand, lengths?: Operand): Operand {
    return this.sequence(x, h0, c0, lengths).output;
  }

  /**
   * The output of `forward` and the final state, for use in custom modules. Lengths are the last input:
   * `sequence(x, lengths)`, `sequence(x, h0, c0, lengths)`.
   * @throws TypeError when one of h0 and c0 is given alone
   */
  sequence(x: Operand, h0?: Operand, c0?: Operand, lengths?: Operand): LstmSequence {
    const [[h, c], validLengths] = splitLengths(x, [h0, c0, lengths], 2);
    if ((h === undefined) !== (c === undefined)) {
      throw new TypeError(`lstm: h0 and c0 must be given together; got ${h ? "h0" : "c0"} alone`);
    }
    const { output, hN, cN } = this.unroll(x, h, c, validLengths);
    if (!cN) throw new Error("lstm: there must be a last c; got none");
    return { output, hN, cN };
  }

  /**
   * Computes the output and the final state, in the current mode.
   * @param state initial state, for example the final state of the previous part of the same sequences. Default: zeros.
   * @param lengths of the sequences, [batch], int32 from 0 to steps. Default: all steps.
   * @throws ShapeError when sizes do not fit
   * @throws TypeError when the state is not an object with tensors h and c
   */
  runWithState(
    x: TensorLike,
    state?: { readonly h: TensorLike; readonly c: TensorLike },
    lengths?: TensorLike,
  ): { output: Tensor<"float32">; state: { h: Tensor<"float32">; c: Tensor<"float32"> } } {
    const initial = state && withDefaults("runWithState, state", state, { h: undefined, c: undefined });
    const inputs = [x, ...(initial ? [initial.h, initial.c] : []), ...(lengths ? [lengths] : [])];
    const [output, h, c] = this.runOn(inputs, (input, ...more) => {
      const sequence = this.sequence(input, ...more);
      return [sequence.output, sequence.hN, sequence.cN];
    }) as [Tensor<"float32">, Tensor<"float32">, Tensor<"float32">];
    return { output, state: { h, c } };
  }

  override configuration(): readonly unknown[] {
    return made(lstm, this.inputSize, this.hiddenSize, optionsOf(this));
  }
}

/** Number of output features, if the compiler can tell. */
type OutOf<Hidden extends number, Options> = "bidirectional" extends keyof Options
  ? Options extends { readonly bidirectional: false }
    ? Hidden
    : number
  : Hidden;

/**
 * The plain recurrent network, h(t) = tanh(W_ih x(t) + W_hh h(t - 1) + b): [steps, batch, inputSize] gives
 * [steps, batch, hiddenSize], batch first with batchFirst, which trainers need; see {@link RNN}.
 */
export function rnn<const In extends number, const Hidden extends number, const Options extends RnnOptions = {}>(
  inputSize: In,
  hiddenSize: Hidden,
  options?: Options & RnnOptions,
): RNN<In, OutOf<Hidden, Options>> {
  return new RNN(inputSize, hiddenSize, options);
}

/**
 * Gated recurrent units: [steps, batch, inputSize] gives [steps, batch, hiddenSize], batch first with batchFirst, which
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
 * Long short-term memory: [steps, batch, inputSize] gives [steps, batch, hiddenSize], batch first with batchFirst, which
 * trainers need; see {@link LSTM}.
 */
export function lstm<const In extends number, const Hidden extends number, const Options extends LstmOptions = {}>(
  inputSize: In,
  hiddenSize: Hidden,
  options?: Options & LstmOptions,
): LSTM<In, OutOf<Hidden, Options>> {
  return new LSTM(inputSize, hiddenSize, options);
}
