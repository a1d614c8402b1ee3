import { StateReader } from "../../base/state-reader.ts";
import { shown } from "../../base/shown.ts";
import type { StateRecord } from "../../base/state-tree.ts";
import type { ParameterGroup } from "../group.ts";
import type { Optimizer } from "../optimizer.ts";

/** The step of a schedule and the initial rates of groups. */
interface LoadedSchedule {
  readonly step: number;
  readonly initial: ReadonlyMap<ParameterGroup, number>;
}

/** Options of a schedule that are saved, and compared on loading, by PyTorch's names. */
export type ScheduleOptions = Readonly<Record<string, number | string>>;

export function readerOf(name: string): StateReader {
  return new StateReader(`${name}: loadStateDict: the state must be one of this schedule`);
}

/** The state of a schedule at a step. @param parts the steps of the schedules that it consists of */
export function scheduleState({ groups }: Optimizer, step: number, parts: readonly number[] | undefined): StateRecord {
  const state = (epoch: number): StateRecord => ({
    last_epoch: epoch,
    _step_count: epoch + 1,
    base_lrs: groups.map(({ initialLr, lr }) => initialLr ?? lr),
    _last_lr: groups.map(({ lr }) => lr),
  });
  return parts ? { ...state(step), _schedulers: parts.map(state) } : state(step);
}

/** Checks a state: PyTorch's chains have the step, and all chains the initial rates, in their first schedule. */
export function loadedSchedule(reader: StateReader, value: unknown, optimizer: Optimizer): LoadedSchedule {
  const given = reader.record("", value) ?? {};
  const parts = given["_schedulers"];
  const first = Array.isArray(parts) ? (reader.record("_schedulers[0]", parts[0]) ?? {}) : {};
  const step = reader.whole("last_epoch", given["last_epoch"] ?? first["last_epoch"]) ?? 0;
  const rates = ratesOf(reader, "base_lrs", given["base_lrs"] ?? first["base_lrs"], optimizer);
  return { step, initial: rates };
}

/** A rate for each group, without the optimizer's first group if that has no parameters. */
export function ratesOf(
  reader: StateReader,
  name: string,
  value: unknown,
  optimizer: Optimizer,
): ReadonlyMap<ParameterGroup, number> {
  const rates = reader.list(name, value);
  if (!rates) return new Map();
  const groups = rates.length === optimizer.groups.length ? optimizer.groups : optimizer.filledGroups;
  if (rates.length !== groups.length) {
    reader.problem(`${rates.length} ${name} instead of ${groups.length}`);
    return new Map();
  }
  return new Map(
    groups.map((group, i) => {
      const rate = reader.number(`${name}[${i}]`, rates[i]) ?? 0;
      if (!(rate >= 0 && Number.isFinite(Math.fround(rate)))) {
        reader.wrong(`${name}[${i}]`, `${rate} instead of a finite number of at least 0`);
      }
      return [group, rate];
    }),
  );
}

/** Compares the options that the state has with those of this schedule. */
export function checkOptions(reader: StateReader, value: unknown, own: ScheduleOptions): void {
  const given = reader.record("", value) ?? {};
  for (const [name, expected] of Object.entries(own)) {
    const found = given[name];
    if (found === undefined || found === expected) continue;
    reader.wrong(name, `${shown(found)} instead of ${shown(expected)}`);
  }
}
