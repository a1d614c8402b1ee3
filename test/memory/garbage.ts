import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { memoryUse } from "../../src/memory/memory.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Lets finalizers run: they are called between turns of the event loop, some time after a collection. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Bytes of kernel memory that are taken. */
export const inUse = (): number => memoryUse().total - memoryUse().free;
