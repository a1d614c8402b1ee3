import { createRequire } from "node:module";

/** Loads modules of Node itself when they are first used: those that most programs never use take 2 ms of their start. */
export const builtin = createRequire("/") as {
  (name: "node:os"): typeof import("node:os");
  (name: "node:v8"): typeof import("node:v8");
  (name: "node:vm"): typeof import("node:vm");
  (name: "node:worker_threads"): typeof import("node:worker_threads");
};
