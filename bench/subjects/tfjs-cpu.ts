import { requirePeer } from "./peers.ts";
import type { Subject } from "./subject.ts";
import { tfjs } from "./tfjs.ts";

export function load(): Promise<Subject> {
  requirePeer("@tensorflow/tfjs-backend-cpu");
  return tfjs("cpu");
}
