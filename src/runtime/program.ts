import { requireWhole } from "../base/errors.ts";
import { type Dtype, type Numbers, Tensor } from "../base/tensor.ts";
import { type Input, type Operand, flopsOf } from "../graph/operand.ts";
import { executionOrder, requireOwnInputs } from "../graph/order.ts";
import { abandonScratch } from "../memory/memory.ts";
import { RngState } from "../memory/rng-state.ts";
import { type Storage, contentEpoch } from "../memory/storage.ts";
import { Binding, type Guard } from "./binding.ts";
import { type CachedConstant, cachedConstantsOf, storagesOf } from "./cached-constant.ts";
import { panelWidth } from "./engine.ts";
import { type NonFinite, findNonFinite } from "./find-non-finite.ts";
import { InputBinding } from "./inputs.ts";
import { printCalls, printCosts } from "./listing.ts";
import { Plan } from "./plan.ts";
import { Profile } from "./profile.ts";
import type { PlacedStep } from "./schedule.ts";
import { settings } from "./settings.ts";
import { ThreadTuner } from "./thread-tuner.ts";
import { runWatched } from "./watch.ts";
import { WorkerLostError } from "./worker-pool.ts";

/** Bytes of the JavaScript heap that an operand and its calls take: measured on programs of MLPs and GRUs. */
const HEAP_BYTES = 2000;

/** An order of execution, and operands that are read after its last operation. */
export interface Arrangement {
  readonly order: readonly Operand[];
  readonly liveOut: readonly Operand[];
}

/** A plan and a list of kernel calls that turn inputs into outputs: planned once, bound to addresses, run often. */
export class Program {
  /** @internal */
  readonly plan: Plan;
  /** Checks tensors for the inputs and copies them. @internal */
  readonly inputBinding: InputBinding;
  /** Floating-point operations of one run; a multiply and an add are two. */
  readonly flops: number;
  /** Floating-point operations that the shapes imply but no call computes. */
  readonly skipped: number;
  /** Every operand in the order of execution, without cached constants. @internal */
  readonly order: readonly Operand[];
  /** @internal */
  readonly effects: ReadonlySet<Operand>;
  readonly #rngStates: readonly RngState[];
  readonly #constants: ReadonlyMap<Operand, CachedConstant>;
  /** The storages that effects write. */
  readonly #written: readonly Storage[];
  readonly #threadTuner = new ThreadTuner();
  #binding: Binding | undefined;
  /** The content epoch at which cached constants were last refreshed. */
  #refreshedAt = -1;
  #tensors: readonly Tensor[] = [];
  /** The name of the caller in errors about the tensors. */
  #where = "run";
  readonly #copyIn = (): void => this.inputBinding.copy(this.#where, this.#tensors);

  /**
   * @param effects operations that run for their effect on variables, not for a result
   * @param arrange changes the order of execution. Default: the order in which they were made.
   * @param guard when to skip the effects. Default: never.
   * @internal
   */
  constructor(
    /** @internal */
    readonly inputs: readonly Input[],
    /** @internal */
    readonly outputs: readonly Operand[],
    effects: readonly Operand[] = [],
    arrange: (order: readonly Operand[]) => Arrangement = (order) => ({ order, liveOut: [] }),
    /** @internal */
    readonly guard?: Guard,
  ) {
    this.inputBinding = new InputBinding(inputs);
    const { order, liveOut } = arrange(executionOrder([...inputs, ...outputs, ...effects]));
    requireOwnInputs(order, inputs);
    this.#constants = cachedConstantsOf(order, effects);
    this.#written = [...storagesOf(effects)];
    this.plan = new Plan(order, new Set(inputs), new Set([...outputs, ...liveOut]), this.#constants);
    this.order = order.filter((operand) => !this.#constants.has(operand));
    this.effects = new Set(effects);
    this.#rngStates = order.filter((operand) => operand instanceof RngState);
    this.flops = order.reduce((sum, operand) => sum + flopsOf(operand), 0);
    this.skipped = order.reduce((sum, { rule }) => sum + (rule.skipped ?? 0), 0);
  }

  /**
   * Checks and copies the inputs and runs every call; `read` gives the outputs.
   * @param where the name of the caller in errors
   * @throws ShapeError, TypeError or RangeError, before anything is changed, when an input does not fit
   * @internal
   */
  execute(tensors: readonly Tensor[], where = "run"): void {
    this.inputBinding.checkKinds(where, tensors);
    this.#where = where;
    this.#tensors = tensors;
    this.executeOn(this.#copyIn);
    this.#tensors = [];
  }

  /**
   * Like `execute`, for inputs that were checked. `write` is given the address of each input and writes its numbers there;
   * it is called again where a worker is lost.
   * @internal
   */
  executeOn(write: (addresses: readonly number[]) => void): void {
    const binding = this.#ready(write);
    for (const storage of this.#written) storage.markWritten();
    if (settings().debug) runWatched(this.order, this.steps, this.effects, binding);
    else this.#runShared(binding, write);
    this.advance();
  }

  /** Advances the RNG states that it draws from, after a run. @internal */
  advance(): void {
    for (const state of this.#rngStates) state.advance();
  }

  /** Undoes `advance`, after a run whose effects were skipped. @internal */
  retreat(): void {
    for (const state of this.#rngStates) state.advance(-1);
  }

  /**
   * Runs again, with the RNG states as they are and without effects, and finds where the numbers that make an output NaN or
   * infinite first appeared; undefined if it is finite.
   * @param write as for `executeOn`
   * @internal
   */
  findNonFinite(output: Operand, write: (addresses: readonly number[]) => void): NonFinite | undefined {
    const binding = this.#ready(write);
    const steps = this.steps.filter(({ operand }) => !this.effects.has(operand));
    return findNonFinite(output, this.order, steps, binding);
  }

  /** The numbers of an output of the last run, as a view that is valid until the next run of any program. @internal */
  read(output: Operand): Numbers[Dtype] {
    const binding = this.#binding;
    if (!binding) throw new Error(`program: it must run before its outputs are read; got ${output} of none`);
    const view = binding.isValid ? binding.results[this.outputs.indexOf(output)] : undefined;
    return view ?? binding.numbers(output);
  }

  /** Runs the program; the outputs are copied. @internal */
  run(tensors: readonly Tensor[], where = "run"): Tensor[] {
    this.execute(tensors, where);
    return this.outputs.map((output) => this.copyOf(output));
  }

  /** The numbers of an output of the last run. @internal */
  copyOf(output: Operand): Tensor {
    return new Tensor(output.shape, output.dtype, this.read(output).slice());
  }

  /**
   * Times every call on one thread, over a number of runs, and restores all variables.
   * @param runs at least 1
   * @throws ShapeError, TypeError or RangeError when an input does not fit
   * @internal
   */
  profile(tensors: readonly Tensor[], runs = 50): Profile {
    requireWhole("profile", "runs", runs, 1);
    this.inputBinding.checkKinds("profile", tensors);
    this.#where = "profile";
    this.#tensors = tensors;
    const { runner } = this.#ready(this.#copyIn);
    const restore = [...this.#written, ...this.#rngStates.map(({ storage }) => storage)].map((each) => each.save());
    try {
      return new Profile(this.steps, runner.calls, runs, () => {
        this.#copyIn();
        this.advance();
      });
    } finally {
      for (const each of restore) each();
      this.#tensors = [];
    }
  }

  /** The operations with their kernel calls, for the current kernels. @internal */
  get steps(): PlacedStep[] {
    return this.order.map((operand) => this.#stepOf(operand)).filter((step) => step.calls.length > 0);
  }

  /** The binding, where it is still valid. @internal */
  get validBinding(): Binding | undefined {
    return this.#binding?.isValid ? this.#binding : undefined;
  }

  /** The calls with shapes and addresses, then the costs of a run. */
  toString(): string {
    const constants = [...this.#constants.keys()].map((operand) => this.#stepOf(operand));
    const calls = printCalls(constants, this.steps, (operand) => this.plan.address(operand, 0));
    return `${calls}\n${this.costs()}`;
  }

  /** Results that depend on variables alone: cached from run to run, and shared among programs. @internal */
  get constants(): readonly CachedConstant[] {
    return [...this.#constants.values()];
  }

  /** The operands of this program that are cached constants, inputs before their users. @internal */
  get constantOf(): ReadonlyMap<Operand, CachedConstant> {
    return this.#constants;
  }

  /** Bytes of cached constants. @internal */
  get cachedBytes(): number {
    return this.constants.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Bytes of the JavaScript heap that the program takes, roughly. @internal */
  get heapBytes(): number {
    return this.order.length * HEAP_BYTES;
  }

  /** `31 calls, 0.92 GFLOP, 5.1 MB of scratch memory (9.8 MB if results did not share it), 4.8 MB cached` */
  costs(): string {
    return printCosts(this, this.steps);
  }

  #stepOf(operand: Operand): PlacedStep {
    return { operand, calls: operand.rule.calls(operand, this.plan.placementOf(operand, panelWidth())) };
  }

  /** Rebinds after memory moved, refreshes cached constants, writes inputs. */
  #ready(write: (addresses: readonly number[]) => void): Binding {
    let binding = this.validBinding;
    if (!binding || this.#refreshedAt !== contentEpoch()) {
      for (const constant of this.#constants.values()) constant.refresh();
      this.#refreshedAt = contentEpoch();
      binding = this.validBinding; // memory may have grown
    }
    binding ??= this.#bind();
    write(binding.inputAddresses);
    return binding;
  }

  #bind(): Binding {
    const binding = (this.#binding = new Binding(this, this.steps, this.#threadTuner));
    this.inputBinding.bind(binding.inputNumbers);
    return binding;
  }

  /** Runs the calls; a run that loses a worker before any variable changed is repeated on one thread. */
  #runShared({ runner, effectsFrom }: Binding, write: (addresses: readonly number[]) => void): void {
    try {
      runner.run();
    } catch (error) {
      if (!(error instanceof WorkerLostError)) throw error;
      if (error.at >= effectsFrom) {
        error.message += "; parameters are half updated, so load a state that was saved";
        throw error;
      }
      abandonScratch();
      this.#ready(write).runner.runAlone();
    }
  }
}
