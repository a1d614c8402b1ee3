import type { Program } from "../runtime/program.ts";
import { type Shape, type Tensor, sameShape } from "../tensor.ts";
import { modeChanges } from "./mode.ts";
import type { Module } from "./module.ts";

/** Programs that were traced already, by purpose, mode and input shapes. */
export class ProgramCache {
  readonly #known = new Map<string, Program>();
  /** The last answer, so that a loop over equal batches asks for nothing. */
  #last: { purpose: string; shapes: readonly Shape[]; changes: number; program: Program } | undefined;

  /** The program for `purpose` on inputs like these in the current modes of `roots` and all in them; traced where it is new. */
  get(purpose: string, roots: readonly Module[], inputs: readonly Tensor[], trace: () => Program): Program {
    const last = this.#last;
    if (last && last.purpose === purpose && last.changes === modeChanges() && fit(last.shapes, last.program, inputs)) {
      return last.program;
    }
    const known = this.#known.get(keyOf(purpose, roots, inputs));
    const program = known ?? trace();
    // Asked for again: a trace may tell a module what its variant follows from.
    if (!known) this.#known.set(keyOf(purpose, roots, inputs), program);
    this.#last = { purpose, shapes: inputs.map((input) => input.shape), changes: modeChanges(), program };
    return program;
  }
}

function fit(shapes: readonly Shape[], program: Program, inputs: readonly Tensor[]): boolean {
  if (shapes.length !== inputs.length) return false;
  return inputs.every(
    (input, i) => sameShape(shapes[i] ?? [], input.shape) && program.inputs[i]?.dtype === input.dtype,
  );
}

function keyOf(purpose: string, roots: readonly Module[], inputs: readonly Tensor[]): string {
  const mode = roots
    .flatMap((root) => root.modules())
    .map(({ training, variant }) => (training ? "t" : "e") + variant)
    .join("");
  return `${purpose} ${mode} ${inputs.map(String).join()}`;
}
