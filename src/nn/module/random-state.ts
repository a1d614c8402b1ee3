import { RngState } from "../../memory/rng-state.ts";
import { Tensor, type TensorLike, printShape, sameShape } from "../../base/tensor.ts";
import { namedMembers } from "./members.ts";
import type { ModuleLike } from "./module-like.ts";
import { matched, namedIn } from "./state.ts";

/** Whether a module itself draws random numbers: any dropout does, batch normalization does not. */
export function drawsAtRandom(module: ModuleLike): boolean {
  return namedMembers(module, RngState).length > 0;
}

/** RNG states of all random layers, by path: `2.counter`. */
export function randomStateOf(model: ModuleLike): Record<string, Tensor<"int32">> {
  return Object.fromEntries(
    rngStatesOf(model).map(([name, rngState]) => [name, new Tensor([rngState.size], "int32", rngState.read().slice())]),
  );
}

/**
 * Sets the RNG states of all random layers.
 * @throws StateDictError when entries are missing, unknown, or of another shape or dtype; the model stays as it was
 */
export function loadRandomStateInto(model: ModuleLike, state: Readonly<Record<string, TensorLike>>): void {
  preparedRandomState(model, state)();
}

/**
 * Checks RNG states of all random layers, and returns a function that sets them.
 * @throws StateDictError as `loadRandomStateInto`
 */
export function preparedRandomState(model: ModuleLike, state: Readonly<Record<string, TensorLike>>): () => void {
  const misfit = ({ shape }: RngState, entry: Tensor): string | undefined =>
    entry.dtype === "int32" && sameShape(entry.shape, shape)
      ? undefined
      : `${entry} instead of int32 ${printShape(shape)}`;
  const pairs = matched("loadRandomState", rngStatesOf(model), state, misfit);
  return () => {
    for (const [rngState, entry] of pairs) rngState.write().set(entry.data);
  };
}

function rngStatesOf(model: ModuleLike): [string, RngState][] {
  return namedIn(model, (module) => namedMembers(module, RngState));
}
