import { RngState } from "../../memory/rng-state.ts";
import { Tensor, type TensorLike, printShape, sameShape } from "../../base/tensor.ts";
import { namedMembers } from "./members.ts";
import type { ModuleLike } from "./module-like.ts";
import { matched, namedIn } from "./state.ts";

/** Whether a module draws at random by itself: dropout of any form does, batch normalization does not. */
export function drawsAtRandom(module: ModuleLike): boolean {
  return namedMembers(module, RngState).length > 0;
}

/** Where every layer's draws stand, by path: `2.counter`. */
export function randomStateOf(model: ModuleLike): Record<string, Tensor<"int32">> {
  return Object.fromEntries(
    countersOf(model).map(([name, counter]) => [name, new Tensor([counter.size], "int32", counter.read().slice())]),
  );
}

/**
 * Lets every layer go on drawing where `state` says.
 * @throws StateDictError when entries are missing, left over, or of another shape or dtype; nothing is changed then
 */
export function loadRandomStateInto(model: ModuleLike, state: Readonly<Record<string, TensorLike>>): void {
  const misfit = ({ shape }: RngState, entry: Tensor): string | undefined =>
    entry.dtype === "int32" && sameShape(entry.shape, shape) ? undefined : `${entry} where int32 ${printShape(shape)}`;
  for (const [counter, entry] of matched("loadRandomState", countersOf(model), state, misfit)) {
    counter.write().set(entry.data);
  }
}

function countersOf(model: ModuleLike): [string, RngState][] {
  return namedIn(model, (module) => namedMembers(module, RngState));
}
