/** The entry of the API reference. What `lanegrad/io` exports is its namespace `io`. */
export * from "../../src/index.ts";
export * as io from "../../src/io/index.ts";
export type * as types from "./types.ts";
