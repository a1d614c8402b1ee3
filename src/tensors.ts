import { printShape, Tensor } from "./tensor.ts";

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
  const listed = isList(given) ? given : byName(where, what, given, names);
  if (listed.length === 0) throw new TypeError(`${where}: there must be at least one tensor as ${what}; got none`);
  const wrong = listed.findIndex((each) => !(each instanceof Tensor));
  if (wrong < 0) return listed;
  throw new TypeError(`${where}: ${what} must be tensors; got ${kindOf(listed[wrong])} at ${names?.[wrong] ?? wrong}`);
}

/** `float32 [32, 128], int32 [32]` */
export function printTensors(tensors: readonly Tensor[]): string {
  return tensors.map(({ dtype, shape }) => `${dtype} ${printShape(shape)}`).join(", ");
}

function isList(given: readonly Tensor[] | Readonly<Record<string, Tensor>>): given is readonly Tensor[] {
  return Array.isArray(given);
}

function byName(
  where: string,
  what: string,
  given: Readonly<Record<string, Tensor>>,
  names: readonly string[] | undefined,
): readonly Tensor[] {
  if (typeof given !== "object" || given === null) {
    throw new TypeError(`${where}: ${what} must be tensors; got ${kindOf(given)}`);
  }
  const found = Object.keys(given);
  if (!names) {
    throw new TypeError(
      `${where}: named ${what} need an order, from inputNames of the module; got ${found.join(", ")}`,
    );
  }
  if (found.length !== names.length || !names.every((name) => Object.hasOwn(given, name))) {
    throw new TypeError(`${where}: ${what} must be ${names.join(", ")}; got ${found.join(", ") || "none"}`);
  }
  return names.map((name) => given[name] as Tensor);
}

function kindOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  return Array.isArray(value) ? "an array" : "an object";
}
