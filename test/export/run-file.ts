/** Runs an exported file as a program without lanegrad does: by its exports and its custom section alone. */

interface Port {
  readonly name: string;
  readonly dtype: "float32" | "int32";
  readonly shape: readonly number[];
}

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly [name: string]: WebAssembly.ExportValue;
}

type Values = Float32Array | Int32Array;

/** A file that is ready to run. */
export class RunningFile {
  readonly description: { readonly inputs: readonly Port[]; readonly outputs: readonly Port[] };
  readonly exports: Exports;
  readonly module: WebAssembly.Module;

  constructor(wasm: Uint8Array<ArrayBuffer>) {
    this.module = new WebAssembly.Module(wasm);
    const [section] = WebAssembly.Module.customSections(this.module, "lanegrad");
    this.description = JSON.parse(new TextDecoder().decode(section)) as RunningFile["description"];
    this.exports = new WebAssembly.Instance(this.module).exports as unknown as Exports;
  }

  /** Writes the inputs, calls `run` or `run_N`, and copies the outputs. @param rows of another batch size */
  run(inputs: readonly ArrayLike<number>[], rows?: number): Values[] {
    this.description.inputs.forEach((port, i) => this.#view("input", port, rows).set(inputs[i] ?? []));
    this.call(rows === undefined ? "run" : `run_${rows}`);
    return this.description.outputs.map((port) => this.#view("output", port, rows).slice());
  }

  call(name: string): void {
    (this.exports[name] as () => void)();
  }

  global(name: string): number {
    return Number((this.exports[name] as WebAssembly.Global).value);
  }

  #view(kind: "input" | "output", { name, dtype, shape }: Port, rows: number | undefined): Values {
    const address = this.global(name === kind ? kind : `${kind}_${name}`);
    const [own = 1, ...rest] = shape;
    const length = rest.reduce((size, extent) => size * extent, rows ?? own);
    const { buffer } = this.exports.memory;
    return dtype === "int32" ? new Int32Array(buffer, address, length) : new Float32Array(buffer, address, length);
  }
}
