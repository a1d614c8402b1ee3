/** What a model saves and loads, by name. */
import { StateDictError, shown } from "../../base/errors.ts";
import type { Variable } from "../../memory/variable.ts";
import { type Dtype, type Numbers, Tensor, type TensorLike, tensorOf } from "../../base/tensor.ts";
import type { Buffer } from "./buffer.ts";
import type { ModuleLike } from "./module-like.ts";
import type { Parameter } from "./parameter.ts";

/** `0.weight`: a name within what is named `prefix`; either may be "". */
export function joinNames(prefix: string, name: string): string {
  return prefix === "" || name === "" ? prefix + name : `${prefix}.${name}`;
}

/** What each module of a model has by names of its own, by names in the model. */
export function namedIn<T>(
  model: ModuleLike,
  namesOf: (module: ModuleLike) => readonly (readonly [string, T])[],
): [string, T][] {
  return model
    .namedModules()
    .flatMap(([path, module]) => namesOf(module).map(([name, each]): [string, T] => [joinNames(path, name), each]));
}

/** All parameters and buffers of a model, by every name under which they are saved. */
export function stateOf(model: ModuleLike): [string, Parameter | Buffer<Dtype>][] {
  return namedIn(model, (module) => module.namedState());
}

/** The numbers of a variable as they are now. */
export function copyOf<D extends Dtype>(variable: Variable<D>): Tensor<D> {
  return new Tensor(variable.shape, variable.dtype, variable.read().slice() as Numbers[D]);
}

/**
 * What a model has, each with its entry in a state to be loaded, as a tensor: the entry may be any that `asTensor` takes.
 * @param misfit says how an entry is not what belongs there, `int32 where float32`; undefined where it is
 * @throws StateDictError when the state is no object, or entries are missing, left over, no tensors or do not fit
 */
export function matched<T>(
  where: string,
  own: readonly (readonly [string, T])[],
  state: Readonly<Record<string, TensorLike>>,
  misfit: (own: T, entry: Tensor) => string | undefined,
): (readonly [own: T, entry: Tensor])[] {
  if (typeof state !== "object" || state === null) {
    throw new StateDictError(`${where}: the state must be an object of tensors; got ${shown(state)}`);
  }
  const pairs: (readonly [T, Tensor])[] = [];
  const problems: string[] = [];
  for (const [name, each] of own) {
    if (!Object.hasOwn(state, name)) {
      problems.push(`no "${name}"`);
      continue;
    }
    const entry = tensorOf(state[name]);
    const wrong = typeof entry === "string" ? `${entry} where a tensor` : misfit(each, entry);
    if (wrong !== undefined) problems.push(`"${name}" as ${wrong} belongs`);
    else pairs.push([each, entry as Tensor]);
  }
  const names = new Set(own.map(([name]) => name));
  const leftOver = Object.keys(state).filter((name) => !names.has(name));
  problems.push(...leftOver.map((name) => `"${name}" that the model does not have`));
  if (problems.length === 0) return pairs;
  throw new StateDictError(`${where}: the entries must be those of the model; got ${problems.join("; ")}`);
}
