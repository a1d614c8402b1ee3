import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { exportWasm, writeWasm } from "lanegrad/export";
import type { Network } from "../network.ts";
import { folder } from "../program.ts";
import { fileOf } from "./exported-file.ts";
import { build } from "./lanegrad.ts";
import { HALF_TOLERANCE, INT8_TOLERANCE, type Settings, type Subject } from "./subject.ts";

interface Written {
  readonly predict: (input: Float32Array) => Float32Array;
}

/** A network as one file of `exportWasm`, called by the module that `writeWasm` writes beside it. */
export async function load(settings: Settings): Promise<Subject | string> {
  const { int8, bf16 } = settings;
  const kernels = settings["relaxed"] === true ? "relaxed" : "strict";
  if (kernels === "relaxed" && !WebAssembly.validate(FUSED)) return "this engine has no relaxed SIMD by default";
  const name = fileOf(settings);
  const write = async (network: Network, rows: number, file: string): Promise<string> => {
    const shape = [rows, network.layers[0]!.inputs];
    const weights = int8 === true ? "int8" : bf16 === true ? "bf16" : "float32";
    mkdirSync(folder, { recursive: true });
    await writeWasm(
      fileURLToPath(new URL(`${file}.wasm`, folder)),
      exportWasm(build(network), shape, { kernels, weights }),
    );
    return new URL(`${file}.mjs`, folder).href;
  };
  return {
    ...(int8 === true && { tolerance: INT8_TOLERANCE }),
    ...(bf16 === true && { tolerance: HALF_TOLERANCE }),
    async predict(network, x, rows) {
      const { predict } = (await import(await write(network, rows, `${name}-${rows}`))) as Written;
      return () => predict(x);
    },
    coldstart: {
      program: "exported",
      settings,
      prepare: async (network) => void (await write(network, 1, name)),
      ships: { packages: [], weights: [`${name}.wasm`, `${name}.mjs`] },
    },
  };
}

/** A module of one function, f32x4.relaxed_madd: valid only if the engine has relaxed SIMD. */
const FUSED = Uint8Array.from(
  [
    [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // magic and version
    [1, 8, 1, 0x60, 3, 0x7b, 0x7b, 0x7b, 1, 0x7b], // type: three v128 to one
    [3, 2, 1, 0], // function
    [10, 13, 1, 11, 0, 0x20, 0, 0x20, 1, 0x20, 2, 0xfd, 0x85, 2, 0x0b], // code
  ].flat(),
);
