import { requireOneOf } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import { type Dtype, type Tensor, printShape } from "../../base/tensor.ts";
import { type TensorsLike, tensorsOf } from "../../base/tensors.ts";
import { KeptState, withKeptState } from "../recurrent/kept-state.ts";
import type { ForwardProgram } from "./forward-program.ts";
import { type InputSpecs, inputKinds } from "./input-kinds.ts";
import type { ModuleLike } from "./module-like.ts";
import type { ProgramCache } from "./program-cache.ts";
import { forwardProgram } from "./run.ts";
import { type WeightOptions, requireWeightOptions, weightsOf } from "./weights.ts";

export interface CompileOptions extends WeightOptions {
  /** The dtype of inputs without one. Default: "float32". */
  readonly dtype?: Dtype;
  /**
   * `keep` lets recurrent layers without an initial state begin with their final state of the call before, at first zeros;
   * `reset()` of the function sets it to zeros. Default: "zero".
   */
  readonly state?: "zero" | "keep";
}

const DEFAULTS = { dtype: "float32", weights: "float32", keep: [], state: "zero" } as const;

/** Computes the output, or each of several by name, in evaluation mode for inputs of fixed shapes and dtypes. */
export type Compiled<Out = Tensor<"float32">> = (inputs: TensorsLike) => Out;

/** A compiled function of a model whose recurrent layers continue from call to call. */
export interface CompiledWithState<Out = Tensor<"float32">> extends Compiled<Out> {
  /** Sets the states to zeros: the next call begins new sequences. */
  reset(): void;
}

/** How many functions have states of their own. */
let keeping = 0;

/** A function that computes the output of a module in evaluation mode. */
export function compile<Out>(
  module: ModuleLike,
  programs: ProgramCache,
  inputs: InputSpecs,
  options: Dtype | CompileOptions,
): Compiled<Out> {
  const where = "compile";
  const given = typeof options === "string" ? { dtype: options } : options;
  const { dtype, state, ...weights } = withDefaults(where, given, DEFAULTS);
  const kinds = inputKinds(where, inputs, dtype, module.inputNames);
  requireWeightOptions(where, weights);
  requireOneOf(where, "state", state, ["zero", "keep"]);
  const kept = state === "keep" ? new KeptState() : undefined;
  const fixed = { ...weights, keep: [...weights.keep], ...(kept && { states: ++keeping }) };
  const purpose = `compile ${kinds.map(({ shape }) => printShape(shape)).join()} ${JSON.stringify(fixed)}`;
  const described = (): ForwardProgram => forwardProgram(module, kinds, weightsOf(where, module, weights));
  const trace = kept ? (): ForwardProgram => withKeptState(kept, described) : described;
  const program = (): ForwardProgram => programs.inEvaluation(purpose, kinds, trace);
  program();
  const compiled: Compiled<Out> = (tensors) =>
    program().result(where, tensorsOf(where, "inputs", tensors, module.inputNames)) as Out;
  if (!kept) return compiled;
  kept.requireSome(where);
  return Object.assign(compiled, { reset: () => kept.reset() });
}
