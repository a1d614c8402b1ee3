import { matmulModel, networkModel } from "./onnx/model.ts";
import { requirePeer } from "./peers.ts";
import type { Subject } from "./subject.ts";

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

/** Matrix products and inference; onnxruntime cannot train. `onnx/model.ts` writes the models. */
export function onnxruntime(name: "onnxruntime-node" | "onnxruntime-web", threads: number): Subject {
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

  return {
    matmul: (size, a, b) =>
      prepare(matmulModel(size), {
        a: new Tensor("float32", a, [size, size]),
        b: new Tensor("float32", b, [size, size]),
      }),
    predict: (network, x, rows) =>
      prepare(networkModel(network, rows), { x: new Tensor("float32", x, [rows, network.layers[0]!.inputs]) }),
    coldstart: { program: name, settings: { threads } },
  };
}
