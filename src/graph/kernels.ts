import type { instantiate } from "#kernels/strict";

/** The exports of the kernels' module, as the AssemblyScript compiler types them. */
export type Kernels = Omit<Awaited<ReturnType<typeof instantiate>>, "memory">;
export type KernelName = keyof Kernels;
