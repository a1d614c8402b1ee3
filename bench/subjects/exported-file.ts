import type { Settings } from "./subject.ts";

/** The name, without its ending, of the file that a cold start loads. */
export function fileOf({ relaxed, int8, bf16 }: Settings): string {
  const kernels = relaxed === true ? "relaxed" : "strict";
  if (int8 === true) return `exported-${kernels}-int8`;
  return bf16 === true ? `exported-${kernels}-bf16` : `exported-${kernels}`;
}
