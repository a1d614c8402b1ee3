import { version } from "#kernels/version";
import { shown } from "../../base/errors.ts";
import type { StateReader } from "../../base/state-reader.ts";
import { namedTensors } from "../../data/dataset.ts";
import { backend } from "../../runtime/backend.ts";
import type { Training } from "./epochs.ts";

/** What must be equal in the saved and in the continued training. */
export type Settings = Readonly<Record<string, string | number | boolean>>;

export function settingsOf({ step, dataset, plan, options }: Training): Settings {
  const { x, y, weights, length } = dataset;
  const { schedule, scheduleBy, dropLast } = options;
  const tensors = [
    ...namedTensors("x", x),
    ...namedTensors("y", y),
    ...(weights ? [["weights", weights] as const] : []),
  ];
  return {
    lanegrad: version,
    ...step.description,
    loss: step.loss.describe(),
    samples: length,
    data: tensors.map(([name, { dtype, shape }]) => `${name} ${dtype} [${shape.slice(1).join(", ")}]`).join("; "),
    batchSize: plan.batchSize,
    shuffle: plan.shuffle,
    dropLast,
    schedule: schedule === undefined ? "none" : nameOf(schedule),
    scheduleBy,
  };
}

/** Compares settings; the reader gets what differs. */
export function compareSettings(reader: StateReader, saved: Readonly<Record<string, unknown>>, own: Settings): void {
  for (const [name, value] of Object.entries(own)) {
    const was = saved[name];
    if (was === value) continue;
    const [before, now] =
      typeof was === "string" && typeof value === "string" ? unequalLines(was, value) : [was, value];
    reader.problem(`${name} ${shown(before)} instead of ${shown(now)}`);
  }
}

/** The kernels in use, with which results agree bit by bit. */
export function kernelsOf(): string {
  return backend().kernels;
}

function nameOf(schedule: object): string {
  return "name" in schedule && typeof schedule.name === "string" ? schedule.name : schedule.constructor.name;
}

/** The first lines of two texts that differ: those of models have one for each layer. */
function unequalLines(was: string, is: string): readonly [string, string] {
  const [before, now] = [was.split("\n"), is.split("\n")];
  let i = 0;
  while (before[i] === now[i]) i++;
  return [before[i]?.trim() ?? "nothing", now[i]?.trim() ?? "nothing"];
}
