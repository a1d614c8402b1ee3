import { Operand, type Placement } from "../../graph/operand.ts";
import { type Call, call } from "../../graph/call.ts";
import { matmul } from "../matmul/matmul.ts";
import type { PrepackedMatmul } from "../matmul/packed-weight.ts";
import { prepackedMatmul } from "../matmul/prepacked.ts";
import type { Recurrence } from "./recurrence.ts";
import { sumRows } from "../reduction/reduction.ts";
import { view } from "../shape/view.ts";

/** The gradients by the inputs of a recurrence. */
export interface RecurrentGradients {
  readonly dSums: Operand;
  /** The gradients by h0 and, for a cell with c, by c0. */
  readonly dStates: readonly Operand[];
  readonly dWeight: Operand;
  readonly dBiases: readonly Operand[];
}

/**
 * The gradients of a recurrence: backward in time for the gates, then one product over all steps for the weight.
 * @param saved the result of `recurrentForward`
 */
export function recurrentGradient(
  recurrence: Recurrence,
  dResults: Operand,
  saved: Operand,
  weight: Operand,
): RecurrentGradients {
  const { cell, steps, batch, hidden, state, row } = recurrence;
  const backward = backwardInTime(recurrence, dResults, saved, weight);
  const gates = [steps * batch, cell.gates * hidden];
  const of = (start: number, shape: readonly number[]): Operand =>
    view("recurrentGradient", backward.operand, shape, start, () => null);
  const dSums = of(0, gates);
  const dProducts = cell.hasReset ? of(steps * row, gates) : dSums;
  const maskedH = view("maskedH", saved, [steps * batch, hidden], recurrence.maskedHBefore, () => null);
  const dStates = [of(backward.dH, [batch, hidden])];
  if (cell.hasC) dStates.push(of(backward.dH + state, [batch, hidden]));
  const dBias = sumRows(dSums);
  return {
    dSums,
    dStates,
    dWeight: matmul(dProducts, maskedH, { a: true }),
    dBiases: cell.hasReset ? [dBias, sumRows(dProducts)] : [dBias],
  };
}

/**
 * In one operand, the gradients by x W_ih at all steps, by h W_hh at all steps if the cell has a reset gate, by h0, and by c0;
 * that by h0 starts at float `dH`.
 */
function backwardInTime(
  recurrence: Recurrence,
  dResults: Operand,
  saved: Operand,
  weight: Operand,
): { readonly operand: Operand; readonly dH: number } {
  const { name, cell, steps, batch, hidden, state, row, settings } = recurrence;
  const { mask, updateH, updateC, lengths } = settings;
  const products = prepackedMatmul(batch, weight, false);
  const constants = [products.packed, mask, updateH, updateC, lengths].filter((each) => each !== undefined);
  const dH = (cell.hasReset ? 2 : 1) * steps * row;
  const operand = new Operand(
    `${name}Gradient`,
    [dH + (cell.hasC ? 2 : 1) * state],
    [dResults, saved, weight, ...constants],
    {
      calls: (out, placement) => {
        const scratch = scratchIn(recurrence, out, dH, placement);
        const { lastC } = recurrence;
        return [
          call("fill", scratch.dH, 0, state),
          ...(updateH ? [call("fill", scratch.zeros, 0, state)] : []),
          ...(cell.hasC
            ? [call("copyBlock", recurrence.part(dResults, lastC), hidden, scratch.dC, hidden, batch, hidden)]
            : []),
          ...recurrence.order
            .toReversed()
            .flatMap((t) => stepCalls(recurrence, dResults, saved, out, products, scratch, t)),
        ];
      },
      workspace: SCRATCH_STATES * state + products.workspace,
      flops: steps * batch * cell.gates * hidden * (2 * hidden + 1),
    },
  );
  return { operand, dH };
}

/** Operands [batch, hidden] in the workspace. */
const SCRATCH_STATES = 10;

/** The gradients that a step hands to the one before it in time, and scratch operands; each is [batch, hidden]. */
interface Scratch {
  /** The gradients by h and c of the current step; after the first step those by h0 and c0. */
  readonly dH: Operand;
  readonly dC: Operand;
  /** The gradient by h of the previous step, without that through its product. */
  readonly dBefore: Operand;
  readonly zeros: Operand;
  /** The gradient by h = update * new h + (1 - update) * previous h, and those through each of the two terms. */
  readonly dUpdated: Operand;
  readonly dNew: Operand;
  readonly dOld: Operand;
  readonly dNewC: Operand;
  readonly dOldC: Operand;
  /** The gradient by the output of the last step, 0 in rows that are padding: there it is the gradient by an earlier h. */
  readonly dLast: Operand;
  /** The gradients by h and c that bypass a step, in sequences where it is padding. */
  readonly carriedH: Operand;
  readonly carriedC: Operand;
  /** For products. */
  readonly placement: Pick<Placement, "workspace" | "panelWidth">;
}

function scratchIn(recurrence: Recurrence, out: Operand, dH: number, { workspace, panelWidth }: Placement): Scratch {
  const { state } = recurrence;
  const scratch = (index: number): Operand => recurrence.part(workspace, index * state);
  return {
    dH: recurrence.part(out, dH),
    dC: recurrence.part(out, dH + state),
    dBefore: scratch(0),
    zeros: scratch(1),
    dUpdated: scratch(2),
    dNew: scratch(3),
    dOld: scratch(4),
    dNewC: scratch(5),
    dOldC: scratch(6),
    dLast: scratch(7),
    carriedH: scratch(8),
    carriedC: scratch(9),
    placement: {
      workspace: recurrence.part(workspace, SCRATCH_STATES * state, workspace.size - SCRATCH_STATES * state),
      panelWidth,
    },
  };
}

function stepCalls(
  recurrence: Recurrence,
  dResults: Operand,
  saved: Operand,
  out: Operand,
  products: PrepackedMatmul,
  scratch: Scratch,
  t: number,
): Call[] {
  const { cell, steps, batch, hidden, state, row, settings } = recurrence;
  const { mask, updateH, updateC, lengths } = settings;
  const dOutput = recurrence.part(dResults, recurrence.output + t * state);
  const isLast = lengths !== undefined && t === recurrence.order.at(-1);
  const dOut = isLast ? scratch.dLast : dOutput;
  const dGates = recurrence.part(out, t * row, row);
  const dProduct = cell.hasReset ? recurrence.part(out, (steps + t) * row, row) : dGates;
  const { dH, dC, dBefore } = scratch;
  const backward = cell.backward({
    dOut: updateH ? scratch.dNew : dOut,
    dH: updateH ? scratch.zeros : dH,
    dC: updateC ? scratch.dNewC : dC,
    gates: recurrence.part(saved, recurrence.gates + t * row, row),
    hBefore: recurrence.part(saved, recurrence.hBefore(t)),
    cBefore: recurrence.part(saved, recurrence.cBefore(t)),
    q: recurrence.part(saved, recurrence.q + t * state),
    dGates,
    dProduct,
    dBefore,
    batch,
    hidden,
  });
  const throughUpdate = (update: Operand, dUpdated: Operand, dNew: Operand, dOld: Operand): Call[] => [
    call("multiply", recurrence.updateAt(update, t), dUpdated, dNew, state),
    call("subtract", dUpdated, dNew, dOld, state),
  ];
  // The output is 0 in padding and passes no gradient to h; but the output of the last step is also the last h.
  const carryC = cell.hasC ? [[dC, scratch.carriedC] as const] : [];
  const before = [[isLast ? dOut : dH, scratch.carriedH] as const, ...carryC];
  const after = [[dH, scratch.carriedH] as const, ...carryC];
  return [
    ...(isLast ? [call("copyBlock", dOutput, hidden, dOut, hidden, batch, hidden)] : []),
    ...(lengths ? before.map(([d, carried]) => call("extractRows", d, lengths, t, carried, batch, hidden)) : []),
    ...(updateH ? [call("add", dOut, dH, scratch.dUpdated, state)] : []),
    ...(updateH ? throughUpdate(updateH, scratch.dUpdated, scratch.dNew, scratch.dOld) : []),
    ...(updateC ? throughUpdate(updateC, dC, scratch.dNewC, scratch.dOldC) : []),
    backward,
    ...products.into(dProduct, dH, scratch.placement),
    ...(mask ? [call("multiply", dH, mask, dH, state)] : []),
    ...(cell.hasReset ? [call("add", dH, dBefore, dH, state)] : []),
    ...(updateH ? [call("add", dH, scratch.dOld, dH, state)] : []),
    ...(updateC ? [call("add", scratch.dNewC, scratch.dOldC, dC, state)] : []),
    ...(lengths ? after.map(([d, carried]) => call("carryRows", carried, lengths, t, d, batch, hidden)) : []),
  ];
}
