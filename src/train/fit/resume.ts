import { version } from "#kernels/version";
import { platform } from "#platform";
import { StateDictError, shown } from "../../base/errors.ts";
import { StateReader } from "../../base/state-reader.ts";
import type { StateRecord } from "../../base/state-tree.ts";
import { namedTensors } from "../../data/dataset.ts";
import { backend } from "../../runtime/backend.ts";
import { loadTrainerState } from "../state/trainer-state.ts";
import type { Checkpoints } from "./checkpoints.ts";
import type { Training } from "./epochs.ts";
import { FitRun } from "./fit-run.ts";

/** What must be equal in the saved and in the continued training. */
type Settings = Readonly<Record<string, string | number | boolean>>;

/**
 * The run of a training: that of the trainer's loaded state with `resume`, if it has one, else a new one.
 * @throws StateDictError when what was saved does not fit; then nothing changes
 */
export function beginRun(training: Training, saved?: StateRecord): FitRun {
  const { step, options } = training;
  const settings = settingsOf(training);
  const position = saved ? positionIn(saved) : options.resume ? step.position?.stateDict() : undefined;
  const run = position ? continued(position, settings) : new FitRun();
  const { schedule } = options;
  const ofSchedule = position && schedule && schedulePart(position);
  if (saved) loadTrainerState(step, saved);
  if (ofSchedule) schedule.loadStateDict?.(ofSchedule);
  step.position = {
    stateDict: () => ({ ...run.stateDict(), settings, schedule: schedule?.stateDict?.() ?? null }),
  };
  if (position && options.progress) platform.print(`resumed in epoch ${run.epoch}, after step ${run.step}`);
  return run;
}

/**
 * The run that continues the newest checkpoint, if there is one; without `resume` a new one.
 * @throws StateDictError when the checkpoint does not fit, or there is one and no `resume`; then nothing changes
 * @throws FormatError when all checkpoints are damaged
 */
export async function resumedRun(training: Training, checkpoints: Checkpoints): Promise<FitRun> {
  if (!training.options.resume) checkpoints.requireEmpty();
  const run = beginRun(training, training.options.resume ? await checkpoints.newest() : undefined);
  await checkpoints.continue(run);
  return run;
}

function settingsOf({ step, dataset, plan, options }: Training): Settings {
  const { x, y, weights, length } = dataset;
  const tensors = [
    ...namedTensors("x", x),
    ...namedTensors("y", y),
    ...(weights ? [["weights", weights] as const] : []),
  ];
  return {
    lanegrad: version,
    loss: step.loss.describe(),
    samples: length,
    data: tensors.map(([name, { dtype, shape }]) => `${name} ${dtype} [${shape.slice(1).join(", ")}]`).join("; "),
    batchSize: plan.batchSize,
    shuffle: plan.shuffle,
    dropLast: options.dropLast,
    scheduleBy: options.scheduleBy,
    kernels: backend().kernels,
  };
}

function positionIn(saved: StateRecord): StateRecord {
  const { position } = saved;
  if (typeof position === "object" && position !== null && !Array.isArray(position)) return position as StateRecord;
  throw new StateDictError(`fit: resume: what was saved must have a position in the data; got ${shown(position)}`);
}

/** The run of a position. @throws StateDictError when it is of a training with other settings */
function continued(position: StateRecord, settings: Settings): FitRun {
  const reader = new StateReader("fit: resume: what was saved must be of the same training");
  const saved = reader.record("settings", position["settings"]) ?? {};
  for (const [name, value] of Object.entries(settings)) {
    const was = saved[name];
    if (was === value) continue;
    if (name === "kernels") warnOfKernels(was, value);
    else reader.problem(`${name} ${shown(was)} instead of ${shown(value)}`);
  }
  const run = FitRun.from(reader, position);
  reader.finish();
  return run;
}

function warnOfKernels(was: unknown, is: unknown): void {
  platform.warn(
    `fit: resume: the training was saved with ${String(was)} kernels and goes on with ${String(is)} ones, which round differently: configure({ reproducible: true }) gives strict ones everywhere`,
  );
}

function schedulePart(position: StateRecord): StateRecord {
  const { schedule } = position;
  if (typeof schedule === "object" && schedule !== null) return schedule as StateRecord;
  throw new StateDictError("fit: resume: what was saved must have the state of a schedule; got none");
}
