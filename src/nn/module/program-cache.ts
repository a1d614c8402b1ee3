import type { Program } from "../../runtime/program.ts";
import { settings } from "../../runtime/settings.ts";
import { type Shape, printShape, sameShape } from "../../base/tensor.ts";
import type { InputKind } from "./input-kinds.ts";
import { modeChanges } from "./mode.ts";
import type { ModuleLike } from "./module-like.ts";
import { Structure } from "./structure.ts";

interface Entry {
  readonly purpose: string;
  readonly program: Program;
  readonly shapes: readonly Shape[];
  /** The count of mode changes at which the modules last had the modes of this program. */
  modesAt: number;
  usedAt: number;
}

/** Instead of a count of mode changes: programs of evaluation mode do not depend on the current modes. */
const EVALUATION = -1;

/**
 * Traced programs by purpose, modes and input shapes. Replacing a module or a parameter drops all of them; the limits of
 * `configure` drop the least recently used ones.
 */
export class ProgramCache {
  readonly #roots: readonly ModuleLike[];
  readonly #entries = new Map<string, Entry>();
  /** The entry used last, and last for each purpose, so that loops over equal batches build no key. */
  #last: Entry | undefined;
  readonly #lastOf = new Map<string, Entry>();
  #structure: Structure | undefined;
  #uses = 0;

  /** @param roots the modules from which programs are traced, submodules included */
  constructor(roots: readonly ModuleLike[]) {
    this.#roots = roots;
  }

  /** The program for `purpose` and inputs of these kinds in the modules' current modes; traced on a miss. */
  get<P extends Program = Program>(purpose: string, inputs: readonly InputKind[], trace: () => P): P {
    // A purpose always has the same kind of program.
    return this.#get(purpose, inputs, modeChanges(), trace) as P;
  }

  /** The program for `purpose` and inputs of these kinds in evaluation mode; traced on a miss. */
  inEvaluation<P extends Program = Program>(purpose: string, inputs: readonly InputKind[], trace: () => P): P {
    return this.#get(purpose, inputs, EVALUATION, trace) as P;
  }

  #get(purpose: string, inputs: readonly InputKind[], modesAt: number, trace: () => Program): Program {
    if (!this.#structure?.isUnchanged()) this.#restart();
    const last = this.#last?.purpose === purpose ? this.#last : this.#lastOf.get(purpose);
    if (last?.modesAt === modesAt && fit(last, inputs)) {
      last.usedAt = ++this.#uses;
      this.#last = last;
      return last.program;
    }
    const followsModes = modesAt !== EVALUATION;
    const known = this.#entries.get(this.#keyOf(purpose, inputs, followsModes));
    const entry = known ?? this.#add(purpose, inputs, followsModes, trace);
    entry.usedAt = ++this.#uses;
    entry.modesAt = followsModes ? modeChanges() : EVALUATION;
    this.#last = entry;
    this.#lastOf.set(purpose, entry);
    if (!known) this.#trim(entry);
    return entry.program;
  }

  #add(purpose: string, inputs: readonly InputKind[], followsModes: boolean, trace: () => Program): Entry {
    const program = followsModes ? trace() : inEvaluation(this.#roots, trace);
    const entry = { purpose, program, shapes: inputs.map(({ shape }) => shape), modesAt: EVALUATION, usedAt: 0 };
    // The key is built after the trace, which may change the variant of a module.
    this.#entries.set(this.#keyOf(purpose, inputs, followsModes), entry);
    return entry;
  }

  /** Drops all programs. */
  clear(): void {
    this.#entries.clear();
    this.#last = undefined;
    this.#lastOf.clear();
  }

  #restart(): void {
    this.clear();
    this.#structure = new Structure(this.#roots);
  }

  /** Drops least recently used programs, but not `used`, until the rest is within the limits. */
  #trim(used: Entry): void {
    const { cachedPrograms, cachedBytes } = settings();
    const isWithin = (): boolean =>
      this.#entries.size <= cachedPrograms && bytesOf(this.#entries.values()) <= cachedBytes;
    if (isWithin()) return;
    for (const [key, entry] of [...this.#entries].toSorted(([, a], [, b]) => a.usedAt - b.usedAt)) {
      if (entry === used || isWithin()) return;
      this.#entries.delete(key);
      if (this.#lastOf.get(entry.purpose) === entry) this.#lastOf.delete(entry.purpose);
    }
  }

  #keyOf(purpose: string, inputs: readonly InputKind[], followsModes: boolean): string {
    const shapes = inputs.map(({ shape, dtype }) => `${dtype} ${printShape(shape)}`).join();
    if (!followsModes) return `${purpose} ${shapes}`;
    const modes = this.#roots
      .flatMap((root) => root.modules())
      .map(({ training, variant }) => (training ? "t" : "e") + variant)
      .join("");
    return `${purpose} ${modes} ${shapes}`;
  }
}

/** Memory of programs; cached constants that they share count once. */
function bytesOf(entries: Iterable<Entry>): number {
  const constants = new Map<object, number>();
  let bytes = 0;
  for (const { program } of entries) {
    bytes += program.heapBytes;
    for (const constant of program.constants) constants.set(constant, constant.bytes);
  }
  for (const each of constants.values()) bytes += each;
  return bytes;
}

function inEvaluation<T>(roots: readonly ModuleLike[], work: () => T): T {
  return roots.reduceRight<() => T>((inner, root) => () => root.inMode(false, inner), work)();
}

function fit({ shapes, program }: Entry, inputs: readonly InputKind[]): boolean {
  if (shapes.length !== inputs.length) return false;
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i];
    if (!input || !sameShape(shapes[i] ?? [], input.shape) || program.inputs[i]?.dtype !== input.dtype) return false;
  }
  return true;
}
