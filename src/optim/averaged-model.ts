import { requireBelowOne, requireKnown, requireSwitches } from "../base/errors.ts";
import { Operand } from "../graph/operand.ts";
import type { Buffer } from "../nn/module/buffer.ts";
import { type Module, requireModule } from "../nn/module/module.ts";
import { Parameter } from "../nn/module/parameter.ts";
import { copyOf, stateOf } from "../nn/module/state.ts";
import { call } from "../graph/call.ts";
import { Variable } from "../memory/variable.ts";
import { floats } from "../memory/memory.ts";
import { Program } from "../runtime/program.ts";
import type { Dtype, Tensor } from "../base/tensor.ts";

export interface AveragedModelOptions {
  /**
   * The exponential average's share of what it was, in [0, 1): average = decay average + (1 - decay) weights.
   * Default: all that were taken in count alike (stochastic weight averaging).
   */
  readonly decay?: number;
  /** Whether float buffers, as running means of batch normalization, are averaged too. Default: false. */
  readonly useBuffers?: boolean;
}

/**
 * Averages of a model's weights over a training, which often do better than the last ones: exponential (EMA), or of all
 * alike (SWA). Buffers are left as the model has them: running means of batch normalization are those of its own
 * weights, so they should be averaged too (`useBuffers`) or worked out anew for the averages.
 *
 * Source: Izmailov et al. 2018, https://arxiv.org/abs/1803.05407; PyTorch's torch.optim.swa_utils.AveragedModel
 *
 * @throws RangeError when decay is outside [0, 1)
 * @throws TypeError when an option is unknown
 */
export class AveragedModel {
  readonly #decay: number | undefined;
  /** The average of each parameter, and of each buffer that has one. */
  readonly #averages: ReadonlyMap<Parameter | Buffer<Dtype>, Variable>;
  /** How far averages go towards the weights at the next update. */
  readonly #weight = new Variable("weight", [1]);
  #program: Program | undefined;
  #taken = 0;
  #inUse = false;

  constructor(
    readonly model: Module,
    options: AveragedModelOptions = {},
  ) {
    requireModule("averagedModel", "the model", model);
    requireKnown("averagedModel", options, ["decay", "useBuffers"]);
    requireSwitches("averagedModel", options, "useBuffers");
    const { decay, useBuffers = false } = options;
    if (decay !== undefined) requireBelowOne("averagedModel", "decay", decay);
    this.#decay = decay;
    const averaged = stateOf(model)
      .map(([, each]) => each)
      .filter((each) => each instanceof Parameter || (useBuffers && each.dtype === "float32"));
    this.#averages = new Map(averaged.map((own) => [own, new Variable("average", own.shape)]));
  }

  /** How many states of the model the averages are of. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * Takes in the model's weights as they are now; the first time they are the averages.
   * @throws TypeError when the model has got a new parameter since the averages were made
   */
  update(): void {
    this.#requireKnownParameters();
    this.#program ??= new Program([], [], this.describe());
    this.prepare(true);
    this.#program.execute([]);
    this.afterStep(true);
  }

  /**
   * Runs `work` with the averages in place of the model's weights, and puts those back whatever happens. Until then the
   * model must not be trained.
   * @throws TypeError when nothing was averaged, the model has got a new parameter since, `work` runs within another use, or
   * it gives a promise
   */
  use<T>(work: () => T): T {
    this.#requireFree("use");
    this.#requireTaken();
    const former = [...this.#averages.keys()].map((own) => own.read().slice());
    this.#inUse = true;
    try {
      for (const [own, average] of this.#averages) own.assign(average.read());
      const result = work();
      if (!(result instanceof Promise)) return result;
    } finally {
      [...this.#averages.keys()].forEach((own, i) => own.assign(former[i] ?? []));
      this.#inUse = false;
    }
    throw new TypeError("averagedModel: use must end before its work returns; got a promise");
  }

  /**
   * The model's state dict with the averages in it.
   * @throws TypeError when nothing was averaged: averages from an epoch on that never came would be the weights themselves;
   * or when the model has got a new parameter since
   */
  stateDict(): Record<string, Tensor> {
    this.#requireTaken();
    const averages = stateOf(this.model).flatMap(([name, own]): [string, Tensor][] => {
      const average = this.#averages.get(own);
      return average ? [[name, copyOf(average)]] : [];
    });
    return { ...this.model.stateDict(), ...Object.fromEntries(averages) };
  }

  /** What takes in the weights, as part of a program; `prepare` and `afterStep` stand before and after its run. */
  describe(): Operand[] {
    return [...this.#averages].map(
      ([own, average]) =>
        new Operand("average", [0], [average, own, this.#weight], {
          calls: () => [call("approach", average, own, this.#weight, own.size)],
          flops: 3 * own.size,
        }),
    );
  }

  /** Sets how much the next run takes in; nothing where it is not wanted. @internal */
  prepare(isWanted: boolean): void {
    this.#requireFree("update");
    const rest = this.#decay === undefined ? 1 / (this.#taken + 1) : 1 - this.#decay;
    const weight = this.#taken === 0 ? 1 : rest;
    floats()[this.#weight.address / 4] = isWanted ? weight : 0;
  }

  /** @internal */
  afterStep(wasWanted: boolean): void {
    if (wasWanted) this.#taken++;
  }

  #requireTaken(): void {
    this.#requireKnownParameters();
    if (this.#taken > 0) return;
    throw new TypeError("averagedModel: weights must be taken in before their use; got none");
  }

  /** Refuses a model of which a layer or a parameter was replaced: what has no average would be taken for one. */
  #requireKnownParameters(): void {
    const stranger = this.model.namedParameters().find(([, parameter]) => !this.#averages.has(parameter));
    if (!stranger) return;
    throw new TypeError(
      `averagedModel: every parameter must be one that the averages were made for; got "${stranger[0]}" that is not, so make them anew`,
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
