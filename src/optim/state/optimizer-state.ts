import type { StateReader } from "../../base/state-reader.ts";
import type { StateRecord } from "../../base/state-tree.ts";
import { Tensor } from "../../base/tensor.ts";
import type { Variable } from "../../memory/variable.ts";
import { type LoadedGroups, groupState, loadedGroups } from "./group-state.ts";
import type { OptimizerParts, OptimizerState, Scalars } from "./parts.ts";

/** Numbers to restore, after all were checked. */
export interface LoadedOptimizer extends LoadedGroups {
  readonly steps: number;
  readonly scalars: Scalars;
  /** Numbers of each slot of each parameter, undefined for initial ones. */
  readonly entries: readonly (readonly (Float32Array | undefined)[])[];
}

/** Copies of all state of an optimizer. */
export function optimizerState(parts: OptimizerParts): OptimizerState {
  const { members, slots, initial, steps, scalars } = parts;
  let offset = 0;
  const saved = members.map(({ parameter }) => {
    const [start, end] = [offset, offset + parameter.size];
    offset = end;
    const numbers = slots.map((slot) => slot.read().slice(start, end));
    const isNew = steps === 0 || (!parameter.requiresGrad && numbers.every((each) => isAll(each, initial ?? 0)));
    return { numbers, isNew, shape: parameter.shape };
  });
  // If all look new, after steps, one entry at least must have the count.
  const areAllNew = saved.every(({ isNew }) => isNew);
  const entries = saved.flatMap(({ numbers, isNew, shape }, index): [number, StateRecord][] => {
    const step = isNew && !areAllNew ? 0 : steps;
    if (step === 0 && initial === undefined) return [];
    const tensors = numbers.map((each, i) => [pytorchName(slots[i]), new Tensor(shape, "float32", each)]);
    return [[index, { step, ...scalars, ...Object.fromEntries(tensors) }]];
  });
  return { state: Object.fromEntries(entries), param_groups: groupState(parts) };
}

/** Checks a state of an optimizer, which may be one of PyTorch. Problems are recorded by the reader. */
export function loadedOptimizer(reader: StateReader, value: unknown, parts: OptimizerParts): LoadedOptimizer {
  const given = reader.record("", value);
  const { order, ...groups } = loadedGroups(reader, given?.["param_groups"], parts);
  const state = given && reader.record("state", given["state"]);
  const entries: (Float32Array | undefined)[][] = [];
  const counts = new Map<string, Scalars>();
  parts.members.forEach((_, i) => {
    const index = order[i];
    const entry = state && index !== undefined && Object.hasOwn(state, index) ? state[index] : undefined;
    entries.push(entry === undefined ? [] : slotsOf(reader.at(`state.${index}`), entry, i, parts, counts));
  });
  const known = new Set(order);
  const unknown = Object.keys(state ?? {}).filter((index) => !known.has(index));
  for (const index of unknown) reader.problem(`unknown "state.${index}"`);
  const [first, ...others] = [...counts];
  for (const name of ["step", ...Object.keys(parts.scalars)]) {
    const other = others.find(([, each]) => each[name] !== first?.[1][name]);
    if (!first || !other) continue;
    reader.problem(
      `${name} of parameters that differ, ${first[1][name]} of parameter ${first[0]} and ${other[1][name]} of ${other[0]} (they must agree)`,
    );
  }
  const { step: steps = 0, ...scalars } = first?.[1] ?? {};
  return { ...groups, entries, steps, scalars };
}

/** Writes the slots of all parameters. */
export function writeSlots({ members, slots, initial = 0 }: OptimizerParts, { entries }: LoadedOptimizer): void {
  slots.forEach((slot, which) => {
    const numbers = slot.write();
    let offset = 0;
    members.forEach(({ parameter }, i) => {
      const own = numbers.subarray(offset, offset + parameter.size);
      const loaded = entries[i]?.[which];
      if (loaded) own.set(loaded);
      else own.fill(initial);
      offset += parameter.size;
    });
  });
}

/** The slots of one parameter. @param counts gets its step count and scalars, unless it was never stepped */
function slotsOf(
  reader: StateReader,
  value: unknown,
  member: number,
  { members, slots, countsSteps, scalars }: OptimizerParts,
  counts: Map<string, Scalars>,
): (Float32Array | undefined)[] {
  const entry = reader.record("", value);
  const shape = members[member]?.parameter.shape ?? [];
  if (!entry) return [];
  const found = slots.map((slot) => {
    const name = pytorchName(slot);
    // PyTorch's SGD has null for a parameter that was never stepped.
    return entry[name] === null ? undefined : reader.floats(name, entry[name], shape);
  });
  const names = new Set(["step", ...slots.map(pytorchName), ...Object.keys(scalars)]);
  for (const name of Object.keys(entry)) {
    if (!names.has(name) && entry[name] !== null) reader.problem(`unknown "${name}"`);
  }
  const isCounted = countsSteps || entry["step"] !== undefined;
  const step = isCounted ? reader.whole("step", entry["step"]) : Number(found.some(Boolean));
  if (step === undefined || step === 0) return found;
  const own = Object.keys(scalars).map((name) => [name, reader.number(name, entry[name])]);
  counts.set(String(member), { step, ...Object.fromEntries(own) });
  return found;
}

/** `exp_avg_sq` for the slot `expAvgSq`. */
function pytorchName(slot: Variable | undefined): string {
  return (slot?.operation ?? "").replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function isAll(numbers: Float32Array, value: number): boolean {
  return numbers.every((each) => each === Math.fround(value));
}
