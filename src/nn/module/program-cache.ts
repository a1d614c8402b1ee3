import { settings } from "../../runtime/settings.ts";
import type { Program } from "../../runtime/program.ts";
import { type Shape, printShape, sameShape } from "../../base/tensor.ts";
import type { InputKind } from "./input-kinds.ts";
import { modeChanges } from "./mode.ts";
import type { Module } from "./module.ts";
import { Structure } from "./structure.ts";

/**
 * Programs that were traced already, by purpose, modes and input shapes. All are dropped when a module or a parameter was
 * replaced; the least recently used ones when there are more than `configure` allows.
 */
export class ProgramCache<P extends Program = Program> {
  readonly #followsModes: boolean;
  readonly #known = new Map<string, P>();
  #structure: Structure | undefined;
  /** The last answer, so that a loop over equal batches asks for nothing. */
  #last: { purpose: string; shapes: readonly Shape[]; changes: number; program: P } | undefined;

  /** @param mode whether programs are those of the current modes of all modules, or always those of evaluation */
  constructor(mode: "current" | "evaluation" = "current") {
    this.#followsModes = mode === "current";
  }

  /** The program for `purpose` on inputs like these, for the modules in `roots` as they are now; traced where it is new. */
  get(purpose: string, roots: readonly Module[], inputs: readonly InputKind[], trace: () => P): P {
    if (!this.#structure?.holds()) this.#restart(roots);
    const changes = this.#followsModes ? modeChanges() : 0;
    const last = this.#last;
    if (last && last.purpose === purpose && last.changes === changes && fit(last.shapes, last.program, inputs)) {
      return last.program;
    }
    const key = this.#keyOf(purpose, roots, inputs);
    const known = this.#known.get(key);
    const program = known ?? (this.#followsModes ? trace() : inEvaluation(roots, trace));
    this.#known.delete(key);
    // A trace may tell a module what its variant follows from: the key is worked out again.
    this.#known.set(known ? key : this.#keyOf(purpose, roots, inputs), program);
    if (!known) this.#trim();
    this.#last = {
      purpose,
      shapes: inputs.map((input) => input.shape),
      changes: this.#followsModes ? modeChanges() : 0,
      program,
    };
    return program;
  }

  #restart(roots: readonly Module[]): void {
    this.#known.clear();
    this.#last = undefined;
    this.#structure = new Structure(roots);
  }

  /** Drops the least recently used programs until the rest is within the limits. */
  #trim(): void {
    const { cachedPrograms, cachedBytes } = settings();
    for (const key of this.#known.keys()) {
      if (this.#known.size <= cachedPrograms && bytesOf(this.#known.values()) <= cachedBytes) return;
      if (this.#known.size === 1) return; // the one that was just asked for
      this.#known.delete(key);
    }
  }

  #keyOf(purpose: string, roots: readonly Module[], inputs: readonly InputKind[]): string {
    const shapes = inputs.map(({ shape, dtype }) => `${dtype} ${printShape(shape)}`).join();
    if (!this.#followsModes) return `${purpose} ${shapes}`;
    const modes = roots
      .flatMap((root) => root.modules())
      .map(({ training, variant }) => (training ? "t" : "e") + variant)
      .join("");
    return `${purpose} ${modes} ${shapes}`;
  }
}

/** What programs hold in memory, with cached constants that they share counted once. */
function bytesOf(programs: Iterable<Program>): number {
  const constants = new Map<object, number>();
  let bytes = 0;
  for (const program of programs) {
    bytes += program.heapBytes;
    for (const constant of program.constants) constants.set(constant, constant.bytes);
  }
  for (const each of constants.values()) bytes += each;
  return bytes;
}

function inEvaluation<T>(roots: readonly Module[], work: () => T): T {
  return roots.reduceRight<() => T>((inner, root) => () => root.inMode(false, inner), work)();
}

function fit(shapes: readonly Shape[], program: Program, inputs: readonly InputKind[]): boolean {
  if (shapes.length !== inputs.length) return false;
  return inputs.every(
    (input, i) => sameShape(shapes[i] ?? [], input.shape) && program.inputs[i]?.dtype === input.dtype,
  );
}
