import { readFileSync } from "node:fs";
import { CommandError } from "../errors.ts";
import { printBytes, printShape } from "../terminal/numbers.ts";
import { pairs } from "../terminal/table.ts";
import type { Shown } from "./shown.ts";

/** A file of lanegrad/export: what its section "lanegrad" says. The module is compiled, and never run. */
export function wasmInfo(path: string): Shown {
  const bytes = readFileSync(path);
  const description = descriptionIn(path, bytes);
  return {
    value: { type: "wasm", file: path, bytes: bytes.length, ...description },
    text: ({ bold }, columns) => {
      const { library, kernels, weights } = description;
      const ports = (["inputs", "outputs"] as const).flatMap((kind) =>
        portsIn(Reflect.get(description, kind)).map((port) => [kind.slice(0, -1), port] as const),
      );
      const facts = [
        ...ports,
        ["weights", String(weights)],
        ["kernels", String(kernels)],
        ["lanegrad", String(library)],
      ] as const;
      return `${bold(path)}: a model of lanegrad/export, ${printBytes(bytes.length)}\n\n${pairs(facts, columns)}`;
    },
  };
}

function descriptionIn(path: string, bytes: Uint8Array<ArrayBuffer>): Readonly<Record<string, unknown>> {
  const refuse = (got: string): never => {
    throw new CommandError(`info: a .wasm file must be one of lanegrad/export; got ${JSON.stringify(path)}, ${got}`);
  };
  if (!WebAssembly.validate(bytes)) return refuse("which is no WebAssembly");
  const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(bytes), "lanegrad");
  if (!section) return refuse('which has no section "lanegrad"');
  try {
    return Object(JSON.parse(new TextDecoder().decode(section)));
  } catch {
    return refuse('whose section "lanegrad" is no JSON');
  }
}

/** `features float32 1 x 27` */
function portsIn(ports: unknown): readonly string[] {
  if (!Array.isArray(ports)) return [];
  return ports.map((port: unknown) => {
    const { name, dtype, shape }: { name?: unknown; dtype?: unknown; shape?: unknown } = Object(port);
    return `${String(name)} ${String(dtype)} ${Array.isArray(shape) ? printShape(shape.map(Number)) : ""}`;
  });
}
