import { requireWhole } from "../base/errors.ts";
import { type Input, type Operand, flopsOf } from "../graph/operand.ts";
import { executionOrder } from "../graph/order.ts";
import { type Dtype, type Numbers, Tensor } from "../base/tensor.ts";
import { debugging } from "./backend.ts";
import { type CachedConstant, cachedConstantsOf, storagesOf } from "./cached-constant.ts";
import { checkFinite } from "./finite.ts";
import { InputBinding } from "./inputs.ts";
import { type Storage, contentEpoch } from "../memory/storage.ts";
import { RngState } from "../memory/rng-state.ts";
import { Variable } from "../memory/variable.ts";
import { printCalls, printCosts } from "./listing.ts";
import { abandonScratch, floatsAt, integersAt, addressEpoch, scratchFor } from "../memory/memory.ts";
import { ThreadTuner } from "./thread-tuner.ts";
import { rngDependent } from "./rng-dependent.ts";
import { Plan, conditionsOf } from "./plan.ts";
import { Profile } from "./profile.ts";
import { Runner } from "./runner.ts";
import { type PlacedStep, scheduleCalls } from "./schedule.ts";
import { WorkerLostError } from "./worker-pool.ts";

/** What an operand and its calls take of the JavaScript heap: measured on programs of MLPs and GRUs. */
const HEAP_BYTES = 2000;

/** A list of kernel calls that turns inputs into outputs: plain data, planned once, bound to addresses, run often. */
export class Program {
  /** @internal */
  readonly plan: Plan;
  /** Checks what is given for the inputs. @internal */
  readonly inputBinding: InputBinding;
  /** Floating-point operations of one run; a multiply and an add are two. */
  readonly flops: number;
  /** Floating-point operations that its shapes ask for, but that its rules say are not done. */
  readonly skipped: number;
  readonly #order: readonly Operand[];
  readonly #counters: readonly RngState[];
  readonly #effects: ReadonlySet<Operand>;
  /** What is worked out only after lasting operands changed. */
  readonly #derived: ReadonlyMap<Operand, CachedConstant>;
  /** What the effects change. */
  readonly #written: readonly Storage[];
  /** What follows from counters, where it may be asked for again. */
  readonly #drawn: ReadonlySet<Operand>;
  readonly #threadTuner = new ThreadTuner();
  /** Runs what is drawn alone. */
  #repeater: Runner | undefined;
  readonly #repeatTuner = new ThreadTuner();
  #runner: Runner | undefined;
  /** From which call of the schedule on something lasting changes. */
  #lastingFrom = Infinity;
  #base = 0;
  #boundAt = -1;
  #freshAt = -1;
  #tensors: readonly Tensor[] = [];
  /** What errors about them name. */
  #where = "run";
  readonly #copyIn = (): void => this.inputBinding.copy(this.#where, this.#tensors);
  /** Outputs where they lie now. */
  #results: readonly Numbers[Dtype][] = [];

  /**
   * @param effects operands that are carried out for what they do to lasting ones, not for a result
   * @param options.repeats whether `again` will be asked: what depends on counters is then carried out last, and what it
   * reads of the rest is kept
   * @internal
   */
  constructor(
    /** @internal */
    readonly inputs: readonly Input[],
    /** @internal */
    readonly outputs: readonly Operand[],
    effects: readonly Operand[] = [],
    { repeats = false }: { readonly repeats?: boolean } = {},
  ) {
    this.inputBinding = new InputBinding(inputs);
    const made = executionOrder([...inputs, ...outputs, ...effects]);
    this.#derived = cachedConstantsOf(made, effects);
    this.#written = [...storagesOf(effects)];
    this.#drawn = repeats ? rngDependent(made) : new Set();
    const order = [...made.filter((operand) => !this.#drawn.has(operand)), ...this.#drawn];
    const kept = [...this.#drawn].flatMap(({ inputs: read }) => read.filter((input) => !this.#drawn.has(input)));
    this.plan = new Plan(order, new Set(inputs), new Set([...outputs, ...kept]), this.#derived);
    this.#order = order.filter((operand) => !this.#derived.has(operand));
    this.#effects = new Set(effects);
    this.#counters = order.filter((operand) => operand instanceof RngState);
    this.flops = order.reduce((sum, operand) => sum + flopsOf(operand), 0);
    this.skipped = order.reduce((sum, { rule }) => sum + (rule.skipped ?? 0), 0);
  }

  /**
   * Checks and copies the inputs, runs every call, and leaves the outputs to `read`.
   * @param where what errors name
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
   * Like `execute`, for inputs that were checked: `write` is told the address of each and brings its numbers there,
   * twice where a worker is lost.
   * @internal
   */
  executeOn(write: (addresses: readonly number[]) => void): void {
    const runner = this.#ready(write);
    for (const storage of this.#written) storage.markWritten();
    if (debugging()) this.#runWatched(runner);
    else this.#runShared(runner, write);
    for (const counter of this.#counters) counter.advance();
  }

  /**
   * Like `execute` on the inputs of the run before, where nothing else ran since: works out only what depends on counters.
   * For programs that were made to be repeated.
   * @internal
   */
  again(tensors: readonly Tensor[]): void {
    const repeater = this.#boundAt === addressEpoch() && !debugging() ? this.#repeater : undefined;
    if (!repeater) return this.execute(tensors);
    try {
      repeater.run();
    } catch (error) {
      if (!(error instanceof WorkerLostError)) throw error;
      abandonScratch();
      return this.execute(tensors);
    }
    for (const counter of this.#counters) counter.advance();
  }

  /** The numbers of an output of the last run, as a view that holds until the next run of any program. @internal */
  read(output: Operand): Float32Array | Int32Array {
    const known = this.#boundAt === addressEpoch() ? this.#results[this.outputs.indexOf(output)] : undefined;
    return known ?? this.#numbers(output);
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
   * Times every call on one thread, over so many runs, and leaves all that lasts as it was.
   * @param runs at least 1
   * @throws ShapeError, TypeError or RangeError when an input does not fit
   * @internal
   */
  profile(tensors: readonly Tensor[], runs = 50): Profile {
    requireWhole("profile", "runs", runs, 1);
    this.inputBinding.checkKinds("profile", tensors);
    this.#where = "profile";
    this.#tensors = tensors;
    const restore = [...this.#written, ...this.#counters.map((counter) => counter.storage)].map((each) => each.save());
    try {
      return new Profile(this.#steps, this.#ready(this.#copyIn).calls, runs, () => {
        this.#copyIn();
        for (const counter of this.#counters) counter.advance();
      });
    } finally {
      for (const each of restore) each();
      this.#tensors = [];
    }
  }

  /** What is to be done, with the kernels that are in force now. */
  get #steps(): PlacedStep[] {
    return this.#order.map((operand) => this.#stepOf(operand)).filter((step) => step.calls.length > 0);
  }

  /** The calls with shapes and addresses, then what a run takes. */
  toString(): string {
    const kept = [...this.#derived.keys()].map((operand) => this.#stepOf(operand));
    const calls = printCalls(kept, this.#steps, (operand) => this.plan.address(operand, 0));
    return `${calls}\n${this.costs()}`;
  }

  /** Results that depend on lasting operands alone: cached from run to run, and shared among programs. @internal */
  get constants(): readonly { readonly bytes: number }[] {
    return [...this.#derived.values()];
  }

  /** Bytes of these. @internal */
  get keptBytes(): number {
    return this.constants.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** About what the program takes of the JavaScript heap, in bytes. @internal */
  get heapBytes(): number {
    return this.#order.length * HEAP_BYTES;
  }

  /** Forgets where it is bound, here and in workers; the next run binds it anew. @internal */
  release(): void {
    this.#runner?.release();
    this.#repeater?.release();
    [this.#runner, this.#repeater, this.#boundAt] = [undefined, undefined, -1];
  }

  /** `31 calls, 0.92 GFLOP, 5.1 MB of scratch memory (9.8 MB if results did not share it), 4.8 MB kept` */
  costs(): string {
    return printCosts(this, this.#steps);
  }

  #stepOf(operand: Operand): PlacedStep {
    return { operand, calls: operand.rule.calls(operand, this.plan.placementOf(operand)) };
  }

  /** Rebinds after memory moved, refreshes cached constants, writes inputs. */
  #ready(write: (addresses: readonly number[]) => void): Runner {
    const bound = this.#boundAt === addressEpoch() ? this.#runner : undefined;
    if (!bound || this.#freshAt !== contentEpoch()) {
      for (const derived of this.#derived.values()) derived.refresh();
      this.#freshAt = contentEpoch();
    }
    const runner = bound ?? this.#bind();
    write(this.inputBinding.addresses);
    return runner;
  }

  #bind(): Runner {
    this.release();
    this.#base = scratchFor(this.plan.bytes);
    const address = (operand: Operand): number => this.#address(operand);
    const steps = this.#steps;
    const before = steps.filter(({ operand }) => !this.#effects.has(operand));
    const after = steps.filter(({ operand }) => this.#effects.has(operand));
    const first = scheduleCalls(before, address);
    this.#lastingFrom = first.length;
    this.#runner = new Runner(
      [...first, ...(after.length > 0 ? scheduleCalls(after, address) : [])],
      this.flops,
      this.#threadTuner,
    );
    const drawn = before.filter(({ operand }) => this.#drawn.has(operand));
    this.#repeater =
      this.#drawn.size > 0
        ? new Runner(scheduleCalls(drawn, address), flopsOfAll(drawn), this.#repeatTuner)
        : undefined;
    this.inputBinding.bind(
      this.inputs.map(address),
      this.inputs.map((input) => this.#numbers(input)),
    );
    this.#results = this.outputs.map((output) => this.#numbers(output));
    this.#boundAt = addressEpoch();
    return this.#runner;
  }

  /** Where a worker is lost before anything lasting changed, the run is made again on one thread. */
  #runShared(runner: Runner, write: (addresses: readonly number[]) => void): void {
    try {
      runner.run();
    } catch (error) {
      if (!(error instanceof WorkerLostError)) throw error;
      if (error.at >= this.#lastingFrom) {
        error.message += "; parameters are half updated, so load a state that was saved";
        throw error;
      }
      abandonScratch();
      this.#ready(write).runAlone();
    }
  }

  /** Looks at what lasts before the run, at every result, and at what effects changed. */
  #runWatched(runner: Runner): void {
    for (const operand of this.#order) if (operand instanceof Variable) this.#checkFinite(operand);
    let next = 0;
    for (const { operand, calls } of this.#steps) {
      const isTaken = conditionsOf(operand).every((condition) => this.#numbers(condition)[0] !== 0);
      const own = runner.calls.slice(next, (next += calls.length));
      if (!isTaken) continue;
      for (const call of own) call();
      this.#checkFinite(operand);
      if (this.#effects.has(operand)) operand.inputs.forEach((input) => this.#checkFinite(input));
    }
  }

  #checkFinite(operand: Operand): void {
    checkFinite(operand, this.#numbers(operand));
  }

  #address(operand: Operand): number {
    return this.plan.address(operand, this.#base);
  }

  #numbers(operand: Operand): Numbers[Dtype] {
    const at = operand.dtype === "float32" ? floatsAt : integersAt;
    return at(this.#address(operand), operand.size);
  }
}

function flopsOfAll(steps: readonly PlacedStep[]): number {
  return steps.reduce((sum, { operand }) => sum + flopsOf(operand), 0);
}
