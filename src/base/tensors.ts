import { hasDims } from "./dims-tensor.ts";
import { shown, shownNames } from "./shown.ts";
import { Tensor, type TensorLike, tensorOf } from "./tensor.ts";

/** Inputs of a model or targets of a loss: one tensor, several in order, or several by name. */
export type Tensors = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;

/** Inputs or targets as `Tensors`, each of any origin. */
export type TensorsLike = TensorLike | readonly TensorLike[] | Readonly<Record<string, TensorLike>>;

/**
 * The tensors in the order of a module's inputs; each may be any that `asTensor` accepts.
 * @param names the order of tensors that are given by name: the module's `inputNames`
 * @throws TypeError when there are none, one is no tensor, or names are missing, unknown or have no order, or there are
 * more or fewer than names
 */
export function tensorsOf(
  where: string,
  what: "inputs" | "targets",
  given: TensorsLike,
  names?: readonly string[],
): readonly Tensor[] {
  if (given instanceof Tensor && names === undefined) return [given];
  const isOne = given instanceof Tensor || isMeantAsOne(given, names) || ArrayBuffer.isView(given);
  const tensors = (isOne ? [given] : inOrderOf(where, what, given, names)).map((each) => among(where, what, each));
  requireCount(where, what, tensors.length, names);
  return tensors;
}

/** Whether a value has the marks of a tensor, a dtype or dims, and no input has these names. */
export function isMeantAsOne(given: unknown, names?: readonly string[]): given is TensorLike {
  if ("dtype" in Object(given)) return !names?.includes("dtype");
  return hasDims(given) && !names?.includes("dims");
}

/** Requires one input for each name. */
export function requireCount(where: string, what: string, count: number, names: readonly string[] | undefined): void {
  if (names === undefined || count === names.length) return;
  throw new TypeError(`${where}: ${what} must be ${names.join(", ")}; got ${count}`);
}

/** One of several tensors; its program checks the count of its numbers where it copies them. */
function among(where: string, what: string, value: unknown): Tensor {
  if (value instanceof Tensor) return value;
  const taken = tensorOf(value);
  if (typeof taken !== "string") return taken;
  throw new TypeError(`${where}: ${what} must be tensors; got ${taken}`);
}

/**
 * The values for several inputs, in the order of a module's inputs.
 * @throws TypeError when nothing is given, or names are missing, unknown or have no order
 */
export function inOrderOf<T>(
  where: string,
  what: string,
  given: readonly T[] | Readonly<Record<string, T>>,
  names: readonly string[] | undefined,
): readonly T[] {
  const listed = isList(given) ? given : byName(where, what, given, names);
  if (listed.length === 0) throw new TypeError(`${where}: ${what} must be at least one; got none`);
  return listed;
}

/** `float32 [32, 128], int32 [32]` */
export function printTensors(tensors: readonly Tensor[]): string {
  return tensors.map(String).join(", ");
}

function isList<T>(given: readonly T[] | Readonly<Record<string, T>>): given is readonly T[] {
  return Array.isArray(given);
}

function byName<T>(
  where: string,
  what: string,
  given: Readonly<Record<string, T>>,
  names: readonly string[] | undefined,
): readonly T[] {
  if (typeof given !== "object" || given === null) {
    throw new TypeError(`${where}: ${what} must be tensors; got ${shown(given)}`);
  }
  const found = Object.keys(given);
  if (!names) {
    throw new TypeError(
      `${where}: ${what} by name must be for a module with inputNames, which say their order; got ${shownNames(found)}`,
    );
  }
  if (found.length !== names.length || !names.every((name) => Object.hasOwn(given, name))) {
    throw new TypeError(`${where}: ${what} must be ${names.join(", ")}; got ${shownNames(found)}`);
  }
  return names.map((name) => given[name] as T);
}
