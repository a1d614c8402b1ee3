import type { Operand } from "../../graph/operand.ts";
import type { Member, ParameterGroup } from "../../optim/group.ts";
import { concatenate } from "../../ops/shape/slice.ts";
import { reshape } from "../../ops/shape/view.ts";
import type { Variable } from "../../memory/variable.ts";

/** Parameters of one group that are adjacent in memory, as one operand, and their gradients as one: one call updates all. */
export interface Block {
  readonly parameters: Variable;
  readonly gradient: Operand;
  readonly group: ParameterGroup;
  /** Floats from the start of all parameters of the optimizer. */
  readonly offset: number;
}

interface Run {
  readonly first: Variable;
  last: Variable;
  readonly group: ParameterGroup;
  readonly offset: number;
  readonly gradients: Operand[];
}

/** The parameters that have gradients, in blocks as large as memory layout and groups allow. */
export function blocksOf(members: readonly Member[], gradients: readonly (Operand | null)[]): Block[] {
  const runs: Run[] = [];
  let offset = 0;
  members.forEach(({ parameter, group }, i) => {
    const gradient = gradients[i];
    const run = runs.at(-1);
    if (gradient) {
      const flat = reshape(gradient, [parameter.size]);
      const adjoins = run?.last.adjoins(parameter) && run.offset + sizeOfAll(run.gradients) === offset;
      if (run && adjoins && run.group === group) {
        run.gradients.push(flat);
        run.last = parameter;
      } else {
        runs.push({ first: parameter, last: parameter, group, offset, gradients: [flat] });
      }
    }
    offset += parameter.size;
  });
  return runs.map((run) => ({
    parameters: run.first.extended("parameters", sizeOfAll(run.gradients)),
    gradient: concatenate(run.gradients),
    group: run.group,
    offset: run.offset,
  }));
}

function sizeOfAll(operands: readonly Operand[]): number {
  return operands.reduce((size, operand) => size + operand.size, 0);
}
