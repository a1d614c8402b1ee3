import type { Operand } from "../../graph/operand.ts";
import { multiply } from "../../ops/elementwise/arithmetic.ts";
import { applyMask } from "../../ops/update/constrain.ts";
import type { Member } from "../../optim/group.ts";
import type { Optimizer } from "../../optim/index.ts";
import { limitNorms } from "../../optim/max-norm.ts";
import type { Accumulation } from "./accumulation.ts";
import { blocksOf } from "./blocks.ts";
import { type Clip, clipped } from "./clip.ts";

/** How gradients become changes of parameters. */
export interface UpdateSettings {
  readonly members: readonly Member[];
  readonly optimizer: Optimizer;
  readonly accumulation: Accumulation;
  readonly clip: Clip | undefined;
}

/** Operands that change variables, and the norm of all gradients before clipping, for a bound on the norm. */
interface Update {
  readonly effects: readonly Operand[];
  readonly norm?: Operand;
}

/** Adds gradients to their sums. @param gradients one for each member, null for a member that is not trained */
export function accumulateGradients(
  { members, accumulation }: UpdateSettings,
  gradients: readonly (Operand | null)[],
): Update {
  return { effects: accumulation.addGradients(blocksOf(members, maskGradients(members, gradients))) };
}

/**
 * Changes parameters by their gradients: mean over batches, clipping, optimizer; then applies masks and max-norm to
 * trained parameters.
 * @param gradients one for each member, null for a member that is not trained
 */
export function updateParameters(
  settings: UpdateSettings,
  gradients: readonly (Operand | null)[],
  trained: readonly Member[],
): Update {
  const { members, optimizer, accumulation, clip } = settings;
  const unclipped = accumulation.means(blocksOf(members, maskGradients(members, gradients)));
  const { blocks, norm } = clipped(unclipped, clip);
  const changes = blocks.map(({ parameters, gradient, offset, group }) =>
    optimizer.update(parameters, gradient, offset, group),
  );
  const effects = [...changes, ...accumulation.clearSums(), ...applyMasks(trained), ...limitNorms(trained)];
  return norm ? { effects, norm } : { effects };
}

/** Gradients, 0 for pruned elements: these count in no norm and enter no optimizer state. */
function maskGradients(members: readonly Member[], gradients: readonly (Operand | null)[]): (Operand | null)[] {
  return members.map(({ parameter: { mask } }, i) => {
    const gradient = gradients[i];
    return gradient && mask ? multiply(gradient, mask) : (gradient ?? null);
  });
}

/** Sets pruned elements to 0 again: optimizers with momentum change them even if the gradient is 0. */
function applyMasks(members: readonly Member[]): Operand[] {
  return members.flatMap(({ parameter }) => (parameter.mask ? [applyMask(parameter, parameter.mask)] : []));
}
