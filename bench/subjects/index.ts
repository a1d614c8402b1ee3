import { existsSync } from "node:fs";
import type { Load, Settings } from "./subject.ts";

/** One line of the comparison: a library under certain settings, measured in a process of its own. */
export interface Variant {
  readonly subject: string;
  readonly threads: number;
  readonly settings: Settings;
  /** The package in `bench/peers` that it needs. */
  readonly peer?: string;
  readonly module: () => Promise<{ readonly load: Load }>;
}

export const variants: readonly Variant[] = [
  {
    subject: "lanegrad strict",
    threads: 1,
    settings: { reproducible: true },
    module: () => import("./lanegrad.ts"),
  },
  {
    subject: "lanegrad relaxed",
    threads: 1,
    settings: { reproducible: false },
    module: () => import("./lanegrad.ts"),
  },
  { subject: "plain-js", threads: 1, settings: {}, module: () => import("./plain-js.ts") },
  {
    subject: "tfjs-wasm",
    threads: 1,
    settings: {},
    peer: "@tensorflow/tfjs-backend-wasm",
    module: () => import("./tfjs-wasm.ts"),
  },
  {
    subject: "tfjs-cpu",
    threads: 1,
    settings: {},
    peer: "@tensorflow/tfjs-backend-cpu",
    module: () => import("./tfjs-cpu.ts"),
  },
];

export function installed(variant: Variant): boolean {
  return variant.peer === undefined || existsSync(new URL(`../peers/node_modules/${variant.peer}`, import.meta.url));
}
