import { requireInstance } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { Operand } from "../../graph/operand.ts";
import { traced } from "../../graph/scope.ts";
import { INSPECT } from "../../base/inspect.ts";
import { KIND, Kind } from "../../base/kind.ts";
import type { Profile } from "../../runtime/profile.ts";
import type { Dtype, Tensor, TensorLike } from "../../base/tensor.ts";
import { type TensorsLike, tensorsOf } from "../../base/tensors.ts";
import { Buffer } from "./buffer.ts";
import { callForward } from "./call.ts";
import { frozen } from "./frozen.ts";
import { namedMembers } from "./members.ts";
import { inMode, modeChanged, requireReachable } from "./mode.ts";
import type { InputsOf } from "./module-like.ts";
import type { Outputs, OutputsOf, Prediction } from "./outputs.ts";
import { Parameter } from "./parameter.ts";
import { type InputSpecs, inputKinds } from "./input-kinds.ts";
import { type CompileOptions, type Compiled, type CompiledWithState, compile } from "./compile.ts";
import { forwardProgram, predictRows, predictRowsAsync, requireTensors } from "./run.ts";
import { loadRandomStateInto, randomStateOf } from "./random-state.ts";
import { ProgramCache } from "./program-cache.ts";
import { copyOf, joinNames, matched, misfit, parametersIn, stateOf } from "./state.ts";
import { summarize } from "./summary.ts";
import type { SIZES, Size, Sized } from "./sized.ts";

const KIND_OF_MODULES = new Kind("a module");
type BatchOptions = Readonly<{ batchSize?: number }>;
const PREDICT_DEFAULTS = { batchSize: 256 };

/**
 * A layer or model: parameters, submodules, and `forward`, which describes the output for given inputs.
 * A custom layer extends this class and implements `forward` with functions of `ops`. Parameters and submodules must be
 * properties of it, or elements of arrays that are properties.
 */
export abstract class Module<In extends Size = Size, Out extends Size = Size> implements Sized<In, Out> {
  declare readonly [SIZES]?: { readonly in: In; readonly out: Out };
  readonly #programs = new ProgramCache([this]);
  #training = true;

  /** Names of the inputs of `forward`, in order, so that they can be given by name; of a loss, names of its targets. */
  declare readonly inputNames?: readonly string[];

  /**
   * Describes the output, or several as an object by name, by operations on the inputs, without computing it. A custom layer
   * implements it and applies its sublayers by `call`: their `forward` alone adds no path of the layer to operands and errors.
   */
  abstract forward(...inputs: readonly Operand[]): Outputs;

  /**
   * Applies this layer in the `forward` of another: checks the input and the result of `forward`, and adds the path of the
   * layer to operands and errors. Must not be overridden.
   * @throws TypeError when the first input is not an operand, or the result of `forward` neither one nor an object of operands
   */
  call<M extends Module>(this: M, ...inputs: InputsOf<M["forward"]>): OutputsOf<M> {
    return callForward(this, inputs) as OutputsOf<M>;
  }

  /** Whether the module is in training mode; train() and eval() set it on the whole tree. */
  get training(): boolean {
    requireReachable(this);
    return this.#training;
  }

  set training(training: boolean) {
    if (this.#training !== training) modeChanged();
    this.#training = training;
  }

  /** Programs traced from this module. @internal */
  get programs(): ProgramCache {
    return this.#programs;
  }

  /** A key for anything besides mode and shapes on which the trace depends. Default: "". See `modeChanged`. @internal */
  get variant(): string {
    return "";
  }

  /** Sets training mode, or with `false` evaluation mode, for this module and all submodules. */
  train(mode = true): this {
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  /** Sets evaluation mode for this module and all submodules: dropout is the identity. */
  eval(): this {
    return this.train(false);
  }

  /**
   * Whether trainers learn the parameters of this module and of all submodules: `requiresGrad(false)` freezes them,
   * `requiresGrad()` unfreezes them. Running statistics of frozen layers are still updated in training mode.
   */
  requiresGrad(requiresGrad = true): this {
    for (const parameter of this.parameters()) parameter.requiresGrad = requiresGrad;
    return this;
  }

  /** Submodules that are properties of this module, by name; the name "" adds nothing to paths. */
  namedChildren(): [string, Module][] {
    return namedMembers<Module>(this, Module);
  }

  /**
   * This module, with path "", and all submodules by path.
   * @param ancestors the modules that contain this one
   * @throws TypeError when a module contains itself
   */
  namedModules(prefix = "", ancestors: readonly Module[] = []): [string, Module][] {
    if (ancestors.includes(this)) {
      throw new TypeError(`modules: a module must not contain itself; got "${prefix}" (${this.describe()})`);
    }
    const path = [...ancestors, this];
    const inner = this.namedChildren().flatMap(([name, child]) => child.namedModules(joinNames(prefix, name), path));
    return [[prefix, this], ...inner];
  }

  /** This module and all submodules, each once. */
  modules(): Module[] {
    return [...new Set(this.namedModules().map(([, module]) => module))];
  }

  /** Own parameters, then own buffers, by the names in state dicts. @internal */
  namedState(): [string, Parameter | Buffer<Dtype>][] {
    return [...namedMembers(this, Parameter), ...namedMembers(this, Buffer)];
  }

  /** Every parameter once, by its state name: `0.weight`. */
  namedParameters(): [string, Parameter][] {
    return parametersIn(stateOf(this));
  }

  /** Every parameter once, in the order of the state dict. */
  parameters(): Parameter[] {
    return this.namedParameters().map(([, parameter]) => parameter);
  }

  /** Copies of all parameters and buffers by name, with PyTorch's names and layouts. */
  stateDict(): Record<string, Tensor> {
    return Object.fromEntries(stateOf(this).map(([name, each]) => [name, copyOf(each)]));
  }

  /**
   * Sets all parameters and buffers from a state dict of this library or of PyTorch; it may have passed through JSON,
   * `structuredClone` or `postMessage`.
   * @throws StateDictError when entries are missing, unknown, not tensors, or of other shape or dtype; then nothing changes
   */
  loadStateDict(state: Readonly<Record<string, TensorLike>>): void {
    for (const [own, entry] of matched("loadStateDict", stateOf(this), state, misfit)) own.assign(entry.data);
  }

  /**
   * RNG states of dropout and other random layers, by path. A state dict does not contain them: to resume training with the
   * same masks, save and load both.
   */
  randomState(): Record<string, Tensor<"int32">> {
    return randomStateOf(this);
  }

  /**
   * Sets the RNG states of all random layers from `randomState`.
   * @throws StateDictError when entries are missing, unknown, not tensors, or of other shape or dtype; then nothing changes
   */
  loadRandomState(state: Readonly<Record<string, TensorLike>>): void {
    loadRandomStateInto(this, state);
  }

  /**
   * Computes the output, or each of several by name, in the module's current mode. Programs are cached by input shapes and mode.
   * @throws ShapeError when sizes do not fit, naming the layer
   * @throws TypeError when there is no input, or one is not a tensor
   */
  run<M extends Module>(this: M, ...inputs: readonly TensorLike[]): Prediction<M> {
    const tensors = requireTensors("run", inputs);
    const program = this.#programs.get("run", tensors, () => forwardProgram(this, tensors));
    return program.result("run", tensors) as Prediction<M>;
  }

  /**
   * Computes the output, or each of several by name, in evaluation mode, whatever the current one, for any number of rows.
   * @param inputs one tensor; or several, in the order of `forward` or by the names in `inputNames`, with equal row counts
   * @param options.batchSize rows per batch, at least 1. Default: 256.
   * @throws ShapeError when sizes do not fit, or inputs of several batches give an output without one row per input row
   * @throws TypeError when an input is not a tensor, or an option is unknown
   */
  predict<M extends Module>(this: M, inputs: TensorsLike, options?: BatchOptions): Prediction<M> {
    const given = tensorsOf("predict", "inputs", inputs, this.inputNames);
    // Without options nothing is allocated.
    const filled = options === undefined ? PREDICT_DEFAULTS : withDefaults("predict", options, PREDICT_DEFAULTS);
    return predictRows(this, this.#programs, given, filled.batchSize) as Prediction<M>;
  }

  /** Like `predict`, with a turn of the event loop every 50 ms; rejected if parameters or buffers change meanwhile. */
  async predictAsync<M extends Module>(this: M, inputs: TensorsLike, options?: BatchOptions): Promise<Prediction<M>> {
    const { batchSize } = withDefaults("predictAsync", options ?? {}, PREDICT_DEFAULTS);
    return (await predictRowsAsync(this, this.#programs, inputs, batchSize)) as Prediction<M>;
  }

  /**
   * A function that computes the output in evaluation mode for inputs of fixed shapes, with low overhead: it allocates
   * little besides its result. Later changes of parameters and layers take effect.
   * @param inputs the shape of the only input, as `[1, 784]`; or shapes, tensors or `{ shape, dtype }` of several, in the
   * order of `forward` or by the names in `inputNames`
   * @param options a word is the dtype: `"int32"` is short for `{ dtype: "int32" }`
   * @throws ShapeError when sizes do not fit, naming the layer
   * @throws RangeError when a dtype or a format of weights is unknown, or `keep` has a path that no layer has
   * @throws TypeError when states are to be kept, but no layer has one, or one is bidirectional or used twice
   */
  compile<M extends Module>(
    this: M,
    inputs: InputSpecs,
    options: CompileOptions & { readonly state: "keep" },
  ): CompiledWithState<Prediction<M>>;
  compile<M extends Module>(this: M, inputs: InputSpecs, options?: Dtype | CompileOptions): Compiled<Prediction<M>>;
  compile(inputs: InputSpecs, options: Dtype | CompileOptions = {}): Compiled<unknown> {
    return compile(this, this.#programs, inputs, options);
  }

  /**
   * Times every kernel call of a run in the module's current mode, on one thread; the result prints as a table.
   * @param options.runs timed runs, at least 1. Default: 50.
   */
  profile(inputs: TensorsLike, options: { readonly runs?: number } = {}): Profile {
    const given = tensorsOf("profile", "inputs", inputs, this.inputNames);
    const { runs } = withDefaults("profile", options, { runs: 50 });
    const program = this.#programs.get("run", given, () => forwardProgram(this, given));
    return program.profile(given, runs);
  }

  /**
   * A table of layers, output shapes, parameters and FLOPs, with the memory of a run.
   * @param inputs shapes of inputs, as in `compile`
   */
  summary(inputs: InputSpecs, dtype: Dtype = "float32"): string {
    return summarize(this, inputKinds("summary", inputs, dtype, this.inputNames));
  }

  /** Runs `work` with all modules in a mode, then restores the mode of each. @internal */
  inMode<T>(training: boolean, work: () => T): T {
    return inMode(this, training, work);
  }

  /** Runs `work` as one trace, in which operands and errors carry the path of their layer. @internal */
  trace<T>(work: () => T): T {
    return traced(this.paths(), work);
  }

  /**
   * Labels for errors: `"3" (linear 512 -> 10)` for every submodule, "" for this module.
   * @throws TypeError when one of them overrides `call`
   * @internal
   */
  paths(): Map<Module, string> {
    return new Map(
      this.namedModules().map(([path, module]) => {
        requireCallOfModule(module);
        return [module, path === "" ? "" : `"${path}" (${module.describe()})`];
      }),
    );
  }

  /** The layer in a few words: `linear 512 -> 10`. */
  describe(): string {
    return this.constructor.name;
  }

  /**
   * What the constructor takes to make this module again, with current values: numbers, words, booleans, null, modules,
   * and arrays and objects of these. `io.save` stores it; a class whose constructor has parameters implements it.
   */
  configuration?(): readonly unknown[];

  /** The tree of modules, indented: `describe` of each, and whether its own parameters are frozen. */
  toString(): string {
    const rows = this.namedChildren().map(([name, child]) => [name, String(child)].filter(Boolean).join(": "));
    return [`${this.describe()}${frozen(this)}`, ...rows].join("\n").replaceAll("\n", "\n  ");
  }

  /** What `console.log` prints: the tree of `toString`. */
  [INSPECT](): string {
    return String(this);
  }

  get [KIND](): Kind {
    return KIND_OF_MODULES;
  }
}

/** Requires a module. */
export function requireModule(where: string, what: string, given: unknown): void {
  requireInstance(where, what, given, Module, "a module");
}

/** Refuses a module that overrides `call`, which TypeScript cannot forbid. */
function requireCallOfModule(module: Module): void {
  if (module.call === Module.prototype.call) return;
  throw new TypeError(`${module.describe()}: call must not be overridden, only forward; got an override`);
}
