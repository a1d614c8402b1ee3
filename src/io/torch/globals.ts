/** The functions and classes that a pickle of tensors may name; each is a few lines here, and nothing of Python runs. */
import { FormatError, shown } from "../../base/errors.ts";
import { ELEMENTS, type ElementType } from "../elements.ts";
import {
  type Maker,
  type Pickled,
  PickledDict,
  PickledGlobal,
  PickledTuple,
  StorageKind,
  StorageRef,
  TensorView,
  described,
} from "./values.ts";

const MOST_AXES = 64;

const storages: readonly [string, string][] = [
  ["DoubleStorage", "float64"],
  ["FloatStorage", "float32"],
  ["HalfStorage", "float16"],
  ["BFloat16Storage", "bfloat16"],
  ["LongStorage", "int64"],
  ["IntStorage", "int32"],
  ["ShortStorage", "int16"],
  ["CharStorage", "int8"],
  ["ByteStorage", "uint8"],
  ["BoolStorage", "bool"],
];

const makers: readonly [string, Maker][] = [
  ["torch._utils._rebuild_tensor", ([storage, offset, size, stride]) => tensorView(storage, offset, size, stride)],
  ["torch._utils._rebuild_tensor_v2", ([storage, offset, size, stride]) => tensorView(storage, offset, size, stride)],
  ["torch._utils._rebuild_parameter", ([tensor]) => (tensor instanceof TensorView ? tensor : undefined)],
  ["collections.OrderedDict", (args) => (args.length === 0 ? new PickledDict(true) : undefined)],
  ["collections.Counter", ([counts]) => (counts instanceof PickledDict ? counts : undefined)],
  ["torch.Size", ([extents]) => (extents instanceof PickledTuple ? extents : undefined)],
  ["torch.device", ([kind, index]) => deviceName(kind, index)],
  ["torch.serialization._get_layout", ([layout]) => (typeof layout === "string" ? layout : undefined)],
];

const known = new Map<string, PickledGlobal | StorageKind | string>([
  ...makers.map(([name, make]) => [name, new PickledGlobal(name, make)] as const),
  ...storages.flatMap(([name, type]) => storageKind(name, ELEMENTS.get(type))),
  ...storages.map(([, dtype]) => [`torch.${dtype}`, `torch.${dtype}`] as const),
]);

/**
 * A known function or class; the name of a dtype.
 * @throws FormatError for every other name
 */
export function globalOf(where: string, module: string, name: string): PickledGlobal | StorageKind | string {
  const found = known.get(`${module}.${name}`);
  if (found !== undefined) return found;
  throw new FormatError(
    `${where}: only tensors, dicts, lists and numbers may be in the file; got ${shown(`${module}.${name}`)} (save \`model.state_dict()\` in PyTorch instead)`,
  );
}

/**
 * The storage of a persistent id: `("storage", class, key, location, length)`.
 * @throws FormatError when it is no such tuple
 */
export function storageOf(where: string, id: Pickled): StorageRef {
  const [word, kind, key, , length, view = null] = id instanceof PickledTuple ? id.items : [];
  const isStorage = word === "storage" && kind instanceof StorageKind && typeof key === "string";
  if (isStorage && view === null && typeof length === "number" && length >= 0 && Number.isInteger(length)) {
    return new StorageRef(key, kind.type, length);
  }
  throw new FormatError(
    `${where}: persistent ids must be whole storages with class, key and length; got ${described(word ?? id)}`,
  );
}

function storageKind(name: string, type: ElementType | undefined): (readonly [string, StorageKind])[] {
  return type ? [[`torch.${name}`, new StorageKind(type)]] : [];
}

function tensorView(
  storage: Pickled | undefined,
  offset: Pickled | undefined,
  size: Pickled | undefined,
  stride: Pickled | undefined,
): TensorView | undefined {
  const [shape, strides] = [numbersIn(size), numbersIn(stride)];
  if (!(storage instanceof StorageRef) || typeof offset !== "number" || !shape || !strides) return undefined;
  return new TensorView(storage, { shape, stride: strides, offset });
}

function numbersIn(value: Pickled | undefined): readonly number[] | undefined {
  if (!(value instanceof PickledTuple) || value.items.length > MOST_AXES) return undefined;
  const numbers = value.items.filter((item) => typeof item === "number");
  return numbers.length === value.items.length ? numbers : undefined;
}

/** `cuda:0` */
function deviceName(kind: Pickled | undefined, index: Pickled | undefined): string | undefined {
  if (typeof kind !== "string") return undefined;
  return typeof index === "number" ? `${kind}:${index}` : kind;
}
