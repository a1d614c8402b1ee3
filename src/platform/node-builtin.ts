interface Builtins {
  readonly "node:os": typeof import("node:os");
  readonly "node:v8": typeof import("node:v8");
  readonly "node:vm": typeof import("node:vm");
  readonly "node:worker_threads": typeof import("node:worker_threads");
  readonly "node:zlib": typeof import("node:zlib");
}

/** Of CommonJS, which the package has this file in. */
declare const require: <Name extends keyof Builtins>(name: Name) => Builtins[Name];

/**
 * Loads modules of Node itself at first use: those that most programs never use would take 2 ms at each start. Bundlers
 * that turn CommonJS into ES modules leave no `require`; Node before 20.16 has nothing else.
 */
export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] {
  return "getBuiltinModule" in process ? process.getBuiltinModule(name) : require(name);
}
