import { Operand, type Placement } from "../../graph/operand.ts";
import { type Call, call } from "../../graph/call.ts";
import { matmul } from "../matmul/matmul.ts";
import { type PrepackedMatmul, prepackedMatmul } from "../matmul/prepacked.ts";
import type { Recurrence } from "./recurrence.ts";
import { sumRows } from "../reduction.ts";
import { view } from "../shape.ts";

/** The gradients by what a recurrence starts from. */
export interface RecurrentGradients {
  readonly dSums: Operand;
  /** By h0, and by c0 where there is one. */
  readonly dStates: readonly Operand[];
  readonly dWeight: Operand;
  readonly dBiases: readonly Operand[];
}

/**
 * The gradients of a recurrence that was carried out in `saved`, from that by its results: backward in time for what
 * the gates are functions of, then one product over all steps for the weight.
 */
export function recurrentGradient(
  recurrence: Recurrence,
  dResults: Operand,
  saved: Operand,
  weight: Operand,
): RecurrentGradients {
  const { cell, steps, batch, hidden, state, row } = recurrence;
  const carried = carryBack(recurrence, dResults, saved, weight);
  const gates = [steps * batch, cell.gates * hidden];
  const of = (start: number, shape: readonly number[]): Operand =>
    view("recurrentGradient", carried.operand, shape, start, () => null);
  const dSums = of(0, gates);
  const dProducts = cell.hasReset ? of(steps * row, gates) : dSums;
  const met = view("met", saved, [steps * batch, hidden], recurrence.met, () => null);
  const dStates = [of(carried.dH, [batch, hidden])];
  if (cell.hasC) dStates.push(of(carried.dH + state, [batch, hidden]));
  const dBias = sumRows(dSums);
  return {
    dSums,
    dStates,
    dWeight: matmul(dProducts, met, { a: true }),
    dBiases: cell.hasReset ? [dBias, sumRows(dProducts)] : [dBias],
  };
}

/** The gradient by what the gates are functions of, at all steps, then those by h0 and c0, which begin at `dH`. */
function carryBack(
  recurrence: Recurrence,
  dResults: Operand,
  saved: Operand,
  weight: Operand,
): { readonly operand: Operand; readonly dH: number } {
  const { name, cell, steps, batch, hidden, state, row, settings } = recurrence;
  const { mask, updateH, updateC, lengths } = settings;
  const products = prepackedMatmul(batch, weight, false);
  const fixed = [products.panels, mask, updateH, updateC, lengths].filter((each) => each !== undefined);
  const dH = (cell.hasReset ? 2 : 1) * steps * row;
  const operand = new Operand(
    `${name}Gradient`,
    [dH + (cell.hasC ? 2 : 1) * state],
    [dResults, saved, weight, ...fixed],
    {
      calls: (out, placement) => {
        const room = roomsIn(recurrence, out, dH, placement);
        const { lastC } = recurrence;
        return [
          call("fill", room.dH, 0, state),
          ...(updateH ? [call("fill", room.zeros, 0, state)] : []),
          ...(cell.hasC
            ? [call("copyBlock", recurrence.part(dResults, lastC), hidden, room.dC, hidden, batch, hidden)]
            : []),
          ...recurrence.order
            .toReversed()
            .flatMap((t) => stepCalls(recurrence, dResults, saved, out, products, room, t)),
        ];
      },
      workspace: ROOMS * state + products.workspace,
      flops: steps * batch * cell.gates * hidden * (2 * hidden + 1),
    },
  );
  return { operand, dH };
}

/** States that fit into the workspace. */
const ROOMS = 10;

/** What is carried from step to step, and what a step needs for itself. */
interface Rooms {
  readonly dH: Operand;
  readonly dC: Operand;
  /** What reaches h of the step before beside its product. */
  readonly dBefore: Operand;
  readonly zeros: Operand;
  /** The gradient by h as it is after the share of old values, by new values and by old ones. */
  readonly dShared: Operand;
  readonly dNew: Operand;
  readonly dOld: Operand;
  readonly dNewC: Operand;
  readonly dOldC: Operand;
  /** The gradient by the output of the last step but for what came to the last h past padding. */
  readonly dLast: Operand;
  /** The gradients by h and c that go past a step unchanged: those of sequences for which it is padding. */
  readonly heldH: Operand;
  readonly heldC: Operand;
  /** For products. */
  readonly placement: Pick<Placement, "workspace" | "panelWidth">;
}

function roomsIn(recurrence: Recurrence, out: Operand, dH: number, { workspace, panelWidth }: Placement): Rooms {
  const { state } = recurrence;
  const room = (index: number): Operand => recurrence.part(workspace, index * state);
  return {
    dH: recurrence.part(out, dH),
    dC: recurrence.part(out, dH + state),
    dBefore: room(0),
    zeros: room(1),
    dShared: room(2),
    dNew: room(3),
    dOld: room(4),
    dNewC: room(5),
    dOldC: room(6),
    dLast: room(7),
    heldH: room(8),
    heldC: room(9),
    placement: {
      workspace: recurrence.part(workspace, ROOMS * state, workspace.size - ROOMS * state),
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
  room: Rooms,
  t: number,
): Call[] {
  const { cell, steps, batch, hidden, state, row, settings } = recurrence;
  const { mask, updateH, updateC, lengths } = settings;
  const given = recurrence.part(dResults, recurrence.output + t * state);
  const isLast = lengths !== undefined && t === recurrence.order.at(-1);
  const dOut = isLast ? room.dLast : given;
  const dGates = recurrence.part(out, t * row, row);
  const dProduct = cell.hasReset ? recurrence.part(out, (steps + t) * row, row) : dGates;
  const { dH, dC, dBefore } = room;
  const backward = cell.backward({
    dOut: updateH ? room.dNew : dOut,
    dH: updateH ? room.zeros : dH,
    dC: updateC ? room.dNewC : dC,
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
  const shareOf = (update: Operand, d: Operand, dNew: Operand, dOld: Operand): Call[] => [
    call("multiply", recurrence.share(update, t), d, dNew, state),
    call("subtract", d, dNew, dOld, state),
  ];
  // In padding the output is 0, and nothing flows back from it, but into the last h, which stands among the outputs.
  const ofC = cell.hasC ? [[dC, room.heldC] as const] : [];
  const past = [[isLast ? dOut : dH, room.heldH] as const, ...ofC];
  const onward = [[dH, room.heldH] as const, ...ofC];
  return [
    ...(isLast ? [call("copyBlock", given, hidden, dOut, hidden, batch, hidden)] : []),
    ...(lengths ? past.map(([d, held]) => call("holdRows", d, lengths, t, held, batch, hidden)) : []),
    ...(updateH ? [call("add", dOut, dH, room.dShared, state)] : []),
    ...(updateH ? shareOf(updateH, room.dShared, room.dNew, room.dOld) : []),
    ...(updateC ? shareOf(updateC, dC, room.dNewC, room.dOldC) : []),
    backward,
    products.into(dProduct, dH, room.placement),
    ...(mask ? [call("multiply", dH, mask, dH, state)] : []),
    ...(cell.hasReset ? [call("add", dH, dBefore, dH, state)] : []),
    ...(updateH ? [call("add", dH, room.dOld, dH, state)] : []),
    ...(updateC ? [call("add", room.dNewC, room.dOldC, dC, state)] : []),
    ...(lengths ? onward.map(([d, held]) => call("carryRows", held, lengths, t, d, batch, hidden)) : []),
  ];
}
