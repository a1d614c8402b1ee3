import { INSPECT } from "../base/inspect.ts";
import { printAmount, printTable } from "../base/print.ts";
import { printShape } from "../base/tensor.ts";
import type { Description, Port } from "./description.ts";
import { type Host, glue, requireFileName, requireHost, types } from "./glue.ts";
import type { Layout } from "./layout.ts";
import type { LinkedModule } from "./wasm/link.ts";

/** A model as one WebAssembly module. */
export class Exported {
  /** The bytes of the file. */
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** What the file says of itself. */
  readonly description: Description;
  readonly #sizes: readonly (readonly [what: string, bytes: number, of: string])[];

  /** @internal */
  constructor(description: Description, { wasm, codeBytes, functions }: LinkedModule, layout: Layout) {
    this.wasm = wasm;
    this.description = description;
    const weights = layout.weights.reduce((sum, { bytes }) => sum + bytes.length, 0);
    this.#sizes = [
      ["code", codeBytes, `${functions} ${functions === 1 ? "function" : "functions"}, ${description.kernels} kernels`],
      ["weights", weights, formats(description)],
      ["rest of the file", wasm.length - codeBytes - weights, "names, shapes, constants of kernels"],
      ["file", wasm.length, ""],
      ["memory of a run", layout.memory, `${printAmount(layout.scratch, "B")} for intermediate results`],
    ];
  }

  /**
   * The source text of an ES module that loads the file in one host and exports `predict`. `writeWasm` writes it.
   * @param file the name of the .wasm file, in the directory of the module. Default: "model.wasm".
   * @throws RangeError when the host is not one of those, or the name does not end in ".wasm"
   */
  module(host: Host, file = "model.wasm"): string {
    requireHost("module", host);
    requireFileName("module", file);
    return glue(host, this.description, { file, bytes: this.wasm });
  }

  /** The types of that module, for a file that ends in ".d.ts". They are the same for every host. */
  get types(): string {
    return types(this.description);
  }

  /** A table of sizes, after a line for each input and output. */
  toString(): string {
    const { inputs, outputs, runs } = this.description;
    const ports = [...inputs.map((port) => print("input", port)), ...outputs.map((port) => print("output", port))];
    const sizes = runs.length > 1 ? [`batch sizes: ${runs.map(({ batch }) => batch).join(", ")}`] : [];
    const rows = this.#sizes.map(([what, bytes, of]) => [what, printAmount(bytes, "B"), of]);
    return [...ports, ...sizes, printTable(["part", "size", ""], rows)].join("\n");
  }

  [INSPECT](): string {
    return String(this);
  }
}

function formats({ weights }: Description): string {
  return weights === "float32" ? weights : `${weights} of products, others float32`;
}

/** `input float32 [1, 784]` */
function print(kind: string, { name, dtype, shape }: Port): string {
  return `${kind}${name === kind ? "" : ` ${name}`}: ${dtype} ${printShape(shape)}`;
}
