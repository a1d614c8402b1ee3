import type { Tensor } from "./tensor.ts";

/** State that is saved: tensors, numbers, words and switches, in arrays and in objects. */
export type StateTree = Tensor | number | string | boolean | null | readonly StateTree[] | StateRecord;

/** State by name. */
export interface StateRecord {
  readonly [name: string]: StateTree;
}
