import { shown } from "../../base/errors.ts";
import type { StateRecord } from "../../base/state-tree.ts";
import type { Samples } from "../../data/dataset.ts";
import type { Module } from "../../nn/index.ts";
import type { Optimizer } from "../../optim/index.ts";
import type { Followed } from "../evaluation/followed.ts";
import type {
  BeginEvent,
  CheckpointEvent,
  EndEvent,
  EpochEvent,
  ProgressEvent,
  StepEvent,
  TrainingEvent,
  ValidationEvent,
} from "./event.ts";

/** What a callback may use of the trainer. */
export interface Trained {
  readonly model: Module;
  readonly optimizer: Optimizer;
  /** The metrics that each epoch has, as callbacks may follow them. */
  readonly metrics: readonly Followed[];
  /** Whether weights are averaged, the first time in this epoch or a later one. @internal */
  readonly hasAverages?: boolean;
  /** The data set. @internal */
  readonly samples?: Samples;
  /** Samples per step; a stream has batches of its own. @internal */
  readonly batchSize?: number;
  /** The validation set. @internal */
  readonly validation?: Samples | undefined;
  /** The epoch whose weights the model has since a callback restored them, counted from 1. @internal */
  restoredEpoch?: number;
}

/**
 * What is called at events of a training: an object with some of these methods. Promises that they return are awaited, in the
 * order of `callbacks`; an error ends the training, whose trainer stays usable.
 */
export interface Callback {
  /** Names its state in checkpoints, and itself in errors. Default: "callback". */
  readonly name?: string;
  readonly onBegin?: (event: BeginEvent, trained: Trained) => unknown;
  readonly onStep?: (event: StepEvent, trained: Trained) => unknown;
  readonly onProgress?: (event: ProgressEvent, trained: Trained) => unknown;
  /**
   * Called after the last step of an epoch, before its validation, before schedules by epochs advance, and before any callback hears of
   * the end of the epoch. @internal
   */
  readonly onLastStep?: (trained: Trained) => void;
  readonly onValidation?: (event: ValidationEvent, trained: Trained) => unknown;
  readonly onEpoch?: (event: EpochEvent, trained: Trained) => unknown;
  readonly onCheckpoint?: (event: CheckpointEvent, trained: Trained) => unknown;
  /** Called however the training ended, also after an error; the last of `callbacks` first. */
  readonly onEnd?: (event: EndEvent, trained: Trained) => unknown;
  /** The state from which `loadStateDict` continues, for checkpoints and `resume`. Default: it has none. */
  readonly stateDict?: () => StateRecord;
  /** Restores a state. @throws StateDictError when it is not one of this callback; then nothing changes */
  readonly loadStateDict?: (state: StateRecord) => void;
}

/** Calls the method of a callback for an event, and returns what that returns. */
export function tell(callback: Callback, event: TrainingEvent, trained: Trained): unknown {
  if (event.type === "step") return callback.onStep?.(event, trained);
  if (event.type === "progress") return callback.onProgress?.(event, trained);
  if (event.type === "epoch") return callback.onEpoch?.(event, trained);
  if (event.type === "validation") return callback.onValidation?.(event, trained);
  if (event.type === "checkpoint") return callback.onCheckpoint?.(event, trained);
  if (event.type === "begin") return callback.onBegin?.(event, trained);
  return callback.onEnd?.(event, trained);
}

const METHODS = ["onBegin", "onStep", "onProgress", "onValidation", "onEpoch", "onCheckpoint", "onEnd"];
const STATE = ["stateDict", "loadStateDict"];

/** @throws TypeError when a value is no callback: it has none of the methods, or one that is no function, or half a state */
export function requireCallbackObject(value: unknown): void {
  const of = (names: readonly string[]): readonly unknown[] =>
    names.map((name): unknown => Reflect.get(Object(value), name)).filter((method) => method !== undefined);
  const [methods, state] = [of(METHODS), of(STATE)];
  const isComplete = methods.length > 0 && (state.length === 0 || state.length === STATE.length);
  if (isComplete && [...methods, ...state].every((method) => typeof method === "function")) return;
  throw new TypeError(
    `fit: callbacks must be objects with at least one of ${METHODS.join(", ")}, and stateDict and loadStateDict or neither; got ${shown(value)}`,
  );
}

/** A callback with a state. */
interface Stateful extends Callback {
  readonly stateDict: () => StateRecord;
  readonly loadStateDict: (state: StateRecord) => void;
}

/** The callbacks with a state, by their names in checkpoints: `earlyStopping`, and for a second one `earlyStopping 2`. */
export function statesOf(callbacks: readonly Callback[]): ReadonlyMap<string, Stateful> {
  const named = new Map<string, Stateful>();
  for (const callback of callbacks) {
    if (!isStateful(callback)) continue;
    const { name = "callback" } = callback;
    let [unique, count] = [name, 1];
    while (named.has(unique)) unique = `${name} ${++count}`;
    named.set(unique, callback);
  }
  return named;
}

function isStateful(callback: Callback): callback is Stateful {
  return callback.stateDict !== undefined && callback.loadStateDict !== undefined;
}
