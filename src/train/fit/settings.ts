import { version } from "#kernels/version";
import { shown } from "../../base/errors.ts";
import type { StateReader } from "../../base/state-reader.ts";
import { type AnyDataset, namedTensors } from "../../data/dataset.ts";
import { isInMemory } from "../../data/samples.ts";
import { backend } from "../../runtime/backend.ts";
import { statesOf } from "./callback.ts";
import type { Training } from "./training.ts";

/** What must be equal in the saved and in the continued training. */
export type Settings = Readonly<Record<string, string | number | boolean>>;

export function settingsOf({ step, samples, plan, options }: Training): Settings {
  const { schedule, scheduleBy, callbacks } = options;
  return {
    lanegrad: version,
    ...step.description,
    loss: step.loss.describe(),
    samples: plan ? plan.samples : "a stream",
    data: isInMemory(samples) ? columnsOf(samples) : "made when asked for",
    ...(plan && { batchSize: plan.batchSize, shuffle: plan.shuffle, dropLast: plan.dropLast }),
    schedule: schedule === undefined ? "none" : nameOf(schedule),
    scheduleBy,
    callbacks: [...statesOf(callbacks).keys()].join(", ") || "none with a state",
  };
}

/** The names, dtypes and shapes of a sample's parts. */
function columnsOf({ x, y, weights }: AnyDataset): string {
  const tensors = [
    ...namedTensors("x", x),
    ...namedTensors("y", y),
    ...(weights ? [["weights", weights] as const] : []),
  ];
  return tensors.map(([name, { dtype, shape }]) => `${name} ${dtype} [${shape.slice(1).join(", ")}]`).join("; ");
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
