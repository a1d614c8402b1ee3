import { onnxruntime } from "./onnxruntime.ts";
import type { Settings, Subject } from "./subject.ts";

export function load(_settings: Settings, threads: number): Promise<Subject> {
  return Promise.resolve(onnxruntime("onnxruntime-node", threads));
}
