import { Reader } from "./reader.ts";

/** A function of the kernels. */
export interface KernelFunction {
  /** The bytes of its type. */
  readonly type: Uint8Array;
  /** A letter for each parameter: i for i32, f for f32, d for f64. */
  readonly parameters: string;
  readonly results: number;
  /** Locals and instructions. */
  readonly body: Uint8Array;
}

/** Bytes that a module has in memory from the start. */
export interface Data {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** What the compiled kernels consist of. */
export interface KernelModule {
  readonly functions: readonly KernelFunction[];
  /** The index of each exported function. */
  readonly kernels: ReadonlyMap<string, number>;
  readonly data: readonly Data[];
}

const TYPE_LETTERS: Readonly<Record<number, string>> = { 0x7f: "i", 0x7d: "f", 0x7c: "d" };

type FunctionType = Pick<KernelFunction, "type" | "parameters" | "results">;

/**
 * Reads a module that imports nothing but its memory and has neither tables nor globals, as AssemblyScript makes of kernels:
 * stateless functions.
 */
export function readKernels(module: Uint8Array): KernelModule {
  const reader = new Reader(module, 8); // past the magic number and the version
  let types: FunctionType[] = [];
  let typeOf: number[] = [];
  let bodies: Uint8Array[] = [];
  let data: Data[] = [];
  const kernels = new Map<string, number>();
  while (!reader.isAtEnd) {
    const id = reader.byte();
    const section = reader.part();
    if (id === 1) types = section.list(() => typeIn(section));
    else if (id === 3) typeOf = section.list(() => section.unsigned());
    else if (id === 7) {
      section.list(() => {
        const name = section.name();
        const kind = section.byte();
        const index = section.unsigned();
        if (kind === 0) kernels.set(name, index);
      });
    } else if (id === 10) bodies = section.list(() => section.bytes(section.unsigned()));
    else if (id === 11) data = section.list(() => dataIn(section));
    else if (id === 4 || id === 6 || id === 8 || id === 9) {
      throw new Error(`wasm: kernels must have no tables, globals or start; got section ${id}`);
    }
  }
  const functions = bodies.map((body, i): KernelFunction => {
    const type = types[typeOf[i] ?? -1];
    if (!type) throw new Error(`wasm: every function must have a type; got none for function ${i}`);
    return { ...type, body };
  });
  return { functions, kernels, data };
}

function typeIn(section: Reader): FunctionType {
  const start = section.at;
  section.byte(); // the form: a function
  const parameters = section.list(() => TYPE_LETTERS[section.byte()] ?? "?").join("");
  const results = section.list(() => section.byte()).length;
  const length = section.at - start;
  section.at = start;
  return { type: section.bytes(length), parameters, results };
}

function dataIn(section: Reader): Data {
  section.byte(); // active, in memory 0
  section.byte(); // i32.const
  const address = section.signed();
  section.byte(); // end
  return { address, bytes: section.bytes(section.unsigned()) };
}
