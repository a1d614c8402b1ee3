import { builtin } from "./node-builtin.ts";

let collectGarbage: (() => void) | undefined;
let emptyContext: object | undefined;

/**
 * Collects garbage at once, and clears WeakRefs that this job kept alive. A synchronous loop, in which finalizers never
 * run, thus finds garbage through WeakRefs.
 */
export function collect(): void {
  const { createContext, runInContext, runInNewContext } = builtin("node:vm");
  if (!collectGarbage) {
    builtin("node:v8").setFlagsFromString("--expose-gc");
    collectGarbage = runInNewContext("gc") as () => void;
  }
  // A microtask checkpoint of a separate queue: it runs none of the program's microtasks, and clears kept WeakRefs.
  emptyContext ??= createContext({}, { microtaskMode: "afterEvaluate" });
  runInContext("0", emptyContext);
  collectGarbage();
}
