import type { StateRecord } from "../../base/state-tree.ts";
import type { Variable } from "../../memory/variable.ts";
import type { Member, ParameterGroup } from "../group.ts";

/** The state of an optimizer, by PyTorch's names. */
export interface OptimizerState extends StateRecord {
  /** Step count and slots of each parameter, by its index; none for a parameter that was never stepped. */
  readonly state: Readonly<Record<string, StateRecord>>;
  /** Options of each group, and the indices of its parameters. */
  readonly param_groups: readonly StateRecord[];
}

/** Numbers besides the options that PyTorch keeps for each parameter, and that are the same for all, as `mu_product`. */
export type Scalars = Readonly<Record<string, number>>;

/** Options of an optimizer besides those of its groups, by PyTorch's names; the momentum is `momentum` or `betas[0]`. */
export type Hyperparameters = Readonly<Record<string, number | boolean | readonly [number, number]>>;

/** What is saved of an optimizer. */
export interface OptimizerParts {
  readonly groups: readonly ParameterGroup[];
  /** `groups`, without the first if it has no parameters. */
  readonly filledGroups: readonly ParameterGroup[];
  /** The parameters, group by group. */
  readonly members: readonly Member[];
  /** State of all parameters, one variable for each slot. */
  readonly slots: readonly Variable[];
  /** Value of all slots before the first step; undefined if PyTorch makes no state before a parameter's first step. */
  readonly initial: number | undefined;
  /** Whether PyTorch's optimizer counts steps. */
  readonly countsSteps: boolean;
  readonly steps: number;
  readonly momentum: number | undefined;
  readonly scalars: Scalars;
  readonly hyperparameters: Hyperparameters;
  /** Options of PyTorch that have another name here, and the value that they must have. */
  readonly fixed: Readonly<Record<string, boolean>>;
}
