import { type Bytes, counted, float, joined, lengthOf, list, name, section, signed, unsigned } from "./bytes.ts";
import { callsIn } from "./instructions.ts";
import type { Data, KernelFunction, KernelModule } from "./kernel-module.ts";

/** A kernel call with its numbers, addresses among them. */
export interface KernelCall {
  readonly kernel: string;
  readonly values: readonly number[];
}

/** A step of an exported function: a kernel call, or bytes that are set to 0 or copied. */
export type Action =
  | KernelCall
  | { readonly clear: number; readonly bytes: number }
  | { readonly copy: number; readonly to: number; readonly bytes: number };

/** What a linked module holds. */
export interface Linked {
  /** Exported functions without parameters and results. */
  readonly functions: Readonly<Record<string, readonly Action[]>>;
  /** Exported constants. */
  readonly globals: Readonly<Record<string, number>>;
  readonly data: readonly Data[];
  /** Bytes of memory. */
  readonly memory: number;
  /** Custom sections by name. */
  readonly custom?: Readonly<Record<string, string>>;
}

/** A module, the bytes of its code, and the number of kernel functions in it. */
export interface LinkedModule {
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly codeBytes: number;
  readonly functions: number;
}

const PAGE = 65536;
const I32 = 0x7f;
const END = 0x0b;
const NOTHING_TO_NOTHING = Uint8Array.of(0x60, 0, 0);
const CONSTANTS: Readonly<Record<string, (value: number) => Bytes>> = {
  i: (value) => constant(value),
  f: (value) => [0x43, float(value, 32)],
  d: (value) => [0x44, float(value, 64)],
};

/**
 * Makes a module that imports nothing: its functions call kernels, of which it holds those that are reached, on a memory of its
 * own. Exports: the functions, the constants and `memory`.
 */
export function link(kernels: KernelModule, { functions, globals, data, memory, custom = {} }: Linked): LinkedModule {
  const bodies = Object.values(functions);
  const roots = bodies.flat().flatMap((action) => ("kernel" in action ? [indexOf(kernels, action.kernel)] : []));
  const reached = reachable(kernels.functions, roots);
  const position = new Map(reached.map((index, i) => [index, i]));
  const types = new Types();
  const typeOf = [...reached.map((index) => functionAt(kernels, index).type), ...bodies.map(() => NOTHING_TO_NOTHING)];
  const typeIndices = typeOf.map((type) => types.indexOf(type));
  const code = [
    ...reached.map((index) => renumbered(functionAt(kernels, index).body, position)),
    ...bodies.map((actions) => bodyOf(kernels, actions, position)),
  ];
  const pages = Math.ceil(memory / PAGE);
  const exported = [
    [name("memory"), 2, 0],
    ...Object.keys(functions).map((each, i) => [name(each), 0, unsigned(reached.length + i)]),
    ...Object.keys(globals).map((each, i) => [name(each), 3, unsigned(i)]),
  ];
  const all = [...kernels.data, ...data];
  const codeSection = section(10, list(code.map(counted)));
  const wasm = joined([
    [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // magic number and version
    Object.entries(custom).map(([title, text]) => section(0, [name(title), new TextEncoder().encode(text)])),
    section(1, list(types.all)),
    section(3, list(typeIndices.map(unsigned))),
    section(5, list([[1, unsigned(pages), unsigned(pages)]])),
    section(6, list(Object.values(globals).map((value) => [I32, 0, constant(value), END]))),
    section(7, list(exported)),
    codeSection,
    section(11, list(all.map(({ address, bytes }) => [0, constant(address), END, counted(bytes)]))),
  ]);
  return { wasm, codeBytes: lengthOf(codeSection), functions: reached.length };
}

/** The types of functions, each once. */
class Types {
  readonly all: Uint8Array[] = [];
  readonly #known = new Map<string, number>();

  indexOf(type: Uint8Array): number {
    const key = type.join();
    const known = this.#known.get(key) ?? this.all.length;
    if (known === this.all.length) this.all.push(type);
    this.#known.set(key, known);
    return known;
  }
}

function constant(value: number): Bytes {
  return [0x41, signed(value)];
}

function indexOf({ kernels }: KernelModule, kernel: string): number {
  const index = kernels.get(kernel);
  if (index === undefined) throw new Error(`wasm: kernels must be exported by the kernels' module; got ${kernel}`);
  return index;
}

function functionAt({ functions }: KernelModule, index: number): KernelFunction {
  const found = functions[index];
  if (!found) throw new Error(`wasm: calls must be of functions of the module; got function ${index}`);
  return found;
}

/** The functions that are called from `roots`, themselves included, in the order of the module. */
function reachable(functions: readonly KernelFunction[], roots: readonly number[]): number[] {
  const seen = new Set(roots);
  for (const index of seen)
    for (const { callee } of callsIn(functions[index]?.body ?? Uint8Array.of(0))) seen.add(callee);
  return [...seen].toSorted((a, b) => a - b);
}

/** A body whose calls have the new positions of functions. */
function renumbered(body: Uint8Array, position: ReadonlyMap<number, number>): Bytes {
  const pieces: Bytes[] = [];
  let at = 0;
  for (const { start, end, callee } of callsIn(body)) {
    pieces.push(body.subarray(at, start), unsigned(position.get(callee) ?? 0));
    at = end;
  }
  return [...pieces, body.subarray(at)];
}

/** A function without locals that takes these steps. */
function bodyOf(kernels: KernelModule, actions: readonly Action[], position: ReadonlyMap<number, number>): Bytes {
  return [0, actions.map((action) => instructionsOf(kernels, action, position)), END];
}

function instructionsOf(kernels: KernelModule, action: Action, position: ReadonlyMap<number, number>): Bytes {
  if ("clear" in action) return [constant(action.clear), constant(0), constant(action.bytes), 0xfc, 11, 0];
  if ("copy" in action) return [constant(action.to), constant(action.copy), constant(action.bytes), 0xfc, 10, 0, 0];
  const index = indexOf(kernels, action.kernel);
  const { parameters, results } = functionAt(kernels, index);
  // Kernels that share their work among threads take the part and the number of parts last: here the only one.
  const own = action.values.length;
  const values = own === parameters.length ? action.values : [...action.values, 0, 1];
  if (values.length !== parameters.length) {
    throw new Error(`wasm: ${action.kernel} must be given ${parameters.length} numbers; got ${own}`);
  }
  const pushed = values.map((value, i) => CONSTANTS[parameters[i] ?? ""]?.(value) ?? []);
  return [pushed, 0x10, unsigned(position.get(index) ?? 0), Array<number>(results).fill(0x1a)];
}
