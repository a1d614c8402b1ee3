/** The entry of the API reference. What `lanegrad/io` exports is its namespace `io`, and of `lanegrad/data` `raw`. */
export * from "../../src/index.ts";
export * as io from "../../src/io/index.ts";
export * as raw from "../../src/raw/index.ts";
export type * as types from "./types.ts";
