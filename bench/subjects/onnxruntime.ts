import { WEIGHTS } from "../coldstart/job.ts";
import process from "node:process";
import { matmulModel, networkModel } from "./onnx/model.ts";
import { quantizedModel } from "./onnx/quantized.ts";
import { requirePeer } from "./peers.ts";
import { INT8_TOLERANCE, type Subject } from "./subject.ts";

interface Tensor {
  readonly data: Float32Array;
}

interface Session {
  run(inputs: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<"y", Tensor>>>;
}

/** The types of onnxruntime-common that are used here. */
export interface Runtime {
  readonly env: { readonly wasm: { numThreads: number } };
  readonly Tensor: new (type: "float32", data: Float32Array, shape: readonly number[]) => Tensor;
  readonly InferenceSession: {
    create(model: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<Session>;
  };
}

/** The files that a process on this platform loads beside JavaScript. */
const NATIVE = {
  "onnxruntime-node": ["libonnxruntime.so.1", "onnxruntime_binding.node"].map(
    (file) => `onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}/${file}`,
  ),
  "onnxruntime-web": ["wasm", "mjs"].map((ending) => `onnxruntime-web/dist/ort-wasm-simd-threaded.${ending}`),
};

/** Matrix products and inference, or inference with integers of 8 bits; onnxruntime cannot train. `onnx/` writes the models. */
export function onnxruntime(name: keyof typeof NATIVE, threads: number, int8 = false): Subject {
  const { env, Tensor, InferenceSession } = requirePeer(name) as Runtime;
  env.wasm.numThreads = threads;
  const provider = name === "onnxruntime-node" ? "cpu" : "wasm";
  const options = { executionProviders: [provider], intraOpNumThreads: threads, interOpNumThreads: 1 };

  async function prepare(
    model: Uint8Array,
    inputs: Readonly<Record<string, Tensor>>,
  ): Promise<() => Promise<Float32Array>> {
    const session = await InferenceSession.create(model, options);
    return async () => (await session.run(inputs)).y.data;
  }

  const modelOf = int8 ? quantizedModel : networkModel;
  return {
    ...(!int8 && {
      matmul: (size, a, b) =>
        prepare(matmulModel(size), {
          a: new Tensor("float32", a, [size, size]),
          b: new Tensor("float32", b, [size, size]),
        }),
    }),
    ...(int8 && { tolerance: INT8_TOLERANCE }),
    predict: (network, x, rows) =>
      prepare(modelOf(network, rows), { x: new Tensor("float32", x, [rows, network.layers[0]!.inputs]) }),
    coldstart: {
      program: name,
      settings: { threads, int8 },
      ships: { packages: [name], files: NATIVE[name], weights: [int8 ? WEIGHTS.int8 : WEIGHTS.onnx] },
    },
  };
}
