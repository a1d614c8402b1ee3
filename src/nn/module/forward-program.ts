import type { Tensor } from "../../base/tensor.ts";
import type { Input, Operand } from "../../graph/operand.ts";
import { effectsOfTrace } from "../../graph/scope.ts";
import { Program } from "../../runtime/program.ts";
import { type Outputs, namesOf, operandsOf } from "./outputs.ts";

/** What a model gives: the tensor of its output, or the tensors of several by name. */
export type Result = Tensor<"float32"> | Readonly<Record<string, Tensor<"float32">>>;

/** A program for the outputs of a module, made as part of the trace that described them. */
export class ForwardProgram extends Program {
  /** Names of outputs; undefined if there is one without a name. */
  readonly #names: readonly string[] | undefined;

  constructor(inputs: readonly Input[], outputs: Outputs) {
    super(inputs, operandsOf(outputs), effectsOfTrace());
    this.#names = namesOf(outputs);
  }

  /** Runs the program and copies its outputs. @param where the name of the caller in errors */
  result(where: string, inputs: readonly Tensor[]): Result {
    this.execute(inputs, where);
    if (this.#names === undefined) return this.#copy(this.outputs[0] as Operand);
    return Object.fromEntries(this.#names.map((name, i) => [name, this.#copy(this.outputs[i] as Operand)]));
  }

  #copy(output: Operand): Tensor<"float32"> {
    return this.copyOf(output) as Tensor<"float32">;
  }
}
