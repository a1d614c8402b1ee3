import type { Tensor } from "./tensor.ts";

/** State that is saved: tensors, numbers and words in arrays and objects. */
export type StateTree = Tensor | number | string | boolean | null | readonly StateTree[] | StateRecord;

/** State by name. */
export interface StateRecord {
  readonly [name: string]: StateTree;
}
