import { AdamHyper, AdaptiveFrame, SgdHyper } from "#kernels/contract";
import { placesIn } from "../base/layout.ts";
import { requireArray, requirePositive, requireWithin } from "../base/errors.ts";
import { type Defaults, withDefaults } from "../base/options.ts";
import type { Parameter } from "../nn/module/parameter.ts";
import { type Named, type Selection, requireSelection, selected } from "../nn/module/selection.ts";
import { Variable } from "../memory/variable.ts";

/** Options of an optimizer that a group may override. */
export interface GroupOptions {
  /** Learning rate, at least 0. Default: see the optimizer. */
  readonly lr?: number;
  /**
   * L2: weightDecay · parameter is added to the gradient; adamW and lion multiply the parameter by 1 - lr · weightDecay.
   * Default: 0, for adamW 1e-2.
   */
  readonly weightDecay?: number;
  /** L1: l1 · sign(parameter) is added to the gradient. Default: 0. */
  readonly l1?: number;
  /**
   * Max-norm: the incoming weights of a unit, w[i] of a parameter w [out, ...], are scaled down to this norm after an
   * update if theirs is larger. Biases do not change. Default: no bound.
   * Source: Srivastava et al. 2014, section 5.1 (c from 3 to 4), https://jmlr.org/papers/v15/srivastava14a.html
   */
  readonly maxNorm?: number;
}

/** Parameters with their own options. Default of each option: the optimizer's. */
export interface ParameterGroupOptions extends GroupOptions {
  readonly parameters: Selection;
}

/** Options of a group with defaults filled in. */
interface Settings extends Required<Omit<GroupOptions, "maxNorm">> {
  readonly maxNorm: number | undefined;
}

/** Options of groups, without defaults: they are the optimizer's. */
export const GROUP_DEFAULTS = {
  lr: undefined,
  weightDecay: undefined,
  l1: undefined,
  maxNorm: undefined,
} as const satisfies Defaults<GroupOptions>;

/** Room for the numbers of any optimizer. */
const HYPER_FLOATS = Math.max(...[SgdHyper, AdamHyper, AdaptiveFrame].map(placesIn));

/** Parameters with the same options. */
export class ParameterGroup {
  readonly weightDecay: number;
  readonly l1: number;
  readonly maxNorm: number | undefined;
  /** The learning rate from which schedules start; the first schedule sets it. */
  initialLr: number | undefined;
  /** Numbers that the kernel reads at each step: a schedule needs no new program. @internal */
  readonly hyper: Variable;
  readonly #where: string;
  readonly #selection: Selection;
  #lr: number;

  /** @throws RangeError when an option is out of its range @internal */
  constructor(where: string, selection: Selection, options: Settings) {
    const { lr, weightDecay, l1, maxNorm } = options;
    requireWithin(where, "lr", lr, 0, Infinity);
    requireWithin(where, "weightDecay", weightDecay, 0, Infinity);
    requireWithin(where, "l1", l1, 0, Infinity);
    if (maxNorm !== undefined) requirePositive(where, "maxNorm", maxNorm);
    this.#where = where;
    this.#selection = selection;
    this.#lr = lr;
    this.weightDecay = weightDecay;
    this.l1 = l1;
    this.maxNorm = maxNorm;
    this.hyper = new Variable("hyper", [HYPER_FLOATS]);
  }

  /** The learning rate from the next step on. */
  get lr(): number {
    return this.#lr;
  }

  set lr(lr: number) {
    requireWithin(this.#where, "lr", lr, 0, Infinity);
    this.#lr = lr;
  }

  /** The parameters that belong to the group. @internal */
  claim(parameters: readonly Named[]): Named[] {
    return selected(this.#where, parameters, this.#selection);
  }
}

/** The group of all parameters in no other group, then the groups of the options. */
export function groupsOf(
  where: string,
  own: GroupOptions,
  defaults: { readonly lr: number; readonly weightDecay: number },
  groups: readonly ParameterGroupOptions[],
): readonly [ParameterGroup, ...ParameterGroup[]] {
  requireArray(where, "groups", groups);
  const { lr = defaults.lr, weightDecay = defaults.weightDecay, l1 = 0, maxNorm } = own;
  const common = { lr, weightDecay, l1, maxNorm };
  const others = groups.map((group: ParameterGroupOptions, i) => {
    const name = `${where}: groups[${i}]`;
    const filled = withDefaults(name, group, { parameters: undefined, ...common });
    requireSelection(name, filled.parameters);
    return new ParameterGroup(name, filled.parameters, filled);
  });
  return [new ParameterGroup(where, () => true, common), ...others];
}

/** A parameter and its group. */
export interface Member {
  readonly parameter: Parameter;
  readonly group: ParameterGroup;
}

/**
 * The parameters of a model, group by group.
 * @throws TypeError when a parameter is in two groups of the options, or one of these groups is empty
 */
export function membersOf(
  where: string,
  [rest, ...groups]: readonly [ParameterGroup, ...ParameterGroup[]],
  parameters: readonly Named[],
): Member[] {
  const groupOf = new Map<Parameter, ParameterGroup>();
  groups.forEach((group, i) => {
    const claimed = group.claim(parameters);
    if (claimed.length === 0) throw new TypeError(`${where}: groups[${i}] must have parameters; got none`);
    for (const [name, parameter] of claimed) {
      const other = groupOf.get(parameter);
      if (other) {
        throw new TypeError(
          `${where}: a parameter must be in one group; got "${name}" in groups[${groups.indexOf(other)}] and groups[${i}]`,
        );
      }
      groupOf.set(parameter, group);
    }
  });
  return [rest, ...groups].flatMap((group) =>
    parameters
      .filter(([, parameter]) => (groupOf.get(parameter) ?? rest) === group)
      .map(([, parameter]) => ({ parameter, group })),
  );
}
