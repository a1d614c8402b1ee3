import { requireInstance, requireKnown } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { traced } from "../../graph/scope.ts";
import { INSPECT } from "../../base/inspect.ts";
import { KIND, Kind } from "../../base/kind.ts";
import type { Profile } from "../../runtime/profile.ts";
import { type Dtype, type Tensor, type TensorLike, printShape, sameShape } from "../../base/tensor.ts";
import { type Tensors, tensorsOf } from "../../base/tensors.ts";
import { Buffer } from "./buffer.ts";
import { callForward } from "./call.ts";
import { namedMembers } from "./members.ts";
import { modeChanged, requireModeAtHand } from "./mode.ts";
import type { InputsOf } from "./module-like.ts";
import { Parameter } from "./parameter.ts";
import { type InputSpecs, inputKinds } from "./input-kinds.ts";
import { type Compiled, compile, forwardProgram, predictRows, requireTensors } from "./run.ts";
import { loadRandomStateInto, randomStateOf } from "./random-state.ts";
import { ProgramCache } from "./program-cache.ts";
import { copyOf, joinNames, matched, stateOf } from "./state.ts";
import { summarize } from "./summary.ts";
import type { SIZES, Size, Sized } from "./sized.ts";

const KIND_OF_MODULES = new Kind("a module");

/**
 * A piece of a model: parameters, submodules, and how they turn inputs into an output.
 * A layer of your own extends it and writes `forward` with functions of `ops`; parameters and submodules are the
 * properties that hold them, alone or in an array.
 */
export abstract class Module<In extends Size = Size, Out extends Size = Size> implements Sized<In, Out> {
  declare readonly [SIZES]?: { readonly in: In; readonly out: Out };
  readonly #programs = new ProgramCache([this]);
  #training = true;

  /** The names of the inputs of `forward`, in order, for whoever gives them by name; of a loss, those of its targets. */
  declare readonly inputNames?: readonly string[];

  /**
   * Describes the output by operations on the inputs; nothing is computed here. A layer of your own defines it, and applies
   * the layers that it holds by `call`: their `forward` alone gives the same result, but operands and errors do not know
   * which layer they belong to.
   */
  abstract forward(...inputs: readonly Operand[]): Operand;

  /**
   * Applies this layer in the `forward` of another: checks the input and what `forward` returns, and lets operands and
   * errors know the layer. It is not to be overridden.
   * @throws TypeError when the first input or what `forward` returns is no operand
   */
  call(...inputs: InputsOf<this["forward"]>): Operand {
    return callForward(this, inputs);
  }

  /** True while the module is traced for training; set on the whole tree by train() and eval(). */
  get training(): boolean {
    requireModeAtHand(this);
    return this.#training;
  }

  set training(training: boolean) {
    if (this.#training !== training) modeChanged();
    this.#training = training;
  }

  /** Programs that were traced from this module. @internal */
  get programs(): ProgramCache {
    return this.#programs;
  }

  /** What its trace follows from beside mode and shapes, in a word; "" where nothing does. See `modeChanged`. @internal */
  get variant(): string {
    return "";
  }

  /** Training mode on (or off) for this module and all in it. */
  train(mode = true): this {
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  /** Evaluation mode for this module and all in it: dropout passes everything through. */
  eval(): this {
    return this.train(false);
  }

  /**
   * Whether trainers learn the parameters of this module and of all in it: `requiresGrad(false)` freezes them,
   * `requiresGrad()` thaws them. Layers that follow the data, as running means do, go on in training mode.
   */
  requiresGrad(requiresGrad = true): this {
    for (const parameter of this.parameters()) parameter.requiresGrad = requiresGrad;
    return this;
  }

  /** The submodules that are properties of this module, by name; one named "" has its own under this module's path. */
  namedChildren(): [string, Module][] {
    return namedMembers<Module>(this, Module);
  }

  /**
   * This module and all in it, by their paths; its own is "".
   * @param holders the modules that it is in
   * @throws TypeError when a module is in itself
   */
  namedModules(prefix = "", holders: readonly Module[] = []): [string, Module][] {
    if (holders.includes(this)) {
      throw new TypeError(`modules: none may hold itself or one that it is in; got "${prefix}" (${this.describe()})`);
    }
    const around = [...holders, this];
    const inner = this.namedChildren().flatMap(([name, child]) => child.namedModules(joinNames(prefix, name), around));
    return [[prefix, this], ...inner];
  }

  /** This module and all in it. */
  modules(): Module[] {
    return [...new Set(this.namedModules().map(([, module]) => module))];
  }

  /** The parameters, then the buffers, that are properties of this module, by the names under which they are saved. @internal */
  namedState(): [string, Parameter | Buffer<Dtype>][] {
    return [...namedMembers(this, Parameter), ...namedMembers(this, Buffer)];
  }

  /** Every parameter once, by its state name: `0.weight`. */
  namedParameters(): [string, Parameter][] {
    const seen = new Set<Parameter>();
    return stateOf(this).filter(
      (entry): entry is [string, Parameter] =>
        entry[1] instanceof Parameter && !seen.has(entry[1]) && seen.add(entry[1]) !== undefined,
    );
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
   * Sets all parameters and buffers from what `stateDict` gave, here, in another copy of the library or in PyTorch; it may
   * have gone through JSON, `structuredClone` or `postMessage`.
   * @throws StateDictError when entries are missing, left over, no tensors, or of another shape or dtype; nothing is changed
   * then
   */
  loadStateDict(state: Readonly<Record<string, TensorLike>>): void {
    for (const [own, entry] of matched("loadStateDict", stateOf(this), state, misfit)) own.assign(entry.data);
  }

  /**
   * Where the draws of dropout and its relatives stand, by path: what a state dict lacks for a training to go on with the
   * masks that it would have had. Save both, and load both.
   */
  randomState(): Record<string, Tensor<"int32">> {
    return randomStateOf(this);
  }

  /**
   * Lets layers go on drawing where `randomState` said.
   * @throws StateDictError when entries are missing, left over, no tensors, or of another shape or dtype; nothing is changed
   * then
   */
  loadRandomState(state: Readonly<Record<string, TensorLike>>): void {
    loadRandomStateInto(this, state);
  }

  /**
   * Computes the output in the module's current mode. Programs are cached by input shapes and mode.
   * @throws ShapeError when sizes do not fit, naming the layer
   * @throws TypeError when there is no input, or one is not a tensor
   */
  run(...inputs: readonly Tensor[]): Tensor<"float32"> {
    const tensors = requireTensors("run", inputs);
    const program = this.#programs.get("run", tensors, () => forwardProgram(this, tensors));
    return program.run(tensors)[0] as Tensor<"float32">;
  }

  /**
   * Computes the output in evaluation mode, whatever the current one, for any number of rows.
   * @param inputs one tensor; or several, in the order of `forward` or by the names in `inputNames`, with as many rows each
   * @param options.batchSize rows that are computed at a time, at least 1. Default: 256.
   * @throws ShapeError when sizes do not fit, or the output of several batches has not a row for each of their rows
   * @throws TypeError when an input is not a tensor, or an option is unknown
   */
  predict(inputs: Tensors, options: { readonly batchSize?: number } = {}): Tensor<"float32"> {
    const given = tensorsOf("predict", "inputs", inputs, this.inputNames);
    requireKnown("predict", options, ["batchSize"]);
    return predictRows(this, this.#programs, given, options.batchSize ?? 256);
  }

  /**
   * What computes the output in evaluation mode for inputs of one shape, fast to call: it allocates its result and little
   * else. It follows later changes of parameters and layers.
   * @param inputs the shape of the only input, as `[1, 784]`; or shapes, tensors or `{ shape, dtype }` of several, in the
   * order of `forward` or by the names in `inputNames`
   * @param dtype of inputs that do not say theirs. Default: "float32".
   * @throws ShapeError when sizes do not fit, naming the layer
   */
  compile(inputs: InputSpecs, dtype: Dtype = "float32"): Compiled {
    return compile(this, this.#programs, inputKinds("compile", inputs, dtype, this.inputNames));
  }

  /** Times every kernel call of a run in the module's current mode, on one thread; print what it gives. */
  profile(inputs: Tensors, options: { readonly runs?: number } = {}): Profile {
    const given = tensorsOf("profile", "inputs", inputs, this.inputNames);
    requireKnown("profile", options, ["runs"]);
    const program = this.#programs.get("run", given, () => forwardProgram(this, given));
    return program.profile(given, options.runs);
  }

  /**
   * A table of layers, output shapes, parameters and FLOPs, and what memory a run takes.
   * @param inputs what inputs look like, as in `compile`
   */
  summary(inputs: InputSpecs, dtype: Dtype = "float32"): string {
    return summarize(this, inputKinds("summary", inputs, dtype, this.inputNames));
  }

  /** Runs `work` with all modules in a mode, and leaves each as it was. @internal */
  inMode<T>(training: boolean, work: () => T): T {
    const before = this.modules().map((module) => [module, module.training] as const);
    this.train(training);
    try {
      return work();
    } finally {
      for (const [module, was] of before) module.training = was;
    }
  }

  /** Runs `work` as one trace, in which operands and errors know the path of their layer. @internal */
  trace<T>(work: () => T): T {
    return traced(this.paths(), work);
  }

  /**
   * `"3" (linear 512 -> 10)` for every module but this one.
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

  /** What `describe` says, whether its own parameters are frozen, and below it, further in, the modules that it holds. */
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

/** ` (frozen)` where no parameter of a module itself is learned, ` (partly frozen)` where some are not. */
function frozen(module: Module): string {
  const parameters = namedMembers(module, Parameter);
  const learned = parameters.filter(([, { requiresGrad }]) => requiresGrad).length;
  if (learned === parameters.length) return "";
  return learned === 0 ? " (frozen)" : " (partly frozen)";
}

/** Refuses what is no module. */
export function requireModule(where: string, what: string, given: unknown): void {
  requireInstance(where, what, given, Module, "a module");
}

/** Refuses a module that overrides `call`, which types cannot forbid. */
function requireCallOfModule(module: Module): void {
  if (module.call === Module.prototype.call) return;
  throw new TypeError(
    `${module.describe()}: call must be that of nn.Module, and forward what a layer defines; got another`,
  );
}

/** How an entry of a state is not what belongs there. */
function misfit({ shape, dtype }: Parameter | Buffer<Dtype>, entry: Tensor): string | undefined {
  if (entry.dtype !== dtype) return `${entry.dtype} where ${dtype}`;
  return sameShape(entry.shape, shape) ? undefined : `${printShape(entry.shape)} where ${printShape(shape)}`;
}
