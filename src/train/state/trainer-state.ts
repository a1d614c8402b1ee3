import { shown } from "../../base/shown.ts";
import { StateReader } from "../../base/state-reader.ts";
import type { StateRecord, StateTree } from "../../base/state-tree.ts";
import type { OptimizerState } from "../../optim/index.ts";
import { globalRandomState, setGlobalRandomState } from "../../runtime/random.ts";
import type { TrainingStep } from "../step/training-step.ts";
import { type ModuleState, moduleState, preparedModuleState } from "./modules-state.ts";

/** All state of a training; see `Trainer.stateDict`. */
export interface TrainerState extends StateRecord {
  readonly version: number;
  readonly model: ModuleState;
  readonly loss: ModuleState;
  readonly optimizer: OptimizerState;
  /** Batches since the last update and their gradients. */
  readonly accumulation: StateRecord;
  /** Averages of the weights; null without the option. */
  readonly averaging: StateTree;
  /** The norm of all gradients at the last update; null without `clip.norm` and before the first. */
  readonly gradientNorm: number | null;
  /** The seed of `manualSeed`, and how many streams of random numbers were taken from it. */
  readonly random: { readonly seed: number; readonly streams: number };
  /** How far `fit` has come in its data; null before the first. */
  readonly position: StateTree;
}

/** Names of the parts of a state. */
const PARTS = new Set([
  "version",
  "model",
  "loss",
  "optimizer",
  "accumulation",
  "averaging",
  "gradientNorm",
  "random",
  "position",
]);

/** The version of states written here: another one is refused. */
const VERSION = 1;

/** Copies of all state of a training. */
export function trainerState({ model, loss, stateful, gradientNorm, position }: TrainingStep): TrainerState {
  const { optimizer, accumulation, averaging } = stateful;
  return {
    version: VERSION,
    model: moduleState(model),
    loss: moduleState(loss),
    optimizer: optimizer.stateDict(),
    accumulation: accumulation.stateDict(),
    averaging: averaging?.stateDict() ?? null,
    gradientNorm: gradientNorm ?? null,
    random: { ...globalRandomState() },
    position: position?.stateDict() ?? null,
  };
}

/**
 * Restores all state of a training.
 * @throws StateDictError when the state is not one of it, with all that differs; then nothing changes
 */
export function loadTrainerState(step: TrainingStep, state: unknown): void {
  const reader = new StateReader("trainer: loadStateDict: the state must be one of this trainer");
  const apply = preparedTrainerState(reader, state, step);
  reader.finish();
  apply();
}

/** Checks a state, with problems for the reader, and returns a function that restores it. */
export function preparedTrainerState(reader: StateReader, value: unknown, step: TrainingStep): () => void {
  const { model, loss, stateful } = step;
  const { optimizer, accumulation, averaging } = stateful;
  const given = reader.record("", value) ?? {};
  if (given["version"] !== VERSION) {
    reader.problem(`version ${shown(given["version"])} instead of ${VERSION}`);
    return () => undefined;
  }
  for (const name of Object.keys(given)) if (!PARTS.has(name)) reader.problem(`unknown "${name}"`);
  const random = reader.record("random", given["random"]) ?? {};
  const seed = reader.whole("random.seed", random["seed"]) ?? 0;
  const streams = reader.whole("random.streams", random["streams"]) ?? 0;
  const norm =
    (given["gradientNorm"] ?? null) === null ? undefined : reader.metric("gradientNorm", given["gradientNorm"]);
  // What it holds is read when `fit` continues there.
  const position = (given["position"] ?? null) === null ? undefined : positionOf(reader, given["position"]);
  if (!averaging && given["averaging"] !== null) reader.problem("averages (this trainer has no option averaging)");
  const changes = [
    preparedModuleState(reader.at("model"), given["model"], model),
    preparedModuleState(reader.at("loss"), given["loss"], loss),
    optimizer.prepareLoading(reader.at("optimizer"), given["optimizer"], "loadStateDict"),
    accumulation.prepareLoading(reader.at("accumulation"), given["accumulation"]),
    averaging?.prepareLoading(reader.at("averaging"), given["averaging"]),
    () => setGlobalRandomState({ seed, streams }),
    () => {
      step.gradientNorm = norm;
      // A `fit` that runs goes on at its own place.
      if (!step.isInFit) step.position = position && { stateDict: () => position };
    },
  ];
  return () => {
    for (const change of changes) change?.();
  };
}

function positionOf(reader: StateReader, value: unknown): StateRecord | undefined {
  return reader.record("position", value) as StateRecord | undefined;
}
