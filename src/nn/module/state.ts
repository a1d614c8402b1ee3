/** State dicts: parameters, buffers and other variables of a model by name. */
import { StateDictError, shown } from "../../base/errors.ts";
import { visible } from "../../base/shown.ts";
import type { Variable } from "../../memory/variable.ts";
import {
  type Dtype,
  type Numbers,
  Tensor,
  type TensorLike,
  printShape,
  sameShape,
  tensorOf,
} from "../../base/tensor.ts";
import type { Buffer } from "./buffer.ts";
import type { ModuleLike } from "./module-like.ts";
import { Parameter } from "./parameter.ts";

/** `0.weight`: `name` below `prefix`; either may be "". */
export function joinNames(prefix: string, name: string): string {
  return prefix === "" || name === "" ? prefix + name : `${prefix}.${name}`;
}

/** Members of all modules of a model, by path and name: `namesOf` gives those of one module. */
export function namedIn<T>(
  model: ModuleLike,
  namesOf: (module: ModuleLike) => readonly (readonly [string, T])[],
): [string, T][] {
  return model
    .namedModules()
    .flatMap(([path, module]) => namesOf(module).map(([name, each]): [string, T] => [joinNames(path, name), each]));
}

/** All parameters and buffers of a model by name; a shared one has several names. */
export function stateOf(model: ModuleLike): [string, Parameter | Buffer<Dtype>][] {
  return namedIn(model, (module) => module.namedState());
}

/** The parameters of a state, each once, by the first of its names. */
export function parametersIn(state: readonly [string, Parameter | Buffer<Dtype>][]): [string, Parameter][] {
  const seen = new Set<Parameter>();
  return state.filter(
    (entry): entry is [string, Parameter] =>
      entry[1] instanceof Parameter && !seen.has(entry[1]) && seen.add(entry[1]) !== undefined,
  );
}

/** A copy of the numbers of a variable. */
export function copyOf<D extends Dtype>(variable: Variable<D>): Tensor<D> {
  return new Tensor(variable.shape, variable.dtype, variable.read().slice() as Numbers[D]);
}

/**
 * Pairs each member of a model with its entry in a state, as a tensor; an entry may be anything that `asTensor` accepts.
 * @param misfit how an entry differs, `int32 instead of float32`; undefined if it fits
 * @throws StateDictError when the state is not an object, or entries are missing, unknown, not tensors or do not fit
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
    const wrong = typeof entry === "string" ? `${entry} instead of a tensor` : misfit(each, entry);
    if (wrong !== undefined) problems.push(`"${name}" as ${wrong}`);
    else pairs.push([each, entry as Tensor]);
  }
  const names = new Set(own.map(([name]) => name));
  const unknown = Object.keys(state).filter((name) => !names.has(name));
  problems.push(...unknown.map((name) => `unknown "${name}"`));
  if (problems.length === 0) return pairs;
  const prefix = prefixOf([...names], Object.keys(state));
  const got = prefix === undefined ? listed(problems) : `names that all begin with ${JSON.stringify(prefix)}`;
  throw new StateDictError(`${where}: the entries must be those of the model; got ${visible(got)}`);
}

const MOST_LISTED = 20;

/** Problems for a message; of many, the first and how many more there are. */
function listed(problems: readonly string[]): string {
  const more = problems.length - MOST_LISTED;
  return more > 0 ? `${problems.slice(0, MOST_LISTED).join("; ")}; and ${more} more` : problems.join("; ");
}

/** What stands before every name of a model in a state: `module.` of PyTorch's DataParallel. Undefined if nothing does. */
function prefixOf(own: readonly string[], given: readonly string[]): string | undefined {
  const [first] = own;
  const found = first === undefined ? [] : given.filter((name) => name.endsWith(`.${first}`));
  const prefixes = found.map((name) => name.slice(0, name.length - (first ?? "").length));
  const names = new Set(given);
  return prefixes.find((prefix) => given.length === own.length && own.every((name) => names.has(prefix + name)));
}

/** How an entry differs from what is expected; undefined if it fits. */
export function misfit({ shape, dtype }: Parameter | Buffer<Dtype>, entry: Tensor): string | undefined {
  if (entry.dtype !== dtype) return `${entry.dtype} instead of ${dtype}`;
  return sameShape(entry.shape, shape) ? undefined : `${printShape(entry.shape)} instead of ${printShape(shape)}`;
}
