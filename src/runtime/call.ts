import type { instantiate } from "#kernels/strict";
import type { Operand } from "../graph/operand.ts";

/** The exports of the kernels' module, as asc itself typed them. */
export type Kernels = Omit<Awaited<ReturnType<typeof instantiate>>, "memory">;
export type KernelName = keyof Kernels;

/** A kernel's own arguments: all but the trailing `part, parts`; an operand stands for its address. */
type Arguments<P> = P extends [...infer Own, part: number, parts: number]
  ? { [I in keyof Own]: Operand | number }
  : never;

/** One kernel with its arguments: plain data. */
export interface Call {
  readonly kernel: KernelName;
  readonly arguments: readonly (Operand | number)[];
}

/** A kernel call, checked by the compiler against the kernel's own signature. */
export function call<K extends KernelName>(kernel: K, ...args: Arguments<Parameters<Kernels[K]>>): Call {
  return { kernel, arguments: args };
}
