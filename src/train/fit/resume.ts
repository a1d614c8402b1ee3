import { platform } from "#platform";
import { StateDictError, shown } from "../../base/errors.ts";
import { visible } from "../../base/shown.ts";
import { StateReader } from "../../base/state-reader.ts";
import type { StateRecord } from "../../base/state-tree.ts";
import type { Advancing } from "../../optim/index.ts";
import { preparedTrainerState } from "../state/trainer-state.ts";
import { type Callback, statesOf } from "./callback.ts";
import type { CheckpointFile, Checkpoints } from "./checkpoints.ts";
import type { Training } from "./training.ts";
import { FitRun } from "./fit-run.ts";
import { type Settings, compareSettings, kernelsOf, settingsOf } from "./settings.ts";

/** Restores a state and gives its run, after all was checked. */
type Restore = () => FitRun;

/**
 * The run of a training without checkpoints: with `resume` that of the trainer's state, if it has one, else a new one.
 * @throws StateDictError when the state is not one of this training; then nothing changes
 */
export function beginRun(training: Training): FitRun {
  const { position } = training.step;
  if (!training.options.resume || !position) return newRun(training);
  const where = "fit: resume: the trainer's state";
  return prepared(training, where, position.stateDict())();
}

/**
 * The run that continues the newest checkpoint, if there is one, or a state that the trainer has loaded; else a new one.
 * @throws StateDictError when checkpoints are not of this training, or there are some and no `resume`; then nothing changes
 * @throws FormatError when all checkpoints are damaged
 */
export async function resumedRun(training: Training, checkpoints: Checkpoints): Promise<FitRun> {
  if (!training.options.resume) {
    checkpoints.requireEmpty();
    return newRun(training);
  }
  const restore = await checkpoints.newest((state, file) => preparedCheckpoint(training, state, file));
  const run = restore ? restore() : training.step.position?.isOfFit ? newRun(training) : beginRun(training);
  await checkpoints.continue(run);
  return run;
}

function newRun(training: Training): FitRun {
  training.step.endSuspension(false);
  return setPosition(training, new FitRun());
}

/** Checks the state of a checkpoint. @throws StateDictError when it is not one of this training, with all that differs */
function preparedCheckpoint(training: Training, state: StateRecord, { path, step }: CheckpointFile): Restore {
  const { position } = state;
  const where = `fit: resume: ${JSON.stringify(path)}`;
  if (typeof position !== "object" || position === null || !("settings" in position)) {
    throw new StateDictError(`${where} must have a position in the data; got ${shown(position)}`);
  }
  if (position["steps"] !== step) {
    throw new StateDictError(`${where} must hold the training after step ${step}; got ${shown(position["steps"])}`);
  }
  return prepared(training, where, position, state);
}

/**
 * Checks a position and, if it is not the trainer's own, the state that it is part of.
 * @throws StateDictError when they are not of this training, with all that differs
 */
function prepared(training: Training, where: string, position: StateRecord, state?: StateRecord): Restore {
  const { step, options } = training;
  const { schedule } = options;
  const settings = settingsOf(training);
  const reader = new StateReader(`${where} must be of the same training`);
  const saved = reader.record("settings", position["settings"]) ?? {};
  compareSettings(reader, saved, settings);
  const run = FitRun.from(reader, position);
  if (run.done.length > options.epochs)
    reader.problem(`${run.done.length} epochs instead of at most ${options.epochs}`);
  const ofSchedule = schedule && reader.record("schedule", position["schedule"]);
  if (ofSchedule) reader.at("schedule").attempt(() => requireLoadable(schedule, ofSchedule as StateRecord));
  const ofCallbacks = reader.record("callbacks", position["callbacks"] ?? {}) ?? {};
  for (const [name, callback] of statesOf(options.callbacks)) {
    const own = reader.at("callbacks").record(name, ofCallbacks[name]);
    if (own) reader.at(`callbacks.${name}`).attempt(() => tryLoading(callback, own as StateRecord));
  }
  const restore = state && preparedTrainerState(reader, state, step);
  reader.finish();
  return () => {
    // Before the optimizer's state, which has the rates that were in use.
    if (ofSchedule) schedule.loadStateDict?.(ofSchedule as StateRecord);
    if (restore) restore();
    for (const [name, callback] of statesOf(options.callbacks))
      callback.loadStateDict(ofCallbacks[name] as StateRecord);
    step.endSuspension(true);
    warnOfKernels(saved["kernels"]);
    if (options.progress) platform.print(`resumed in epoch ${run.epoch}, after step ${run.step}`);
    return setPosition(training, run, settings);
  };
}

/** Loads a state and the present one again. @throws StateDictError or RangeError when the schedule refuses it */
function requireLoadable(schedule: Advancing, state: StateRecord): void {
  const { optimizer } = schedule;
  const present = schedule.stateDict?.();
  const rates = optimizer.groups.map(({ lr }) => lr);
  const { momentum } = optimizer;
  schedule.loadStateDict?.(state);
  if (present) schedule.loadStateDict?.(present);
  optimizer.groups.forEach((group, i) => {
    group.lr = rates[i] ?? group.lr;
  });
  if (momentum !== undefined) optimizer.momentum = momentum;
}

/** Loads a state and the present one again. @throws StateDictError or RangeError when the callback refuses it */
function tryLoading(callback: Required<Pick<Callback, "stateDict" | "loadStateDict">>, state: StateRecord): void {
  const present = callback.stateDict();
  callback.loadStateDict(state);
  callback.loadStateDict(present);
}

/** Makes the run a part of the trainer's state. */
function setPosition(training: Training, run: FitRun, settings: Settings = settingsOf(training)): FitRun {
  const { schedule, callbacks } = training.options;
  const states = statesOf(callbacks);
  training.step.position = {
    isOfFit: true,
    stateDict: () => ({
      ...run.stateDict(),
      settings: { ...settings, kernels: kernelsOf() },
      schedule: schedule?.stateDict?.() ?? null,
      callbacks: Object.fromEntries([...states].map(([name, callback]) => [name, callback.stateDict()])),
    }),
  };
  return run;
}

function warnOfKernels(was: unknown): void {
  const is = kernelsOf();
  if (was === is) return;
  platform.warn(
    `fit: resume: the training was saved with ${visible(typeof was === "string" ? was : shown(was))} kernels and goes on with ${is} ones, which round differently: configure({ reproducible: true }) gives strict ones everywhere`,
  );
}
