/** A training as one HTML file. The entry `lanegrad/report`. */
export type * from "./run/record.ts";
