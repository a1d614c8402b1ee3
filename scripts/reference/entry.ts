/** What the API reference describes. */
export * from "../../src/index.ts";
export type * as types from "./types.ts";
