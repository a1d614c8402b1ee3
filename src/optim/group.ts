import { requireArray, requireKnown, requirePositive, requireWithin } from "../base/errors.ts";
import type { Parameter } from "../nn/module/parameter.ts";
import { type Named, type Selection, requireSelection, selected } from "../nn/module/selection.ts";
import { Variable } from "../memory/variable.ts";

/** Options that every optimizer has, and every group may have of its own. */
export interface GroupOptions {
  /** Learning rate, at least 0. Default: the optimizer says what it is. */
  readonly lr?: number;
  /**
   * L2: this times the parameter is added to its gradient; adamW and lion shrink the parameter by 1 - lr weightDecay.
   * Default: 0, for adamW 1e-2.
   */
  readonly weightDecay?: number;
  /** L1: this times the parameter's sign is added to its gradient. Default: 0. */
  readonly l1?: number;
  /**
   * Max-norm: the longest that the incoming weights of a unit, w[i] of a parameter w [out, ...], may be after an update;
   * longer ones are scaled down to it. Biases are left alone. Default: no bound.
   * Source: Srivastava et al. 2014, section 5.1 (c from 3 to 4), https://jmlr.org/papers/v15/srivastava14a.html
   */
  readonly maxNorm?: number;
}

/** Parameters with options of their own; what is left out is as the optimizer has it. */
export interface ParameterGroupOptions extends GroupOptions {
  readonly parameters: Selection;
}

/** All options of a group; the bound may be missing. */
type Settings = Required<Omit<GroupOptions, "maxNorm">> & Pick<GroupOptions, "maxNorm">;

export const GROUP_OPTIONS = ["lr", "weightDecay", "l1", "maxNorm"];

/** Parameters that change by the same numbers. */
export class ParameterGroup {
  readonly weightDecay: number;
  readonly l1: number;
  readonly maxNorm: number | undefined;
  /** The learning rate from which schedules start; set by the first of them. */
  initialLr: number | undefined;
  /** Numbers that the kernel reads at each step, so that a schedule needs no new trace. @internal */
  readonly hyper: Variable;
  readonly #where: string;
  readonly #selection: Selection;
  #lr: number;

  /** @throws RangeError when an option is out of its range @internal */
  constructor(where: string, selection: Selection, options: Settings, numbers: number) {
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
    this.hyper = new Variable("hyper", [numbers]);
  }

  /** The learning rate from the next step on. */
  get lr(): number {
    return this.#lr;
  }

  set lr(lr: number) {
    requireWithin(this.#where, "lr", lr, 0, Infinity);
    this.#lr = lr;
  }

  /** Those of a model's parameters that belong to it. @internal */
  claim(parameters: readonly Named[]): Named[] {
    return selected(this.#where, parameters, this.#selection);
  }
}

/** The groups of an optimizer: first that of all parameters that no other has, then those asked for. */
export function groupsOf(
  where: string,
  own: GroupOptions,
  defaults: { readonly lr: number; readonly weightDecay: number },
  groups: readonly ParameterGroupOptions[],
  numbers: number,
): readonly [ParameterGroup, ...ParameterGroup[]] {
  requireArray(where, "groups", groups);
  const common = withDefaults(own, { l1: 0, ...defaults });
  const others = groups.map((group: ParameterGroupOptions, i) => {
    const name = `${where}: groups[${i}]`;
    requireKnown(name, group, ["parameters", ...GROUP_OPTIONS]);
    requireSelection(name, group.parameters);
    return new ParameterGroup(name, group.parameters, withDefaults(group, common), numbers);
  });
  return [new ParameterGroup(where, () => true, common, numbers), ...others];
}

/** What is given, and of what is left out that of the defaults. */
function withDefaults(given: GroupOptions, defaults: Settings): Settings {
  const { lr = defaults.lr, weightDecay = defaults.weightDecay, l1 = defaults.l1, maxNorm = defaults.maxNorm } = given;
  return { lr, weightDecay, l1, ...(maxNorm !== undefined && { maxNorm }) };
}

/** A parameter and the group whose numbers it changes by. */
export interface Member {
  readonly parameter: Parameter;
  readonly group: ParameterGroup;
}

/**
 * The parameters of a model, group by group.
 * @throws TypeError when one is in two groups, or a group that was asked for has none
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
