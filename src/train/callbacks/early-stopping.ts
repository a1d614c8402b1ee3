import { requireSwitch, requireWhole, requireWithin } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import { StateReader } from "../../base/state-reader.ts";
import type { StateRecord } from "../../base/state-tree.ts";
import type { Tensor } from "../../base/tensor.ts";
import type { Callback, Trained } from "../fit/callback.ts";
import type { BeginEvent, EndEvent, EpochEvent } from "../fit/event.ts";
import {
  type Followed,
  type FollowedMode,
  followedValue,
  isBetter,
  modeOf,
  requireMode,
} from "../evaluation/followed.ts";

export interface EarlyStoppingOptions {
  /** What is followed: "loss", "accuracy", "validation loss", "validation f1" for a metric f1. Default: "validation loss". */
  readonly by?: Followed;
  /** Whether less or more is better. Default: "min" for losses, "max" for others. */
  readonly mode?: FollowedMode;
  /** Epochs without improvement after which the training ends, at least 1. Default: 10. */
  readonly patience?: number;
  /** Smaller improvements than this, at least 0, do not count. Default: 0. */
  readonly minDelta?: number;
  /** Whether the model has the weights of the best epoch after the training, however it ended. Default: true. */
  readonly restoreBest?: boolean;
}

type Weights = Readonly<Record<string, Tensor>>;

/** Where early stopping is. */
interface State {
  readonly best: number | undefined;
  readonly epoch: number;
  readonly bestWeights: Weights | undefined;
  /** The weights at the end of the training, where those of the best epoch took their place. */
  readonly lastWeights: Weights | undefined;
}

const FRESH: State = { best: undefined, epoch: 0, bestWeights: undefined, lastWeights: undefined };

/**
 * Ends a training that no longer improves: `trainer.fit(set, { validation, epochs: 500, callbacks: [earlyStopping({ patience: 5 })] })`.
 * Its state, the best weights included, is part of checkpoints: a resumed training ends at the same epoch with the same
 * weights. Each training needs its own.
 *
 * Source: Prechelt 1998, Early stopping - but when?, https://doi.org/10.1007/3-540-49430-8_3
 *
 * @throws TypeError or RangeError when an option is unknown or out of its range. A training is refused when `by` is a metric
 * that it does not have
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): Callback {
  return new EarlyStopping(options);
}

class EarlyStopping implements Callback {
  readonly name = "earlyStopping";
  readonly #by: Followed;
  readonly #mode: FollowedMode;
  readonly #patience: number;
  readonly #minDelta: number;
  readonly #restoresBest: boolean;
  #state = FRESH;

  constructor(options: EarlyStoppingOptions) {
    const where = "earlyStopping";
    const filled = withDefaults(where, options, {
      by: "validation loss",
      mode: undefined,
      patience: 10,
      minDelta: 0,
      restoreBest: true,
    });
    if (filled.mode !== undefined) requireMode(where, "mode", filled.mode);
    requireWhole(where, "patience", filled.patience, 1);
    requireWithin(where, "minDelta", filled.minDelta, 0, Infinity);
    requireSwitch(where, "restoreBest", filled.restoreBest);
    this.#by = filled.by;
    this.#mode = filled.mode ?? modeOf(filled.by);
    this.#patience = filled.patience;
    this.#minDelta = filled.minDelta;
    this.#restoresBest = filled.restoreBest;
  }

  readonly onBegin = ({ epoch, step, stop }: BeginEvent, trained: Trained): void => {
    if (!trained.metrics.includes(this.#by)) {
      throw new TypeError(
        `earlyStopping: by must be a metric of the training, ${trained.metrics.join(", ")}; got ${this.#by} (the option validation of fit gives those of a validation set)`,
      );
    }
    const isResumed = epoch > 1 || step > 0;
    if (!isResumed) this.#state = FRESH;
    const { lastWeights } = this.#state;
    if (lastWeights) trained.model.loadStateDict(lastWeights);
    this.#state = { ...this.#state, lastWeights: undefined };
    // The training may have been killed, or resumed, after its last epoch.
    this.#stopAfter(epoch - 1, stop);
  };

  readonly onEpoch = (event: EpochEvent, { model }: Trained): void => {
    const value = followedValue(this.#by, event);
    const { best } = this.#state;
    const margin = this.#mode === "min" ? this.#minDelta : -this.#minDelta;
    if (isBetter(this.#by, value + margin, best, this.#mode)) {
      const bestWeights = this.#restoresBest ? model.stateDict() : undefined;
      this.#state = { ...this.#state, best: value, epoch: event.epoch, bestWeights };
    } else {
      this.#stopAfter(event.epoch, event.stop);
    }
  };

  readonly onEnd = (_: EndEvent, trained: Trained): void => {
    const { bestWeights, epoch } = this.#state;
    if (!bestWeights) return;
    this.#state = { ...this.#state, lastWeights: trained.model.stateDict() };
    trained.model.loadStateDict(bestWeights);
    trained.restoredEpoch = epoch;
  };

  readonly stateDict = (): StateRecord => {
    const { best = null, epoch, bestWeights = null, lastWeights = null } = this.#state;
    return { best, epoch, bestWeights, lastWeights };
  };

  readonly loadStateDict = (state: StateRecord): void => {
    const reader = new StateReader("earlyStopping: the state must be one of its stateDict");
    const weights = (name: string): Weights | undefined =>
      state[name] === null ? undefined : (reader.record(name, state[name]) as Weights | undefined);
    const best = state["best"] === null ? undefined : reader.number("best", state["best"]);
    const epoch = reader.whole("epoch", state["epoch"]) ?? 0;
    const [bestWeights, lastWeights] = [weights("bestWeights"), weights("lastWeights")];
    reader.finish();
    this.#state = { best, epoch, bestWeights, lastWeights };
  };

  /** Stops a training whose patience ends with an epoch. */
  #stopAfter(epoch: number, stop: BeginEvent["stop"]): void {
    if (epoch - this.#state.epoch >= this.#patience)
      stop(`no better ${this.#by} than in epoch ${this.#state.epoch} for ${this.#patience} epochs`);
  }
}
