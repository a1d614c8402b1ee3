import { builtin } from "./node-builtin.ts";

let collectGarbage: (() => void) | undefined;
let emptyContext: object | undefined;

/**
 * Has the engine find what nothing refers to any more, at once, and forget what this job's WeakRefs kept alive. So a
 * synchronous loop, in which finalizers never run, can see through WeakRefs what became garbage.
 */
export function collect(): void {
  const { createContext, runInContext, runInNewContext } = builtin("node:vm");
  if (!collectGarbage) {
    builtin("node:v8").setFlagsFromString("--expose-gc");
    collectGarbage = runInNewContext("gc") as () => void;
  }
  // A microtask checkpoint of a queue of its own: it runs none of the program's microtasks, and ends the hold of WeakRefs.
  emptyContext ??= createContext({}, { microtaskMode: "afterEvaluate" });
  runInContext("0", emptyContext);
  collectGarbage();
}
