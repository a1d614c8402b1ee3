import type { Pausable } from "../../base/pausable.ts";
import { contentEpoch } from "../../memory/storage.ts";
import type { ModuleLike } from "./module-like.ts";
import { stateOf } from "./state.ts";

/**
 * Pauses work on models until a promise is fulfilled.
 * @throws TypeError when a parameter or a buffer of a model was written meanwhile: results would be of several models
 */
export function* undisturbed(
  where: string,
  models: readonly ModuleLike[],
  promise: PromiseLike<unknown>,
): Pausable<void> {
  const before = contentEpoch();
  yield promise;
  if (contentEpoch() === before) return;
  const changed = models.find((model) => stateOf(model).some(([, { storage }]) => storage.writtenAt > before));
  if (!changed) return;
  throw new TypeError(
    `${where}: parameters and buffers must not change before it ends; got a write to those of ${changed.describe()}`,
  );
}
