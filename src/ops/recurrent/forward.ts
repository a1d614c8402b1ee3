import { Operand, type Placement } from "../../graph/operand.ts";
import { type Call, call } from "../../graph/call.ts";
import { type PrepackedMatmul, prepackedMatmul } from "../matmul/prepacked.ts";
import type { Recurrence } from "./recurrence.ts";
import { recurrentGradient } from "./gradient.ts";

/** What a recurrence starts from. */
export interface Given {
  /** The products of x with its weights, at all steps: they become gates where they lie, so nobody else may read them. */
  readonly sums: Operand;
  readonly h0: Operand;
  readonly c0: Operand;
  readonly weight: Operand;
  /** One row for all, or that of x and that of h. */
  readonly biases: readonly [Operand] | readonly [Operand, Operand];
}

/** h and c of all steps, and what their gradients need; `Recurrence` says where each lies. */
export function carryOut(recurrence: Recurrence, given: Given): Operand {
  const { name, cell, steps, batch, hidden, row, settings } = recurrence;
  const { sums, h0, c0, weight, biases } = given;
  const products = prepackedMatmul(batch, weight, true);
  const states = cell.hasC ? [h0, c0] : [h0];
  const places = [recurrence.gates, recurrence.first, recurrence.cells];
  const { mask, updateH, updateC, lengths } = settings;
  const fixed = [products.panels, mask, updateH, updateC, lengths].filter((each) => each !== undefined);
  return new Operand(name, [recurrence.size], [sums, ...states, weight, ...biases, ...fixed], {
    calls: (out, placement) => [
      ...[sums, ...states].flatMap((x, i) => bring(recurrence, x, out, places[i] ?? 0, placement)),
      ...recurrence.order.flatMap((t) => stepCalls(recurrence, given, products, t, out, placement)),
    ],
    slots: places.slice(0, 1 + states.length),
    workspace: row + products.workspace,
    gradient: (dResults, out) => {
      const { dSums, dStates, dWeight, dBiases } = recurrentGradient(recurrence, dResults, out, weight);
      return [dSums, ...dStates, dWeight, ...dBiases, ...fixed.map(() => null)];
    },
    flops: steps * batch * cell.gates * hidden * (2 * hidden + 1),
  });
}

/** Copies x to where it belongs, unless it lies there already. */
function bring(recurrence: Recurrence, x: Operand, out: Operand, start: number, placement: Placement): Call[] {
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
  { biases: [bias, hBias = bias] }: Given,
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
  const met = of(recurrence.met + t * state);
  const product = recurrence.part(workspace, 0, row);
  const gates = recurrence.part(out, recurrence.gates + t * row, row);
  const q = of(recurrence.q + t * state);
  const room = recurrence.part(workspace, row, products.workspace);
  return [
    ...(mask ? [call("multiply", hBefore, mask, met, state)] : []),
    products.into(met, product, { workspace: room, panelWidth }),
    cell.forward({ gates, product, bias, hBias, hBefore, h, cBefore, c, q, batch, hidden }),
    ...(updateH ? [call("blend", recurrence.share(updateH, t), h, hBefore, h, state)] : []),
    ...(updateC ? [call("blend", recurrence.share(updateC, t), c, cBefore, c, state)] : []),
    ...(lengths ? [call("carryRows", hBefore, lengths, t, h, batch, hidden)] : []),
    ...(lengths && cell.hasC ? [call("carryRows", cBefore, lengths, t, c, batch, hidden)] : []),
  ];
}
