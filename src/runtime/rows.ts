import { kernels } from "./engine.ts";

/**
 * Copies the rows that `indices` name from one place in memory to another, at once.
 * @param from, indices, to addresses in bytes
 * @param count rows, @param width floats of a row
 */
export function gatherRows(from: number, indices: number, to: number, count: number, width: number): void {
  kernels().gatherRows(from, indices, to, count, width, 0, 1);
}
