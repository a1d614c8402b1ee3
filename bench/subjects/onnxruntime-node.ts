import { onnxruntime } from "./onnxruntime.ts";
import type { Settings, Subject } from "./subject.ts";

export function load({ int8 }: Settings, threads: number): Promise<Subject> {
  return Promise.resolve(onnxruntime("onnxruntime-node", threads, int8 === true));
}
