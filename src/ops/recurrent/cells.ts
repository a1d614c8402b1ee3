import { GRU_GATES, LSTM_GATES } from "#kernels/contract";
import type { Operand } from "../../graph/operand.ts";
import { type Call, call } from "../../graph/call.ts";

export type CellName = "rnnTanh" | "rnnRelu" | "lstm" | "gru";

/** The operands of one step forward: [batch, hidden], or [batch, gates * hidden] for `gates` and `product`. */
export interface StepForward {
  /** x W_ih, which the gates overwrite. */
  readonly gates: Operand;
  /** h W_hh. */
  readonly product: Operand;
  /** [gates * hidden]: b_ih of a cell with a reset gate, else b_ih + b_hh. */
  readonly bias: Operand;
  /** b_hh, read only by a cell with a reset gate. */
  readonly hBias: Operand;
  /** h of the previous step. */
  readonly hBefore: Operand;
  readonly h: Operand;
  readonly cBefore: Operand;
  readonly c: Operand;
  /** The term of n that the reset gate multiplies: W_hn h + b_hn. */
  readonly q: Operand;
  readonly batch: number;
  readonly hidden: number;
}

/** The operands of one step backward; shapes are those of {@link StepForward}. */
export interface StepBackward {
  /** The gradient by h is dOut + dH: through the output, and through the next step. */
  readonly dOut: Operand;
  readonly dH: Operand;
  readonly dC: Operand;
  readonly gates: Operand;
  readonly hBefore: Operand;
  readonly cBefore: Operand;
  readonly q: Operand;
  /** The gradients by x W_ih and by h W_hh. */
  readonly dGates: Operand;
  readonly dProduct: Operand;
  /** The gradient by h of the previous step, without that through its product. */
  readonly dBefore: Operand;
  readonly batch: number;
  readonly hidden: number;
}

/** A kind of recurrent cell. */
export interface Cell {
  /** Gates, of `hidden` columns each. */
  readonly gates: number;
  /** Whether the cell has a state c in addition to h. */
  readonly hasC: boolean;
  /** Whether a reset gate multiplies h W_hh + b_hh; the gradients by h W_hh and x W_ih then differ, and h is also read directly. */
  readonly hasReset: boolean;
  readonly forward: (step: StepForward) => Call;
  readonly backward: (step: StepBackward) => Call;
}

const rnn = (name: "rnnTanh" | "rnnRelu"): Cell => ({
  gates: 1,
  hasC: false,
  hasReset: false,
  forward: ({ gates, product, bias, h, batch, hidden }) => call(`${name}Cell`, gates, product, bias, h, batch, hidden),
  backward: ({ dOut, dH, gates, dGates, batch, hidden }) =>
    call(`${name}CellGradient`, dOut, dH, gates, dGates, batch * hidden),
});

export const CELLS: Readonly<Record<CellName, Cell>> = {
  rnnTanh: rnn("rnnTanh"),
  rnnRelu: rnn("rnnRelu"),
  lstm: {
    gates: LSTM_GATES,
    hasC: true,
    hasReset: false,
    forward: ({ gates, product, bias, cBefore, c, h, batch, hidden }) =>
      call("lstmCell", gates, product, bias, cBefore, c, h, batch, hidden),
    backward: ({ dOut, dH, dC, gates, cBefore, dGates, batch, hidden }) =>
      call("lstmCellGradient", dOut, dH, dC, gates, cBefore, dGates, batch, hidden),
  },
  gru: {
    gates: GRU_GATES,
    hasC: false,
    hasReset: true,
    forward: ({ gates, product, bias, hBias, hBefore, q, h, batch, hidden }) =>
      call("gruCell", gates, product, bias, hBias, hBefore, q, h, batch, hidden),
    backward: ({ dOut, dH, gates, q, hBefore, dGates, dProduct, dBefore, batch, hidden }) =>
      call("gruCellGradient", dOut, dH, gates, q, hBefore, dGates, dProduct, dBefore, batch, hidden),
  },
};
