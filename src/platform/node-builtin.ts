interface Builtins {
  readonly "node:crypto": typeof import("node:crypto");
  readonly "node:fs": typeof import("node:fs");
  readonly "node:fs/promises": typeof import("node:fs/promises");
  readonly "node:os": typeof import("node:os");
  readonly "node:path": typeof import("node:path");
  readonly "node:url": typeof import("node:url");
  readonly "node:v8": typeof import("node:v8");
  readonly "node:vm": typeof import("node:vm");
  readonly "node:worker_threads": typeof import("node:worker_threads");
  readonly "node:zlib": typeof import("node:zlib");
}

/** The function of CommonJS modules: the package contains this file as one. */
declare const require: <Name extends keyof Builtins>(name: Name) => Builtins[Name];

/**
 * Loads a module of Node at first use: loading all at the start takes 2 ms, and most programs use none. Bundlers that turn
 * CommonJS into ES modules leave no `require`; Node before 20.16 has no `getBuiltinModule`.
 */
export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] {
  return "getBuiltinModule" in process ? process.getBuiltinModule(name) : require(name);
}
