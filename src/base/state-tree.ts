import { StateDictError, shown } from "./errors.ts";
import { type Tensor, tensorOf } from "./tensor.ts";

/** State that is saved: tensors, numbers, words and switches, in arrays and in objects. */
export type StateTree = Tensor | number | string | boolean | null | readonly StateTree[] | StateRecord;

/** State by name. */
export interface StateRecord {
  readonly [name: string]: StateTree;
}

/** Reads a state that may come from a file: each member is checked, and errors give its path. */
export class StateReader {
  readonly #where: string;
  readonly #path: string;
  readonly #record: object;

  /** @throws StateDictError when `state` is not an object */
  constructor(where: string, state: unknown, path = "the state") {
    this.#where = where;
    this.#path = path;
    if (typeof state !== "object" || state === null || Array.isArray(state)) {
      throw this.#error(path, "an object", state);
    }
    this.#record = state;
  }

  /** Whether there is a member of this name that is not null. */
  has(name: string): boolean {
    return (this.#member(name) ?? null) !== null;
  }

  names(): string[] {
    return Object.keys(this.#record);
  }

  inner(name: string): StateReader {
    return new StateReader(this.#where, this.#member(name), this.#pathOf(name));
  }

  /** The objects of an array. */
  list(name: string): StateReader[] {
    const items = this.#member(name);
    if (!Array.isArray(items)) throw this.#error(this.#pathOf(name), "an array", items);
    return items.map((item: unknown, i) => new StateReader(this.#where, item, `${this.#pathOf(name)}[${i}]`));
  }

  /** A number, NaN and infinities included. */
  number(name: string): number {
    const value = this.#member(name);
    if (typeof value === "number") return value;
    throw this.#error(this.#pathOf(name), "a number", value);
  }

  /** A whole number of at least `low`. */
  whole(name: string, low = 0): number {
    const value = this.#member(name);
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= low) return value;
    throw this.#error(this.#pathOf(name), `a whole number of at least ${low}`, value);
  }

  text(name: string): string {
    const value = this.#member(name);
    if (typeof value === "string") return value;
    throw this.#error(this.#pathOf(name), "a string", value);
  }

  switch(name: string): boolean {
    const value = this.#member(name);
    if (typeof value === "boolean") return value;
    throw this.#error(this.#pathOf(name), "true or false", value);
  }

  tensor(name: string): Tensor {
    const value = this.#member(name);
    const tensor = tensorOf(value);
    if (typeof tensor !== "string") return tensor;
    throw this.#error(this.#pathOf(name), "a tensor", value);
  }

  /** Refuses the state as a whole. */
  refuse(what: string, value: unknown): StateDictError {
    return this.#error(this.#path, what, value);
  }

  #member(name: string): unknown {
    return Object.hasOwn(this.#record, name) ? (Reflect.get(this.#record, name) as unknown) : undefined;
  }

  #pathOf(name: string): string {
    return `${this.#path}.${name}`;
  }

  #error(path: string, what: string, value: unknown): StateDictError {
    return new StateDictError(`${this.#where}: ${path} must be ${what}; got ${shown(value)}`);
  }
}
