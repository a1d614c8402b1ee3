import { readKernels } from "../src/export/wasm/kernel-module.ts";

/**
 * The parameter types of compiled kernels: for each kernel a letter for each parameter, i for i32, f for f32, d for f64, without
 * trailing i. Kernels with only i are omitted.
 */
export function signaturesOf(module: Uint8Array): Record<string, string> {
  const { functions, kernels } = readKernels(module);
  const trimmed = [...kernels].map(([name, i]) => [name, (functions[i]?.parameters ?? "").replace(/i*$/, "")] as const);
  return Object.fromEntries(trimmed.filter(([, types]) => types !== ""));
}
