import { Operand } from "../graph/operand.ts";
import type { Parameter } from "../nn/module/parameter.ts";
import { call } from "../graph/call.ts";
import type { Member } from "./group.ts";

/** Scales down the incoming weights of every unit, w[i] of a parameter w [out, ...], that are longer than its group allows. */
export function limited(members: readonly Member[]): Operand[] {
  return members.flatMap(({ parameter, group: { maxNorm } }) =>
    maxNorm === undefined || parameter.shape.length < 2 ? [] : [limitedTo(parameter, maxNorm)],
  );
}

function limitedTo(parameter: Parameter, limit: number): Operand {
  const [rows = 0] = parameter.shape;
  return new Operand("maxNorm", [0], [parameter], {
    calls: () => [call("limitRows", parameter, limit, rows, rows === 0 ? 0 : parameter.size / rows)],
    flops: 3 * parameter.size,
  });
}
