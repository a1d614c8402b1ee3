import type { Dtype } from "../../base/tensor.ts";
import type { Operand } from "../../graph/operand.ts";
import type { Buffer } from "./buffer.ts";
import type { Outputs } from "./outputs.ts";
import type { Parameter } from "./parameter.ts";

/** The interface of `Module` that tracing, summaries, states and program caches use. */
export interface ModuleLike {
  readonly inputNames?: readonly string[];
  readonly training: boolean;
  readonly variant: string;
  call(...inputs: readonly Operand[]): Outputs;
  forward(...inputs: readonly (Operand | undefined)[]): Outputs;
  describe(): string;
  namedChildren(): readonly (readonly [string, ModuleLike])[];
  namedModules(): readonly (readonly [string, ModuleLike])[];
  modules(): readonly ModuleLike[];
  namedState(): readonly (readonly [string, Parameter | Buffer<Dtype>])[];
  parameters(): readonly Parameter[];
  inMode<T>(training: boolean, work: () => T): T;
  trace<T>(work: () => T): T;
  paths(): ReadonlyMap<ModuleLike, string>;
}

/** The types of the inputs of `forward`. */
export type InputsOf<Forward> = Forward extends (
  ...inputs: infer Inputs extends readonly (Operand | undefined)[]
) => Outputs
  ? Inputs
  : readonly Operand[];
