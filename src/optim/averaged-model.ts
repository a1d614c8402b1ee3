import { requireBelowOne, requireSwitch } from "../base/errors.ts";
import type { Pausable } from "../base/pausable.ts";
import type { StateReader } from "../base/state-reader.ts";
import type { StateRecord } from "../base/state-tree.ts";
import { type Defaults, withDefaults } from "../base/options.ts";
import type { Operand } from "../graph/operand.ts";
import type { Buffer } from "../nn/module/buffer.ts";
import { type Module, requireModule } from "../nn/module/module.ts";
import { Parameter } from "../nn/module/parameter.ts";
import { copyOf, stateOf } from "../nn/module/state.ts";
import { lerpInto } from "../ops/update/lerp.ts";
import { Variable } from "../memory/variable.ts";
import { floats } from "../memory/memory.ts";
import { Program } from "../runtime/program.ts";
import type { Dtype, Tensor } from "../base/tensor.ts";

export interface AveragedModelOptions {
  /**
   * Decay of an exponential average, in [0, 1): average = decay average + (1 - decay) weights.
   * Default: the mean over all updates (stochastic weight averaging).
   */
  readonly decay?: number;
  /** Whether to average float buffers too, as running means of batch normalization. Default: false. */
  readonly useBuffers?: boolean;
}

/** Options with their defaults, also for options that extend them. */
export const AVERAGED_MODEL_DEFAULTS = {
  decay: undefined,
  useBuffers: false,
} as const satisfies Defaults<AveragedModelOptions>;

/**
 * Averages of a model's weights over a training, which often generalize better than the last weights: exponential (EMA)
 * or with equal weights (SWA). Buffers are not averaged by default: running means of batch normalization belong to the
 * model's own weights, so average them too (`useBuffers`) or recompute them for the averages.
 *
 * Source: Izmailov et al. 2018, https://arxiv.org/abs/1803.05407; PyTorch's torch.optim.swa_utils.AveragedModel
 *
 * @throws RangeError when decay is outside [0, 1)
 * @throws TypeError when an option is unknown
 */
export class AveragedModel {
  readonly #decay: number | undefined;
  /** The average of each parameter and, with `useBuffers`, of each float buffer. */
  readonly #averages: ReadonlyMap<Parameter | Buffer<Dtype>, Variable>;
  /** The factor of the model's weights in the next update of the averages. */
  readonly #weight = new Variable("weight", [1]);
  #program: Program | undefined;
  #updates = 0;
  #inUse = false;

  constructor(
    readonly model: Module,
    options: AveragedModelOptions = {},
  ) {
    requireModule("averagedModel", "the model", model);
    const { decay, useBuffers } = withDefaults("averagedModel", options, AVERAGED_MODEL_DEFAULTS);
    requireSwitch("averagedModel", "useBuffers", useBuffers);
    if (decay !== undefined) requireBelowOne("averagedModel", "decay", decay);
    this.#decay = decay;
    const averaged = stateOf(model)
      .map(([, each]) => each)
      .filter((each) => each instanceof Parameter || (useBuffers && each.dtype === "float32"));
    this.#averages = new Map(averaged.map((state) => [state, new Variable("average", state.shape)]));
  }

  /** Count of updates: the averages are over so many states of the model. */
  get taken(): number {
    return this.#updates;
  }

  /**
   * Updates the averages by the model's current weights; the first update sets them to these weights.
   * @throws TypeError when the model has a parameter that it had not at construction
   */
  update(): void {
    this.#requireKnownParameters();
    this.#program ??= new Program([], [], this.describe());
    this.prepare(true);
    this.#program.execute([]);
    this.afterStep(true);
  }

  /**
   * Runs `work` with the averages in place of the model's weights, and restores the weights, also after an error. `work`
   * must not train the model.
   * @throws TypeError when there was no update, the model has a parameter that it had not at construction, `work` runs
   * within another use, or `work` returns a promise
   */
  use<T>(work: () => T): T {
    const restore = this.#replaceWeights();
    try {
      const result = work();
      if (!(result instanceof Promise)) return result;
    } finally {
      restore();
    }
    throw new TypeError("averagedModel: use must end before its work returns; got a promise");
  }

  /** Like `use`, of work that may pause; the averages are in place during pauses too. @internal */
  *useDuring<T>(work: Pausable<T>): Pausable<T> {
    const restore = this.#replaceWeights();
    try {
      return yield* work;
    } finally {
      restore();
    }
  }

  /**
   * The model's state dict, with averages in place of averaged parameters and buffers.
   * @throws TypeError when there was no update, or the model has a parameter that it had not at construction
   */
  stateDict(): Record<string, Tensor> {
    this.#requireTaken();
    const averages = stateOf(this.model).flatMap(([name, state]): [string, Tensor][] => {
      const average = this.#averages.get(state);
      return average ? [[name, copyOf(average)]] : [];
    });
    return { ...this.model.stateDict(), ...Object.fromEntries(averages) };
  }

  /**
   * The averages and their count, by the names of PyTorch's AveragedModel: `{ n_averaged, "module.0.weight", ... }`, without
   * what is not averaged; before the first update too. @internal
   */
  trainingState(): StateRecord {
    this.#requireFree("stateDict of a trainer");
    const averages = this.#named().map(([name, average]) => [name, copyOf(average)]);
    return { n_averaged: this.#updates, ...Object.fromEntries(averages) };
  }

  /** Checks a training state, with problems for the reader, and returns a function that restores it. @internal */
  prepareLoading(reader: StateReader, state: unknown): () => void {
    this.#requireFree("loadStateDict of a trainer");
    const given = reader.record("", state) ?? {};
    const updates = reader.whole("n_averaged", given["n_averaged"]) ?? 0;
    const own = this.#named();
    const pairs = own.map(([name, average]) => [average, reader.floats(name, given[name], average.shape)] as const);
    const names = new Set(["n_averaged", ...own.map(([name]) => name)]);
    for (const name of Object.keys(given)) if (!names.has(name)) reader.problem(`unknown "${name}"`);
    return () => {
      for (const [average, numbers] of pairs) average.write().set(numbers ?? []);
      this.#updates = updates;
    };
  }

  /** Operands that update the averages, for a program; call `prepare` before and `afterStep` after each run of it. */
  describe(): Operand[] {
    return [...this.#averages].map(([state, average]) => lerpInto(average, state, this.#weight));
  }

  /** Sets the factor of the model's weights for the next run, 0 if the run is not to update. @internal */
  prepare(updates: boolean): void {
    this.#requireFree("update");
    const rest = this.#decay === undefined ? 1 / (this.#updates + 1) : 1 - this.#decay;
    const weight = this.#updates === 0 ? 1 : rest;
    floats()[this.#weight.address / 4] = updates ? weight : 0;
  }

  /** Counts an update after a run. @internal */
  afterStep(updated: boolean): void {
    if (updated) this.#updates++;
  }

  /** Puts the averages in place of the weights. Returns a function that restores the weights. */
  #replaceWeights(): () => void {
    this.#requireFree("use");
    this.#requireTaken();
    const former = [...this.#averages.keys()].map((state) => state.read().slice());
    this.#inUse = true;
    for (const [state, average] of this.#averages) state.assign(average.read());
    return () => {
      [...this.#averages.keys()].forEach((state, i) => state.assign(former[i] ?? []));
      this.#inUse = false;
    };
  }

  #named(): [string, Variable][] {
    return stateOf(this.model).flatMap(([name, state]): [string, Variable][] => {
      const average = this.#averages.get(state);
      return average ? [[`module.${name}`, average]] : [];
    });
  }

  #requireTaken(): void {
    this.#requireKnownParameters();
    if (this.#updates > 0) return;
    throw new TypeError("averagedModel: the averages must be updated before they are used; got none");
  }

  /** Refuses a model with a new parameter: `use` and `stateDict` would leave it without an average. */
  #requireKnownParameters(): void {
    const unknown = this.model.namedParameters().find(([, parameter]) => !this.#averages.has(parameter));
    if (!unknown) return;
    throw new TypeError(
      `averagedModel: every parameter must be one that the model had at construction; got "${unknown[0]}" that is not, so make a new AveragedModel`,
    );
  }

  #requireFree(what: string): void {
    if (!this.#inUse) return;
    throw new TypeError(`averagedModel: ${what} must not happen while the averages are in use; got it within a use`);
  }
}

/**
 * Averages of a model's weights; see {@link AveragedModel}.
 * @throws RangeError or TypeError when an option is out of its range or unknown
 */
export function averagedModel(model: Module, options?: AveragedModelOptions): AveragedModel {
  return new AveragedModel(model, options);
}
