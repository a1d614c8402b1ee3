import { Tensor } from "./tensor.ts";

/** What a model or a loss takes: one tensor, several in order, or several by name. */
export type Tensors = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;

/**
 * The tensors in the order in which a module takes them.
 * @param names the order of tensors that are given by name: the module's `inputNames`
 * @throws TypeError when there are none, one is no tensor, or names are missing, unknown or have no order
 */
export function tensorsOf(
  where: string,
  what: "inputs" | "targets",
  given: Tensors,
  names?: readonly string[],
): readonly Tensor[] {
  if (given instanceof Tensor) return [given];
  const listed = inOrderOf(where, what, given, names);
  const wrong = listed.find((each) => !(each instanceof Tensor));
  if (wrong === undefined) return listed;
  throw new TypeError(`${where}: ${what} must be tensors; got ${kindOf(wrong)}`);
}

/**
 * What is given for several inputs, in the order in which a module takes them.
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
    throw new TypeError(`${where}: ${what} must be tensors; got ${kindOf(given)}`);
  }
  const found = Object.keys(given);
  if (!names) {
    throw new TypeError(
      `${where}: ${what} by name must be for a module with inputNames, which say their order; got ${found.join(", ") || "none"}`,
    );
  }
  if (found.length !== names.length || !names.every((name) => Object.hasOwn(given, name))) {
    throw new TypeError(`${where}: ${what} must be ${names.join(", ")}; got ${found.join(", ") || "none"}`);
  }
  return names.map((name) => given[name] as T);
}

function kindOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  return Array.isArray(value) ? "an array" : "an object";
}
