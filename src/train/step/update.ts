import type { Operand } from "../../graph/operand.ts";
import { multiply } from "../../ops/elementwise/arithmetic.ts";
import type { Member } from "../../optim/group.ts";
import { limited } from "../../optim/max-norm.ts";
import type { Optimizer } from "../../optim/index.ts";
import { maskInPlace } from "../../ops/update.ts";
import type { Accumulation } from "./accumulation.ts";
import { blocksOf } from "./blocks.ts";
import { type Clip, clipped } from "./clip.ts";

/** What is done with gradients: one for each member, null for those that nothing changes. */
export interface UpdateSettings {
  readonly members: readonly Member[];
  readonly optimizer: Optimizer;
  readonly accumulation: Accumulation;
  readonly clip: Clip | undefined;
}

/** What a step does to lasting numbers, and the norm of all gradients where clipping asks for it. */
interface Update {
  readonly effects: readonly Operand[];
  readonly norm?: Operand;
}

/** Gradients are only added up. */
export function accumulated({ members, accumulation }: UpdateSettings, gradients: readonly (Operand | null)[]): Update {
  return { effects: accumulation.added(blocksOf(members, ofLearned(members, gradients))) };
}

/**
 * Gradients become changes of parameters: mean over batches, clipping, the optimizer; then masks and bounds of those that
 * are trained hold again.
 */
export function updated(
  settings: UpdateSettings,
  gradients: readonly (Operand | null)[],
  trained: readonly Member[],
): Update {
  const { members, optimizer, accumulation, clip } = settings;
  const own = blocksOf(members, ofLearned(members, gradients));
  const { blocks, norm } = clipped(accumulation.means(own), clip);
  const changes = blocks.map(({ parameters, gradient, offset, group }) =>
    optimizer.update(parameters, gradient, offset, group),
  );
  const effects = [...changes, ...accumulation.cleared(), ...masked(trained), ...limited(trained)];
  return norm ? { effects, norm } : { effects };
}

/** Gradients with 0 where a number is pruned, so that it counts in no norm and is remembered by no optimizer. */
function ofLearned(members: readonly Member[], gradients: readonly (Operand | null)[]): (Operand | null)[] {
  return members.map(({ parameter: { mask } }, i) => {
    const gradient = gradients[i];
    return gradient && mask ? multiply(gradient, mask) : (gradient ?? null);
  });
}

/** Pruned numbers are 0 again, wherever an optimizer that remembers steps from before has taken them. */
function masked(members: readonly Member[]): Operand[] {
  return members.flatMap(({ parameter }) => (parameter.mask ? maskInPlace(parameter, parameter.mask) : []));
}
