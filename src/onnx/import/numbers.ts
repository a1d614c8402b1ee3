/** Numbers of a TensorProto. */
import { FormatError, shown } from "../../base/errors.ts";
import { type Shape, printShape, sizeOf } from "../../base/tensor.ts";
import { decoderOf, outOf } from "../../files/safetensors/decode.ts";
import { DATA, type TensorProto } from "../model.ts";
import { type NumberType, type Numbers, Value, roomFor } from "./value.ts";

/** A type of numbers that is read. */
interface Element {
  /** As ONNX calls it. */
  readonly name: string;
  readonly type: NumberType;
  /** The dtype of safetensors with the same bytes. */
  readonly code: string;
  /** The list that has the numbers if they are not bytes, and whether it has bits of a 16-bit float. */
  readonly list: "floatData" | "doubleData" | "int32Data" | "int64Data" | "uint64Data";
  readonly isBits?: boolean;
}

const ELEMENTS: ReadonlyMap<number, Element> = new Map<number, Element>([
  [DATA.FLOAT, { name: "FLOAT", type: "float", code: "F32", list: "floatData" }],
  [DATA.DOUBLE, { name: "DOUBLE", type: "float", code: "F64", list: "doubleData" }],
  [DATA.FLOAT16, { name: "FLOAT16", type: "float", code: "F16", list: "int32Data", isBits: true }],
  [DATA.BFLOAT16, { name: "BFLOAT16", type: "float", code: "BF16", list: "int32Data", isBits: true }],
  [DATA.INT64, { name: "INT64", type: "integer", code: "I64", list: "int64Data" }],
  [DATA.INT32, { name: "INT32", type: "integer", code: "I32", list: "int32Data" }],
  [DATA.INT16, { name: "INT16", type: "integer", code: "I16", list: "int32Data" }],
  [DATA.INT8, { name: "INT8", type: "integer", code: "I8", list: "int32Data" }],
  [DATA.UINT64, { name: "UINT64", type: "integer", code: "U64", list: "uint64Data" }],
  [DATA.UINT32, { name: "UINT32", type: "integer", code: "U32", list: "uint64Data" }],
  [DATA.UINT16, { name: "UINT16", type: "integer", code: "U16", list: "int32Data" }],
  [DATA.UINT8, { name: "UINT8", type: "integer", code: "U8", list: "int32Data" }],
  [DATA.BOOL, { name: "BOOL", type: "boolean", code: "BOOL", list: "int32Data" }],
]);

/** What can be read, for messages. */
const NAMES = [...ELEMENTS.values()].map(({ name }) => name).join(", ");

/** @throws FormatError when numbers of this type are not read */
export function elementOf(where: string, dataType: number | undefined): Element {
  const element = ELEMENTS.get(dataType ?? 0);
  if (element) return element;
  const names: Readonly<Record<string, number>> = DATA;
  const name = Object.keys(names).find((each) => names[each] === dataType) ?? shown(dataType);
  throw new FormatError(`${where}: numbers must be ${NAMES}; got ${name}`);
}

/** @throws FormatError when the tensor is of another type, its numbers are in another file, or their count is not that of its shape */
export function valueOf(where: string, tensor: TensorProto): Value {
  const { dims = [], dataLocation = 0, externalData = [], segment } = tensor;
  if (dataLocation !== 0 || externalData.length > 0 || segment) {
    throw new FormatError(`${where}: numbers must be in the file itself; got external data`);
  }
  const element = elementOf(where, tensor.dataType);
  const shape = shapeOf(where, dims);
  return Value.known(element.type, shape, numbersOf(where, element, shape, tensor));
}

function shapeOf(where: string, dims: readonly number[]): Shape {
  const isShape = dims.length <= 32 && dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0);
  if (!isShape) {
    throw new FormatError(`${where}: dims must be at most 32 whole numbers of at least 0; got ${printShape(dims)}`);
  }
  if (sizeOf(dims.filter((dim) => dim !== 0)) < 2 ** 31) return dims;
  throw new FormatError(`${where}: dims other than 0 must multiply to less than 2^31; got ${printShape(dims)}`);
}

function numbersOf(where: string, element: Element, shape: Shape, tensor: TensorProto): Numbers {
  const { type, code, list, isBits } = element;
  const size = sizeOf(shape);
  const listed = tensor[list] ?? [];
  const { rawData } = tensor;
  const count = rawData && listed.length === 0 ? rawData.length / (decoderOf(code)?.bytes ?? 1) : listed.length;
  if (count !== size) throw new FormatError(`${where}: ${printShape(shape)} must have ${size} numbers; got ${count}`);
  if (rawData && listed.length === 0) return decoded(where, element, rawData, size);
  if (isBits) return decoded(where, element, new Uint8Array(Uint16Array.from(listed).buffer), size);
  const numbers = roomFor(type, size);
  numbers.set(listed);
  return numbers;
}

function decoded(where: string, { type, code, name }: Element, bytes: Uint8Array, size: number): Numbers {
  const piece = new Uint8Array(bytes).buffer;
  if (code === "F32") return new Float32Array(piece);
  if (code === "I64") return Float64Array.from(new BigInt64Array(piece), Number);
  if (code === "U64") return Float64Array.from(new BigUint64Array(piece), Number);
  if (code === "U32") return Float64Array.from(new Uint32Array(piece));
  const out = outOf(new ArrayBuffer(size * 4));
  const decoder = decoderOf(code);
  const misfit = decoder?.decode ? decoder.decode(piece, out) : out.integers.set(new Int32Array(piece));
  if (misfit) throw new FormatError(`${where}: ${name} must be ${decoder?.range}; got ${misfit.value}`);
  return type === "float" ? out.floats : Float64Array.from(out.integers);
}
