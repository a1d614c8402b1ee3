import process from "node:process";
import type { Runtime } from "../subjects/onnxruntime.ts";
import { answer, predictionInput, read, requirePeer, settings, WEIGHTS } from "./job.ts";

export async function predictOnce(name: string, provider: string): Promise<void> {
  const { env, InferenceSession, Tensor } = requirePeer(name) as Runtime;
  const { threads: count, int8 } = settings();
  const threads = Number(count);
  env.wasm.numThreads = threads;
  const options = { executionProviders: [provider], intraOpNumThreads: threads, interOpNumThreads: 1 };
  const session = await InferenceSession.create(read(int8 === true ? WEIGHTS.int8 : WEIGHTS.onnx), options);
  const { y } = await session.run({ x: new Tensor("float32", predictionInput(), [1, 784]) });
  answer(y.data);
  if (threads > 1) process.exit(); // its workers would keep it alive
}
