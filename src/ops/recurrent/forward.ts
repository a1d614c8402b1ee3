import { Operand, type Placement } from "../../graph/operand.ts";
import { type Call, call } from "../../graph/call.ts";
import type { PrepackedMatmul } from "../matmul/packed-weight.ts";
import { prepackedMatmul } from "../matmul/prepacked.ts";
import type { Recurrence } from "./recurrence.ts";
import { recurrentGradient } from "./gradient.ts";

/** The inputs of a recurrence. */
export interface RecurrenceInputs {
  /** x W_ih for all steps. The gates overwrite it, so it must have no other reader. */
  readonly sums: Operand;
  readonly h0: Operand;
  readonly c0: Operand;
  readonly weight: Operand;
  /** b_ih + b_hh, or, for a cell with a reset gate, both. */
  readonly biases: readonly [Operand] | readonly [Operand, Operand];
}

/** h and c of all steps, and the activations that gradients need, in one operand with the layout of `recurrence`. */
export function recurrentForward(recurrence: Recurrence, inputs: RecurrenceInputs): Operand {
  const { name, cell, steps, batch, hidden, row, settings } = recurrence;
  const { sums, h0, c0, weight, biases } = inputs;
  const products = prepackedMatmul(batch, weight, true);
  const states = cell.hasC ? [h0, c0] : [h0];
  const starts = [recurrence.gates, recurrence.first, recurrence.cells];
  const { mask, updateH, updateC, lengths } = settings;
  const withoutGradient = [products.packed, mask, updateH, updateC, lengths].filter((each) => each !== undefined);
  return new Operand(name, [recurrence.size], [sums, ...states, weight, ...biases, ...withoutGradient], {
    calls: (out, placement) => [
      ...[sums, ...states].flatMap((x, i) => copyInto(recurrence, x, out, starts[i] ?? 0, placement)),
      ...recurrence.order.flatMap((t) => stepCalls(recurrence, inputs, products, t, out, placement)),
    ],
    slots: starts.slice(0, 1 + states.length),
    workspace: row + products.workspace,
    gradient: (dResults, out) => {
      const { dSums, dStates, dWeight, dBiases } = recurrentGradient(recurrence, dResults, out, weight);
      return [dSums, ...dStates, dWeight, ...dBiases, ...withoutGradient.map(() => null)];
    },
    flops: steps * batch * cell.gates * hidden * (2 * hidden + 1),
    attributes: {
      reverse: settings.reverse ?? false,
      mask: Boolean(mask),
      updateH: Boolean(updateH),
      updateC: Boolean(updateC),
      lengths: Boolean(lengths),
    },
  });
}

/** Copies x to float `start` of `out`, unless x is an alias of that part. */
function copyInto(recurrence: Recurrence, x: Operand, out: Operand, start: number, placement: Placement): Call[] {
  if (placement.aliases(x, out, start)) return [];
  const rows = x.size / recurrence.hidden;
  return [
    call(
      "copyBlock",
      x,
      recurrence.hidden,
      recurrence.part(out, start, x.size),
      recurrence.hidden,
      rows,
      recurrence.hidden,
    ),
  ];
}

function stepCalls(
  recurrence: Recurrence,
  { biases: [bias, hBias = bias] }: RecurrenceInputs,
  products: PrepackedMatmul,
  t: number,
  out: Operand,
  { workspace, panelWidth }: Placement,
): Call[] {
  const { cell, batch, hidden, state, row, settings } = recurrence;
  const { mask, updateH, updateC, lengths } = settings;
  const of = (start: number): Operand => recurrence.part(out, start);
  const [h, hBefore, c, cBefore] = [
    of(recurrence.h(t)),
    of(recurrence.hBefore(t)),
    of(recurrence.c(t)),
    of(recurrence.cBefore(t)),
  ];
  const maskedH = of(recurrence.maskedHBefore + t * state);
  const product = recurrence.part(workspace, 0, row);
  const gates = recurrence.part(out, recurrence.gates + t * row, row);
  const q = of(recurrence.q + t * state);
  const scratch = recurrence.part(workspace, row, products.workspace);
  return [
    ...(mask ? [call("multiply", hBefore, mask, maskedH, state)] : []),
    ...products.into(maskedH, product, { workspace: scratch, panelWidth }),
    cell.forward({ gates, product, bias, hBias, hBefore, h, cBefore, c, q, batch, hidden }),
    ...(updateH ? [call("blend", recurrence.updateAt(updateH, t), h, hBefore, h, state)] : []),
    ...(updateC ? [call("blend", recurrence.updateAt(updateC, t), c, cBefore, c, state)] : []),
    ...(lengths ? [call("carryRows", hBefore, lengths, t, h, batch, hidden)] : []),
    ...(lengths && cell.hasC ? [call("carryRows", cBefore, lengths, t, c, batch, hidden)] : []),
  ];
}
