import { existsSync, readFileSync } from "node:fs";
import type { Load, Settings } from "./subject.ts";

/** One line of the comparison: a library with certain settings, measured in its own process. */
export interface Variant {
  readonly subject: string;
  readonly threads: number;
  readonly settings: Settings;
  /** The package in `bench/peers` that it needs. */
  readonly peer?: string;
  /** Whether it runs on the Node that `--node` names, because it is faster there. */
  readonly newerNode: boolean;
  readonly module: () => Promise<{ readonly load: Load }>;
}

const ONE_OR_TWO = [1, 2];
const INT8: Settings = { int8: true };

export const variants: readonly Variant[] = [
  ...lanegrad("lanegrad strict", { reproducible: true }),
  ...lanegrad("lanegrad relaxed", { reproducible: false }),
  ...lanegrad("lanegrad strict wide", { reproducible: true, wide: true }),
  ...lanegrad("lanegrad wide", { reproducible: false, wide: true }),
  ...lanegrad("lanegrad wide, blocks", { reproducible: false, wide: true, blocks: true }),
  ...exported("lanegrad exported, strict", {}),
  ...exported("lanegrad exported, relaxed", { relaxed: true }),
  ...exported("lanegrad exported, bf16", { bf16: true }),
  ...exported("lanegrad exported, int8", { int8: true }),
  ...exported("lanegrad exported, int8 relaxed", { int8: true, relaxed: true }),
  { subject: "plain-js", threads: 1, settings: {}, newerNode: true, module: () => import("./plain-js.ts") },
  ...files("lanegrad io", () => import("./lanegrad-io.ts")),
  ...files("fs", () => import("./fs.ts")),
  ...peer("tfjs-wasm", "@tensorflow/tfjs-backend-wasm", [1], true, () => import("./tfjs-wasm.ts")),
  ...peer("tfjs-cpu", "@tensorflow/tfjs-backend-cpu", [1], true, () => import("./tfjs-cpu.ts")),
  ...peer("jax-js", "@jax-js/jax", [1], true, () => import("./jax-js.ts")),
  ...peer("onnxruntime-web", "onnxruntime-web", ONE_OR_TWO, true, () => import("./onnxruntime-web.ts")),
  ...peer("onnxruntime-web int8", "onnxruntime-web", [1], true, () => import("./onnxruntime-web.ts"), INT8),
  ...peer("onnxruntime-node", "onnxruntime-node", ONE_OR_TWO, false, () => import("./onnxruntime-node.ts")),
  ...peer("onnxruntime-node int8", "onnxruntime-node", [1], false, () => import("./onnxruntime-node.ts"), INT8),
  ...peer("brain.js", "brain.js", [1], false, () => import("./brain.ts")),
  ...peer("convnetjs", "convnetjs", [1], false, () => import("./convnetjs.ts")),
  ...peer("synaptic", "synaptic", [1], true, () => import("./synaptic.ts")),
  ...ONE_OR_TWO.map((threads) => ({
    subject: "pytorch",
    threads,
    settings: {},
    newerNode: false,
    module: () => import("./pytorch.ts"),
  })),
];

export function installed({ peer }: Variant): boolean {
  return peer === undefined || existsSync(manifest(peer));
}

/** The version of the package in `bench/peers`, or of lanegrad. */
export function versionOf({ subject, peer }: Variant): string | undefined {
  if (peer === undefined && !subject.startsWith("lanegrad")) return undefined;
  const file = peer === undefined ? new URL("../../package.json", import.meta.url) : manifest(peer);
  return (JSON.parse(readFileSync(file, "utf8")) as { readonly version: string }).version;
}

function lanegrad(subject: string, settings: Settings): readonly Variant[] {
  return ONE_OR_TWO.map((threads) => ({
    subject,
    threads,
    settings,
    newerNode: true,
    module: () => import("./lanegrad.ts"),
  }));
}

/** A file of `exportWasm`, on one thread. */
function exported(subject: string, settings: Settings): readonly Variant[] {
  return [{ subject, threads: 1, settings, newerNode: true, module: () => import("./exported.ts") }];
}

/** What saves and loads only, on one thread. */
function files(subject: string, module: Variant["module"]): readonly Variant[] {
  return [{ subject, threads: 1, settings: {}, newerNode: true, module }];
}

function peer(
  subject: string,
  name: string,
  threads: readonly number[],
  newerNode: boolean,
  module: Variant["module"],
  settings: Settings = {},
): readonly Variant[] {
  return threads.map((count) => ({ subject, threads: count, settings, peer: name, newerNode, module }));
}

function manifest(peer: string): URL {
  return new URL(`../peers/node_modules/${peer}/package.json`, import.meta.url);
}

/** The subject, and the number of its threads if there are several. */
export function title({ subject, threads }: Pick<Variant, "subject" | "threads">): string {
  return threads === 1 ? subject : `${subject}, ${threads} threads`;
}
