/** What a pickle makes before it becomes a tree of plain objects. */
import { shown } from "../../base/errors.ts";
import type { ElementType } from "../elements.ts";
import type { Strided } from "../strided.ts";

export type Pickled =
  | null
  | boolean
  | number
  | string
  | PickledList
  | PickledTuple
  | PickledDict
  | PickledGlobal
  | StorageKind
  | StorageRef
  | TensorView;

/** A list, which later opcodes fill. */
export class PickledList {
  readonly items: Pickled[] = [];
}

export class PickledTuple {
  constructor(readonly items: readonly Pickled[]) {}
}

/** A dict, which later opcodes fill; keys that are numbers or booleans are text. */
export class PickledDict {
  readonly entries = new Map<string, Pickled>();

  /** @param isOrdered whether it is an OrderedDict, which may have attributes */
  constructor(readonly isOrdered: boolean) {}
}

/** A known function or class, by its module and name. */
export class PickledGlobal {
  constructor(
    readonly name: string,
    readonly make: Maker,
  ) {}
}

/** The result of a known function for its arguments; undefined if they are not as it takes them. */
export type Maker = (args: readonly Pickled[]) => Pickled | undefined;

/** The class of a storage, as `torch.FloatStorage`. */
export class StorageKind {
  constructor(readonly type: ElementType) {}
}

/** A storage that the file holds under a key. */
export class StorageRef {
  constructor(
    readonly key: string,
    readonly type: ElementType,
    /** Numbers. */
    readonly length: number,
  ) {}
}

/** A tensor: a view of a storage. */
export class TensorView {
  constructor(
    readonly storage: StorageRef,
    readonly view: Strided,
  ) {}
}

/** A value in a few words, for messages. */
export function described(value: Pickled | undefined): string {
  if (typeof value !== "object" || value === null) return shown(value);
  if (value instanceof TensorView) return "a tensor";
  if (value instanceof PickledDict) return "a dict";
  if (value instanceof PickledList) return "a list";
  if (value instanceof PickledTuple) return "a tuple";
  return value instanceof PickledGlobal ? shown(value.name) : "a storage";
}
