/** The entry of the API reference. */
export * from "../../src/index.ts";
export type * as types from "./types.ts";
