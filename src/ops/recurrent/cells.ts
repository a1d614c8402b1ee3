import type { Operand } from "../../graph/operand.ts";
import { type Call, call } from "../../graph/call.ts";

export type CellName = "rnnTanh" | "rnnRelu" | "lstm" | "gru";

/** What one step forward reads and writes; each is [batch, hidden] or as many of these as there are gates. */
export interface StepForward {
  readonly gates: Operand;
  readonly product: Operand;
  /** One row for all: of x W_ih alone where h W_hh has its own. */
  readonly bias: Operand;
  readonly hBias: Operand;
  readonly hBefore: Operand;
  readonly h: Operand;
  readonly cBefore: Operand;
  readonly c: Operand;
  readonly q: Operand;
  readonly batch: number;
  readonly hidden: number;
}

/** What one step backward reads and writes. */
export interface StepBackward {
  readonly dOut: Operand;
  readonly dH: Operand;
  readonly dC: Operand;
  readonly gates: Operand;
  readonly hBefore: Operand;
  readonly cBefore: Operand;
  readonly q: Operand;
  readonly dGates: Operand;
  readonly dProduct: Operand;
  readonly dBefore: Operand;
  readonly batch: number;
  readonly hidden: number;
}

/** What tells one kind of recurrent layer from another. */
export interface Cell {
  /** Blocks of `hidden` columns in a row of gates. */
  readonly gates: number;
  /** Whether there is a cell c beside h. */
  readonly hasC: boolean;
  /** Whether a reset gate stands behind h W_hh, which then has a bias and a gradient of its own; h is used beside it. */
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
    gates: 4,
    hasC: true,
    hasReset: false,
    forward: ({ gates, product, bias, cBefore, c, h, batch, hidden }) =>
      call("lstmCell", gates, product, bias, cBefore, c, h, batch, hidden),
    backward: ({ dOut, dH, dC, gates, cBefore, dGates, batch, hidden }) =>
      call("lstmCellGradient", dOut, dH, dC, gates, cBefore, dGates, batch, hidden),
  },
  gru: {
    gates: 3,
    hasC: false,
    hasReset: true,
    forward: ({ gates, product, bias, hBias, hBefore, q, h, batch, hidden }) =>
      call("gruCell", gates, product, bias, hBias, hBefore, q, h, batch, hidden),
    backward: ({ dOut, dH, gates, q, hBefore, dGates, dProduct, dBefore, batch, hidden }) =>
      call("gruCellGradient", dOut, dH, gates, q, hBefore, dGates, dProduct, dBefore, batch, hidden),
  },
};
