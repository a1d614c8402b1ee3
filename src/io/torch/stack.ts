import { FormatError, shown } from "../../base/errors.ts";
import { type Pickled, PickledDict, PickledList, type StorageRef, described } from "./values.ts";

/** The stack, marks and memo of the pickle machine; each opcode adds at most one value to each. */
export class Stack {
  readonly #where: string;
  readonly #storages: Map<string, StorageRef>;
  readonly #values: Pickled[] = [];
  /** Heights of the stack at which marks are. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, Pickled>();

  constructor(where: string, storages: Map<string, StorageRef>) {
    this.#where = where;
    this.#storages = storages;
  }

  push(value: Pickled): void {
    this.#values.push(value);
  }

  pop(): Pickled {
    this.#requireValues(1);
    return this.#values.pop() ?? null;
  }

  top(): Pickled {
    this.#requireValues(1);
    return this.#values.at(-1) ?? null;
  }

  /** The upper `count` values, the lowest first. */
  popMany(count: number): Pickled[] {
    this.#requireValues(count);
    return this.#values.splice(this.#values.length - count);
  }

  mark(): void {
    this.#marks.push(this.#values.length);
  }

  /** The values above the last mark, which goes too. */
  popToMark(): Pickled[] {
    const height = this.#marks.pop();
    if (height === undefined)
      throw new FormatError(`${this.#where}: a pickle must set a mark before it takes to one; got none`);
    return this.#values.splice(height);
  }

  remember(index = this.#memo.size): void {
    this.#memo.set(index, this.top());
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined)
      throw new FormatError(`${this.#where}: a pickle must recall what it stored; got index ${index}`);
    this.push(value);
  }

  /** Appends to the list on top. */
  append(items: readonly Pickled[]): void {
    const list = this.top();
    if (!(list instanceof PickledList)) throw this.wrong("a list to append to", list);
    for (const item of items) list.items.push(item);
  }

  /** Sets entries of the dict on top: keys and values in turn. */
  setItems(items: readonly Pickled[]): void {
    const dict = this.top();
    if (!(dict instanceof PickledDict) || items.length % 2 !== 0) throw this.wrong("a dict and pairs to set", dict);
    for (let i = 0; i < items.length; i += 2) {
      const key = this.#keyOf(items[i]);
      if (dict.entries.has(key)) {
        throw new FormatError(`${this.#where}: keys of a dict must be distinct as text; got ${shown(key)} twice`);
      }
      dict.entries.set(key, items[i + 1] ?? null);
    }
  }

  /** The storage of a key: the one that had it first. */
  storage(storage: StorageRef): StorageRef {
    const { key, type, length } = storage;
    const first = this.#storages.get(key) ?? storage;
    this.#storages.set(key, first);
    if (first.type === type && first.length === length) return first;
    const got = `${first.length} ${first.type.name} and ${length} ${type.name}`;
    throw new FormatError(`${this.#where}: storage ${shown(key)} must have one type and length; got ${got}`);
  }

  wrong(must: string, got: Pickled | undefined): FormatError {
    return new FormatError(`${this.#where}: the pickle must have ${must}; got ${described(got)}`);
  }

  #keyOf(key: Pickled | undefined): string {
    if (typeof key === "string") return key;
    if (typeof key === "number" || typeof key === "boolean") return String(key);
    throw this.wrong("keys that are text or numbers", key);
  }

  /** Requires values above the last mark. */
  #requireValues(count: number): void {
    if (this.#values.length >= (this.#marks.at(-1) ?? 0) + count) return;
    throw new FormatError(`${this.#where}: a pickle must push before it pops; got an empty stack`);
  }
}
