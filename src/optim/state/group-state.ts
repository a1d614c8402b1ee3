import type { StateReader } from "../../base/state-reader.ts";
import { shown } from "../../base/shown.ts";
import type { StateRecord } from "../../base/state-tree.ts";
import type { ParameterGroup } from "../group.ts";
import type { OptimizerParts } from "./parts.ts";

/** Rates of groups to restore, after all were checked. */
export interface LoadedGroups {
  readonly rates: readonly { readonly group: ParameterGroup; readonly lr: number; readonly initialLr?: number }[];
  readonly momentum: number | undefined;
}

/** PyTorch's options that choose how a step is computed, not what it gives, and numbers that its schedules keep in groups. */
const IGNORED = new Set([
  "foreach",
  "fused",
  "capturable",
  "differentiable",
  "name",
  "max_lr",
  "min_lr",
  "max_momentum",
  "base_momentum",
  "swa_lr",
]);

/** The groups of an optimizer: its first, of parameters that are in no other, then those of the options. */
export function groupState({ groups, members, hyperparameters }: OptimizerParts): readonly StateRecord[] {
  let next = 0;
  return groups.map((group) => {
    const size = members.filter((member) => member.group === group).length;
    const first = next;
    next += size;
    return {
      lr: group.lr,
      ...hyperparameters,
      weight_decay: group.weightDecay,
      ...(group.l1 !== 0 && { l1: group.l1 }),
      ...(group.maxNorm !== undefined && { max_norm: group.maxNorm }),
      ...(group.initialLr !== undefined && { initial_lr: group.initialLr }),
      params: Array.from({ length: size }, (_, i) => first + i),
    };
  });
}

/**
 * Checks the groups of a state. The first group may be absent if it has no parameters: PyTorch has no group of others.
 * @returns rates, the momentum, and the index in the state of each parameter
 */
export function loadedGroups(
  reader: StateReader,
  value: unknown,
  parts: OptimizerParts,
): LoadedGroups & { readonly order: readonly string[] } {
  const { groups, filledGroups, members } = parts;
  const given = reader.list("param_groups", value) ?? [];
  const own = given.length === groups.length ? groups : filledGroups;
  const rates: LoadedGroups["rates"][number][] = [];
  const momenta = new Set<number>();
  const order: string[] = [];
  if (given.length !== own.length) {
    if (Array.isArray(value)) reader.problem(`${given.length} param_groups instead of ${own.length}`);
    return { rates, momentum: parts.momentum, order };
  }
  own.forEach((group, i) => {
    const at = reader.at(`param_groups[${i}]`);
    const entry = at.record("", given[i]);
    if (!entry) return;
    const size = members.filter((member) => member.group === group).length;
    order.push(...indicesOf(at, entry["params"], size));
    const lr = rateOf(at, "lr", entry["lr"]);
    const initialLr = entry["initial_lr"] === undefined ? undefined : rateOf(at, "initial_lr", entry["initial_lr"]);
    if (lr !== undefined) rates.push({ group, lr, ...(initialLr !== undefined && { initialLr }) });
    const momentum = checkOptions(at, entry, group, parts);
    if (momentum !== undefined) momenta.add(momentum);
  });
  if (new Set(order).size < order.length) reader.problem("param_groups with a parameter twice");
  if (momenta.size > 1) {
    reader.problem(`groups of momentum ${[...momenta].join(" and ")} (all groups must have the same)`);
  }
  const [momentum = parts.momentum] = momenta;
  return { rates, momentum, order };
}

/** The indices of a group's parameters in the state, as names. */
function indicesOf(reader: StateReader, value: unknown, size: number): readonly string[] {
  const list = reader.list("params", value);
  if (!list) return [];
  if (list.length !== size) {
    reader.problem(`${list.length} params instead of ${size}`);
    return [];
  }
  return list.map((index, i) => String(reader.whole(`params[${i}]`, index)));
}

function rateOf(reader: StateReader, name: string, value: unknown): number | undefined {
  const lr = reader.number(name, value);
  if (lr === undefined || (lr >= 0 && Number.isFinite(Math.fround(lr)))) return lr;
  return reader.wrong(name, `${lr} instead of a finite number of at least 0`);
}

/** Compares the options of a group with the optimizer's, and returns the group's momentum, which may differ. */
function checkOptions(
  reader: StateReader,
  entry: Readonly<Record<string, unknown>>,
  group: ParameterGroup,
  { momentum, hyperparameters, fixed }: OptimizerParts,
): number | undefined {
  const expected: Readonly<Record<string, unknown>> = { ...hyperparameters, weight_decay: group.weightDecay };
  let found = momentum;
  for (const [name, own] of Object.entries(expected)) {
    const value = entry[name];
    if (Array.isArray(own)) {
      const betas = reader.list(name, value) ?? own;
      found = momentumOf(reader, `${name}[0]`, betas[0], momentum);
      requireSame(reader, `${name}[1]`, betas[1], own[1]);
    } else if (name === "momentum" && momentum !== undefined) {
      found = momentumOf(reader, name, value, momentum);
    } else {
      requireSame(reader, name, value, own);
    }
  }
  const optional: Readonly<Record<string, unknown>> = {
    l1: group.l1,
    max_norm: group.maxNorm ?? null,
    maximize: false,
    ...fixed,
  };
  const defaults: Readonly<Record<string, unknown>> = { ...optional, l1: 0, max_norm: null };
  for (const [name, own] of Object.entries(optional)) {
    requireSame(reader, name, entry[name] ?? defaults[name], own);
  }
  const known = new Set([...Object.keys(expected), ...Object.keys(optional), "lr", "initial_lr", "params"]);
  for (const [name, value] of Object.entries(entry)) {
    if (known.has(name) || IGNORED.has(name) || value === null || value === false) continue;
    reader.problem(`unknown "${name}" of ${shown(value)}`);
  }
  return found;
}

/** The momentum of a state: this optimizer's, or one that a schedule may set. */
function momentumOf(reader: StateReader, name: string, value: unknown, own: number | undefined): number | undefined {
  const momentum = reader.number(name, value);
  if (momentum === undefined || momentum === own || (momentum >= 0 && momentum < 1)) return momentum;
  return reader.wrong(name, `${momentum} instead of a number from 0 to below 1`);
}

function requireSame(reader: StateReader, name: string, value: unknown, own: unknown): void {
  if (value === own) return;
  if (value === undefined) reader.problem(`no "${name}"`);
  else reader.wrong(name, `${shown(value)} instead of ${shown(own)}`);
}
