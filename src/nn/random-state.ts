import { StateDictError } from "../errors.ts";
import { Counter } from "../runtime/lasting.ts";
import { Tensor } from "../tensor.ts";
import { heldBy } from "./held.ts";
import type { Module } from "./module.ts";

/** Whether a module draws at random by itself: dropout of any form does, batch normalization does not. */
export function drawsAtRandom(module: Module): boolean {
  return heldBy(module, Counter).length > 0;
}

/** Where every layer's draws stand, by path: `2.counter`. */
export function randomStateOf(model: Module): Record<string, Tensor<"int32">> {
  return Object.fromEntries(
    countersOf(model).map(([name, counter]) => [name, new Tensor([counter.size], "int32", counter.integers.slice())]),
  );
}

/**
 * Lets every layer go on drawing where `state` says.
 * @throws StateDictError when entries are missing, left over, or of another shape or dtype; nothing is changed then
 */
export function loadRandomStateInto(model: Module, state: Readonly<Record<string, Tensor>>): void {
  if (typeof state !== "object" || state === null) {
    throw new StateDictError(`loadRandomState: the state must be an object of tensors; got ${String(state)}`);
  }
  const counters = countersOf(model);
  const names = new Set(counters.map(([name]) => name));
  const problems = [
    ...counters.flatMap(([name, counter]) => {
      const entry = state[name];
      if (!entry) return [`no "${name}"`];
      if (entry.dtype === "int32" && entry.size === counter.size) return [];
      return [`"${name}" as ${entry} where int32 [${counter.size}] belongs`];
    }),
    ...Object.keys(state).flatMap((name) => (names.has(name) ? [] : [`"${name}" that the model does not have`])),
  ];
  if (problems.length > 0) {
    throw new StateDictError(`loadRandomState: the entries must be those of the model; got ${problems.join("; ")}`);
  }
  for (const [name, counter] of counters) {
    const entry = state[name];
    if (entry) counter.integers.set(entry.data);
  }
}

function countersOf(model: Module): [string, Counter][] {
  return model
    .namedModules()
    .flatMap(([path, module]) =>
      heldBy(module, Counter).map(([name, counter]): [string, Counter] => [
        path === "" ? name : `${path}.${name}`,
        counter,
      ]),
    );
}
